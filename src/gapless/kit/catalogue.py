"""The catalogue: all entities and rules that a store enforces, in one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Protocol, TypeVar, cast

import attrs

from gapless.kit.added_rules import AddedRules
from gapless.kit.audit import AuditRecord
from gapless.kit.catalogue_checks import require_consistent, require_parts
from gapless.kit.columns import ColumnType
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.kit.invariants import InvariantValidator
from gapless.kit.kinds import (
    AdmissionGuard,
    AppendOnly,
    AtMost,
    Invariant,
    Numbered,
    Reference,
    Root,
    Rule,
)
from gapless.kit.links import Links, linked_across, linked_inside
from gapless.kit.model import E, Model, Validated, model_of
from gapless.kit.object_names import OWN_ORIGIN, numbered_rules
from gapless.kit.outbox import OutboxEvent
from gapless.kit.plain import is_of, kind_of, name_of
from gapless.kit.rooted_models import below_their_root
from gapless.kit.servability import require_fitting
from gapless.kit.supplements import supplemented
from gapless.kit.user_ids import Users, user_type_of
from gapless.kit.ways import WayStep, passed

T = TypeVar("T")


class AnyModel(Protocol):
    """A `Model`, of whatever entity it is."""

    @property
    def table(self) -> str:
        """The table that keeps its rows."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What holds for them."""


def _models(given: Iterable[AnyModel]) -> tuple[Model[Validated], ...]:
    """The models that were given."""
    if not isinstance(given, Iterable):
        raise DeclarationError(f"A catalogue takes models, as a tuple of what rules_of made, not {kind_of(given)}.")
    models = cast("tuple[Model[Validated], ...]", tuple(given))
    for model in models:
        if not is_of(model, Model):
            raise DeclarationError(f"A catalogue takes models, which rules_of makes, not {kind_of(model)}.")
    return models


def _root_of(model: Model[Validated], roots: tuple[Model[Validated], ...]) -> Model[Validated] | None:
    """The root to which rows belong by a field of their own; None also if nothing says to which of several."""
    if model.is_root or model.tenant is None:
        return model if model.is_root else None
    if model.rooting is not None:
        return next(iter(roots), None) if model.rooting.has_root else None
    if len(roots) < 2:
        return next(iter(roots), None)
    named = [link.to for link in model.of_kind(Reference) if [column.name for column in link.fields] == [model.tenant]]
    return next((root for root in roots if root.entity in named), None)


