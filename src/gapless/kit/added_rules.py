"""Rules that are added to an entity in a catalogue, by a service that has not declared it.

    @adds_rules_to(User)
    def short_names(user: User) -> Iterator[Rule]:
        yield Check("users_name_short", "A name has at most 20 characters.", length(user.name) <= 20)

    HELP_DESK = GAPLESS + ticket_rules + short_names

They hold in that catalogue alone: the class, and whatever other catalogue it is in, stay as they are. So a constructor
does not know them, and the stores of the catalogue enforce them.
See docs/decisions/0066-rules-added-to-an-entity.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar, cast

import attrs

from gapless.kit.declaration import require_kept, with_lengths_first, yielded
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    Check,
    DataType,
    EnumMember,
    Exclusion,
    Immutable,
    Index,
    Numbered,
    PrimaryKey,
    Reference,
    Required,
    Rule,
    Stamped,
    Transition,
    Unique,
    VersionStep,
)
from gapless.kit.model import E, Model, Validated, model_of
from gapless.kit.plain import is_of, kind_of
from gapless.kit.registry import Registry
from gapless.kit.releases import of_the_unreleased
from gapless.kit.symbolic import SymbolicRow

T = TypeVar("T", bound=Validated)

ADDABLE: Registry[bool] = Registry(
    interpreter="Who adds rules to an entity",
    place="kit/added_rules.py",
    needed="whether one can be added",
    by_kind={
        Check: True,
        Unique: True,
        Exclusion: True,
        Reference: True,
        Transition: True,
        AdmissionGuard: True,
        AtLeastOne: True,
        AtMost: True,
        Index: True,
        # These say what the rows are: what a field holds, by what a row is found, what never changes, what is filled.
        DataType: False,
        Required: False,
        EnumMember: False,
        PrimaryKey: False,
        Immutable: False,
        VersionStep: False,
        AppendOnly: False,
        Numbered: False,
        Stamped: False,
    },
)


@attrs.frozen(eq=False)
class AddedRules(Generic[E]):
    """Rules for an entity that another catalogue has; `adds_rules_to` makes them, a host does not.

    Attributes:
        entity: the class.
        origin: the name of whoever adds them, for listings.
    """

    entity: type[E]
    origin: str
    _rules: Callable[[E], Iterable[Rule]]

    def to(self, model: Model[T]) -> Model[T]:
        """The model of the entity with these rules behind its own.

        Raises:
            DeclarationError: a rule can't be added, or does not fit the model.
        """
        symbolic = SymbolicRow(model.nodes)
        found = yielded(self.entity, self._rules(cast(E, symbolic)))
        _require_addable(model, found)
        added = with_lengths_first(of_the_unreleased(found, model.released), model.of_kind(Check))
        extended = model.extended(added, self)
        require_kept(extended, symbolic, added)
        return extended

    def among(self, models: Iterable[Model[Validated]]) -> tuple[Model[Validated], ...]:
        """These models, that of the entity with the rules.

        Raises:
            DeclarationError: the entity is not among them; or as of `to`.
        """
        there = tuple(models)
        if all(model.entity is not self.entity for model in there):
            raise DeclarationError(
                f"Rules are added to {self.entity.__name__}, which is not in the catalogue: add them behind it, as in "
                "GAPLESS + my_rules."
            )
        return tuple(self.to(model) if model.entity is self.entity else model for model in there)


def adds_rules_to(entity: type[E], *, origin: str = "host") -> Callable[[Callable[[E], Iterable[Rule]]], AddedRules[E]]:
    """Adds rules to an entity that somebody else has declared, in the catalogues to which the result is added.

    It decorates a function that yields rules over a symbolic row, as `rules_of` does: checks, uniques, exclusions,
    references by fields that are there, transitions, guards, invariants and indexes. The stores of such a catalogue
    enforce them, and its test kit knows them; the class itself is as it was, and so are other catalogues.

    Args:
        entity: the class, whose rules are declared.
        origin: the name of whoever adds them, for listings.

    Returns:
        The decorator, which turns the function into what a catalogue takes by a plus.

    Raises:
        DeclarationError: no rules are declared for the entity yet. When it is added to a catalogue: the entity is not
            in it, or a rule can't be added.
    """
    given: object = entity
    if not is_of(given, type):
        raise DeclarationError(f"adds_rules_to takes the class of an entity, not {kind_of(given)}.")
    model_of(entity)
    return lambda rules: AddedRules(entity, origin, rules)


def reference_of(entity: type[E], name: str) -> Reference:
    """A reference that an entity declares, for added rules that go through it.

    Args:
        entity: the class.
        name: the name of the reference.

    Raises:
        DeclarationError: it declares no reference of that name.
    """
    links = {rule.name: rule for rule in model_of(entity).of_kind(Reference)}
    if name not in links:
        listed = ", ".join(links) or "none"
        raise DeclarationError(f"{entity.__name__} has no reference {name!r}; its references are: {listed}.")
    return links[name]


def _require_addable(model: Model[E], rules: Iterable[Rule]) -> None:
    """Refuses rules that say what the rows are, and such as would stop what gapless itself writes."""
    names = {rule.name for rule in model.rules}
    for rule in rules:
        if not ADDABLE.of(rule):
            raise DeclarationError(
                f"{rule.name}: {type(rule).__name__} says what a {model.name} is, and stands in its own declaration: "
                "add a rule over its rows, such as a Check or a Transition."
            )
        if model_of(model.entity).is_part and not isinstance(rule, Index):
            raise DeclarationError(
                f"{rule.name}: gapless itself writes the rows of {model.name}, and no further rule may refuse them: "
                "add nothing to it but an Index."
            )
        if rule.name in names:
            raise DeclarationError(f"{rule.name} is added to {model.name}, which has a rule of that name: rename it.")