@attrs.frozen(eq=False, slots=False)
class Catalogue:
    """Entities with their rules, checked to fit together. `GAPLESS + mine` makes a new one of both.

    What is added is another catalogue, a model, or rules for an entity that is there (`adds_rules_to`).

    Args:
        models: the models in the order in which their tables can be created: a referenced entity comes first, unless
            the reference may be null.
        users: who acts and deletes: the entity of the users, or the type of their ids (UUID, int, BigInteger, str);
            None for UUIDs. A sum has what one of its catalogues says.

    Raises:
        DeclarationError: something is no model; an entity or a table stands twice; `users` is neither, or not what the
            audit trail has already; nothing says to which of several roots rows belong, or they belong to a root
            through a row that leads to none; two rules have one name; a reference points at an unknown entity, or does
            not fit the key of its target; a field of a row below which others are counted has a name that the store
            uses; or two objects would have one name in PostgreSQL.
    """

    models: tuple[Model[Validated], ...] = attrs.field(default=(), converter=_models)
    users: Users | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        # What a part takes over depends on both fields, so no converter of one of them can do it.
        object.__setattr__(self, "models", below_their_root(self.models, user_type_of(self.users, self.models)))
        require_consistent(self)
        require_fitting(self.models)

    def __add__(self, other: Catalogue | Model[E] | AddedRules[E]) -> Catalogue:
        if is_of(other, AddedRules):
            return Catalogue(cast("AddedRules[Validated]", other).among(self.models), users=self.users)
        if not isinstance(other, Catalogue):
            return Catalogue((*self.models, cast("Model[Validated]", other)), users=self.users)
        if None not in (self.users, other.users) and self.users is not other.users:
            raise DeclarationError("Two catalogues say by users= who their users are: say it in one of them.")
        return Catalogue(self.models + other.models, users=other.users if self.users is None else self.users)

    def __iter__(self) -> Iterator[tuple[Model[Validated], Rule]]:
        """Every rule, after the model that declares it."""
        return ((model, rule) for model in self.models for rule in model.rules)

    @cached_property
    def root(self) -> Model[Validated]:
        """The root; of several the first, to which the rows of parts belong, such as audit records.

        Raises:
            DeclarationError: the catalogue has no root.
        """
        if self.first_root is None:
            raise DeclarationError("This catalogue has no root: declare an entity with root=True for what needs one.")
        return self.first_root

    @cached_property
    def first_root(self) -> Model[Validated] | None:
        """The root as `root` gives it, and None if the catalogue has none."""
        return next(iter(self.roots), None)

    @cached_property
    def may_be_alone(self) -> bool:
        """Whether it has rows that belong to no root, which a unit without a root reads and writes."""
        return any(model.may_be_alone for model in self.models)

    @cached_property
    def roots(self) -> tuple[Model[Validated], ...]:
        """The entities that are declared as roots; a part of a catalogue may have none."""
        return tuple(model for model in self.models if model.is_root)

    def require_complete(self) -> None:
        """Refuses to keep rows by a catalogue that lacks a part which its entities need, or the root of some.

        Raises:
            DeclarationError: an entity is audited, and there is no audit trail; or a root is purged by a cleanup, which
                has no place for its notes; or rows belong to a root, and there is none.
        """
        require_parts(self)

    @cached_property
    def user_type(self) -> ColumnType:
        """The type of the ids of users, who act and delete."""
        return user_type_of(self.users, self.models)

    @cached_property
    def trail(self) -> Model[AuditRecord]:
        """The model of audit records, by which those are checked that are passed along, in the catalogue or not."""
        return cast("Model[AuditRecord]", self.by_entity.get(AuditRecord, model_of(AuditRecord)))

    @cached_property
    def outbox(self) -> Model[OutboxEvent]:
        """The model of events, by which those are checked that are passed along, in the catalogue or not."""
        return cast("Model[OutboxEvent]", self.by_entity.get(OutboxEvent, model_of(OutboxEvent)))

    def has_place(self, part: type[AuditRecord | OutboxEvent], root: Model[Validated]) -> bool:
        """Whether the audit trail or the outbox takes rows of units of this root, as its own or as nobody's."""
        model = self.by_entity.get(part)
        return model is not None and (self.root_of(model) is root or model.may_be_alone)

    def commands_of(self, root: Model[Validated]) -> Model[ProcessedCommand] | None:
        """The model of the processed commands of a root; None if the catalogue does not have them."""
        found = (each for each in self.models if issubclass(each.entity, ProcessedCommand))
        return cast(
            "Model[ProcessedCommand] | None", next((each for each in found if self.root_of(each) is root), None)
        )

    @cached_property
    def by_entity(self) -> dict[type, Model[Validated]]:
        """The models by their entity."""
        return {model.entity: model for model in self.models}

    @cached_property
    def by_stored(self) -> dict[str, Model[Validated]]:
        """The models by their table, as the database calls it."""
        return {model.stored: model for model in self.models}

    @cached_property
    def by_name(self) -> dict[tuple[str, str], tuple[Model[Validated], Rule]]:
        """Every rule by its table, as the database calls it, and its name."""
        return {(model.stored, rule.name): (model, rule) for model, rule in self}

    def once(self, make: Callable[[Catalogue], T]) -> T:
        """What a function makes of this catalogue: at the first call, and the same from then on.

        An interpreter keeps here what it has compiled, so that many stores of one catalogue share it.
        """
        if make not in self._made:
            self._made[make] = make(self)
        return cast(T, self._made[make])

    @cached_property
    def _made(self) -> dict[object, object]:
        """What was made of this catalogue, by the function that made it."""
        return {}

    def model(self, entity: type[E]) -> Model[E]:
        """The model of an entity.

        Raises:
            DeclarationError: the catalogue does not contain the entity.
        """
        asked: object = entity
        # Nearly always it is a plain class.
        found = self.by_entity.get(entity) if type(entity) is type or is_of(asked, type) else None
        if found is None:
            name = name_of(cast(type, asked)) if is_of(asked, type) else kind_of(asked)
            raise DeclarationError(f"{name} is not in the catalogue of this store.")
        return found  # type: ignore[return-value]  # a dict's type can't say that each model belongs to its key

    def parent(self, reference: Reference) -> Model[Validated]:
        """The model of the entity that a reference points at.

        Raises:
            DeclarationError: the catalogue does not contain that entity.
        """
        # A part of the kit refers to the root of whatever catalogue it is in. Rules that are made anew for each
        # root would give one entity several models (decision 0041).
        return self.root if reference.to is Root else self.model(reference.to)

    def links(self, model: Model[Validated], reference: Reference) -> Links:
        """The columns of a reference, each with the column of the other table that has the same value.

        See `linked_inside` and `linked_across`.
        """
        parent = self.parent(reference)
        if self.leads_across(model, reference):
            return linked_across(parent, reference)
        return linked_inside(model, parent, reference)

    def leads_across(self, model: Model[Validated], reference: Reference) -> bool:
        """Whether a reference leads to a shared row or to one of another root, so that no root is compared.

        So does one that has another field than that of `belongs_to` for the root: to another clinic, or to a bed there.
        """
        home, parent = self.root_of(model), self.parent(reference)
        if home is None or home is not self.root_of(parent):
            return True
        is_whole = parent.tenant in parent.key and len(reference.fields) == len(parent.key)
        return is_whole and model.tenant not in {column.name for column in reference.fields}

    def root_of(self, model: Model[E], otherwise: Model[Validated] | None = None) -> Model[Validated] | None:
        """The root to which the rows of an entity belong; a root's own; None if they are shared, or it has no root.

        Where there are several roots, it is the one to which a reference by the field of `belongs_to` leads. The
        rows of a part belong to the first one, and rows without such a field to that of the row to which they refer.

        Args:
            model: the model of the entity.
            otherwise: the answer for a model that the catalogue does not have, such as a part that was left out.
        """
        return self._roots_of.get(model.entity, otherwise)

    @cached_property
    def _roots_of(self) -> dict[type, Model[Validated] | None]:
        ends = {model.entity: [model, *passed(self.by_entity, model)][-1] for model in self.models}
        found = {entity: _root_of(end, self.roots) for entity, end in ends.items()}
        for model in self.models:
            for rule in model.of_kind(AppendOnly):
                # An archive refers to no root, because it outlives it: it belongs where its rows come from.
                for entity in (rule.archive, rule.erased_by):
                    if entity is not None and found.get(entity) is None and entity in self.by_entity:
                        found[entity] = found[model.entity]
        return found

    def way(self, model: Model[E]) -> tuple[WayStep, ...]:
        """The way of the rows of an entity to their root, step by step; empty if they have a field for it, or none."""
        found, here = list[WayStep](), cast("Model[Validated]", model)
        while (through := here.through) is not None:
            found.append(WayStep(self.links(here, through), self.parent(through)))
            here = self.parent(through)
        return tuple(found)

    def links_leave_root(self, model: Model[Validated], reference: Reference) -> bool:
        """Whether a reference leads to a row of the same root, and its links do not say so.

        That is so where the rows of one of the two tables have no field for their root.
        """
        has_way = model.through is not None or self.parent(reference).through is not None
        return has_way and not self.leads_across(model, reference)

    def root_named(self, entity: type | None) -> Model[Validated]:
        """The root whose rows are of this entity.

        Args:
            entity: the class; None for the first root.

        Raises:
            InvalidValue: it is no root of the catalogue, or there is none.
        """
        if entity is None and self.first_root is not None:
            return self.first_root
        found = next((root for root in self.roots if root.entity is entity), None)
        if found is None:
            names = " or ".join(root.name for root in self.roots) or "none, for this catalogue has no root"
            given = "" if entity is None else f", not {name_of(entity) if is_of(entity, type) else kind_of(entity)}"
            raise InvalidValue("of", f"of= is the root of the unit: {names}{given}.", fields=("of",))
        return found

    @cached_property
    def ruling(self) -> frozenset[type]:
        """The entities of which a rule over several rows asks one row: as the parent of those, or for its limit."""
        rules = [rule for _, rule in self if isinstance(rule, (Invariant, AdmissionGuard))]
        limits = [rule.supplement for rule in rules if isinstance(rule, AtMost)]
        asked = {limit.entity for limit in limits if limit is not None}
        return frozenset(asked | {self.parent(rule.through).entity for rule in rules})

    def has_parent(self, reference: Reference) -> bool:
        """Whether the entity is there that a reference points at; the root of a part is in another one."""
        return bool(self.roots) if reference.to is Root else reference.to in self.by_entity

    @cached_property
    def references_to(self) -> dict[type, tuple[tuple[Model[Validated], Reference], ...]]:
        """For each entity, the references that point at it, in the order of the catalogue."""
        found: dict[type, list[tuple[Model[Validated], Reference]]] = {model.entity: [] for model in self.models}
        for model in self.models:
            for reference in model.of_kind(Reference):
                found[self.parent(reference).entity].append((model, reference))
        return {entity: tuple(references) for entity, references in found.items()}

    @cached_property
    def archives(self) -> frozenset[type]:
        """The entities whose rows come only from another table, at the moment when their parent is removed there."""
        found = (rule.archive for _, rule in self if isinstance(rule, AppendOnly))
        return frozenset(entity for entity in found if entity is not None)

    @cached_property
    def erasures(self) -> frozenset[type]:
        """The entities whose rows say that an audit trail is not to be kept."""
        found = (rule.erased_by for _, rule in self if isinstance(rule, AppendOnly))
        return frozenset(entity for entity in found if entity is not None)

    @cached_property
    def numbered(self) -> tuple[tuple[Model[Validated], Numbered], ...]:
        """The rules that number rows, those of one root with its counter."""
        return tuple((model, rule) for model in self.models for rule in model.of_kind(Numbered))

    def numbered_for(self, entity: type) -> tuple[tuple[Model[Validated], Numbered], ...]:
        """The rules whose columns are searched for the last number, besides the counter, when a row gets a number.

        They are gapless' own and those of entities that stand before this one, so that an entity which is added later
        changes nothing for the others: the counter already includes its numbers.
        """
        places = {model.entity: place for place, model in enumerate(self.models)}
        last, root = places[entity], self._roots_of[entity]
        return tuple(
            (model, rule)
            for model, rule in self.numbered
            if self.root_of(model) is root and (model.origin == OWN_ORIGIN or places[model.entity] <= last)
        )

    @cached_property
    def invariants(self) -> tuple[tuple[Model[Validated], Invariant], ...]:
        """The rules that are checked at commit, in the order in which they are checked: those that were added last."""
        return tuple((model, rule) for _, model, rule in numbered_rules(self.models))

    @cached_property
    def _invariants(self) -> dict[type, tuple[InvariantValidator[Validated], ...]]:
        return {
            model.entity: tuple(
                InvariantValidator(
                    model, self.parent(rule.through), rule, self.links(model, rule.through), supplemented(self, rule)
                )
                for rule in model.of_kind(Invariant)
            )
            for model in self.models
        }

    @property
    def all_invariants(self) -> tuple[InvariantValidator[Validated], ...]:
        """All invariants, for who asks before the store, by the entities whose rows they count."""
        return tuple(each for found in self._invariants.values() for each in found)

    def invariants_of(
        self, entity: type[E], *, below: type[Validated] | None = None
    ) -> tuple[InvariantValidator[E], ...]:
        """The invariants that count rows of an entity, for who wants to know the answer before the store.

        Args:
            entity: the class of the rows.
            below: the class of the rows below which they are counted; None for any.

        Raises:
            DeclarationError: the catalogue does not contain the entity.
        """
        found = cast("tuple[InvariantValidator[E], ...]", self._invariants[self.model(entity).entity])
        return found if below is None else tuple(each for each in found if each.parent.entity is below)

    def invariant(self, entity: type[E], name: str) -> InvariantValidator[E] | None:
        """The invariant with this name that counts rows of an entity; None if the catalogue declares no such rule.

        Raises:
            DeclarationError: the catalogue does not contain the entity.
        """
        return next((found for found in self.invariants_of(entity) if found.rule.name == name), None)


def require_catalogue(name: str, given: object) -> Catalogue:
    """Gives back the catalogue that was passed.

    Args:
        name: the name of the parameter, for the message.
        given: what was passed for it.

    Raises:
        InvalidValue: it is not a catalogue, even if its class says so.
    """
    if not is_of(given, Catalogue):
        said = f"{name} must be a Catalogue, such as GAPLESS + my_rules, not {kind_of(given)}."
        raise InvalidValue(name, said, fields=(name,))
    return cast(Catalogue, given)
