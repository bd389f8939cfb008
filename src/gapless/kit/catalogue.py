"""The catalogue: all entities and rules that a store enforces, in one value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import combinations
from typing import TypeVar, cast

import attrs

from gapless.kit.audit import AuditRecord
from gapless.kit.belonging import ID
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.kit.invariants import InvariantValidator
from gapless.kit.kinds import (
    AdmissionGuard,
    AppendOnly,
    Index,
    Invariant,
    Numbered,
    OnDelete,
    OnSoftDelete,
    Reference,
    Root,
    Rule,
)
from gapless.kit.kinds.referenced_columns import asked_of_parent
from gapless.kit.links import Links, linked
from gapless.kit.model import E, Model, Validated, model_of
from gapless.kit.object_names import OWN_ORIGIN
from gapless.kit.outbox import OutboxEvent
from gapless.kit.plain import is_of, kind_of, name_of
from gapless.kit.servability import require_fitting
from gapless.kit.soft_deletion import is_soft_deletable, require_soft_deletion

T = TypeVar("T")

RECHECKS, RECHECK_PREFIX, LAST_NUMBER = "touches", "at_", "last_number"
"""The names of the store's own columns in the table of the root, and the prefix of others."""


def _below_their_root(models: tuple[Model[Validated], ...]) -> tuple[Model[Validated], ...]:
    """The models, where the parts of the kit have the type of the root's key; a part of a catalogue has no root yet."""
    roots = [model for model in models if model.is_root]
    if len(roots) != 1 or len(roots[0].key) != 1:
        return models
    return tuple(model.below(roots[0].key_columns[0]) for model in models)


@attrs.frozen(eq=False, slots=False)
class Catalogue:
    """Entities with their rules, checked to fit together. `GAPLESS + mine` makes a new one of both.

    Args:
        models: the models in the order in which their tables can be created: a referenced entity comes first.

    Raises:
        DeclarationError: an entity or a table stands twice; two entities are roots; two rules have one name; a
            reference points at an unknown entity, or does not fit the key of its target; a field of a row below which
            others are counted has a name that the store uses; or two objects would have one name in PostgreSQL.
    """

    models: tuple[Model[Validated], ...] = attrs.field(converter=_below_their_root)

    def __attrs_post_init__(self) -> None:
        _check_names(self)
        _check_roots(self)
        for model in self.models:
            _check_soft_deletion(model)
            _check_release(model)
            for reference in model.of_kind(Reference):
                _check_reference(self, model, reference)
            for rule in model.rules:
                _check_parent(self, model, rule)
        require_fitting(self.models)

    def __add__(self, other: Catalogue | Model[E]) -> Catalogue:
        added = other.models if isinstance(other, Catalogue) else (cast("Model[Validated]", other),)
        return Catalogue(self.models + added)

    def __iter__(self) -> Iterator[tuple[Model[Validated], Rule]]:
        """Every rule, after the model that declares it."""
        return ((model, rule) for model in self.models for rule in model.rules)

    @cached_property
    def root(self) -> Model[Validated]:
        """The root: the one entity to whose rows all other rows belong.

        Raises:
            DeclarationError: the catalogue has no such entity, or more than one.
        """
        if len(self.roots) != 1:
            raise DeclarationError("A catalogue needs exactly one entity that is declared with root=True.")
        return self.roots[0]

    @cached_property
    def roots(self) -> tuple[Model[Validated], ...]:
        """The entities that are declared as roots; a part of a catalogue may have none."""
        return tuple(model for model in self.models if model.is_root)

    @cached_property
    def trail(self) -> Model[AuditRecord]:
        """The model of audit records, by which those are checked that are passed along, in the catalogue or not."""
        return cast("Model[AuditRecord]", self.by_entity.get(AuditRecord, model_of(AuditRecord)))

    @cached_property
    def outbox(self) -> Model[OutboxEvent]:
        """The model of events, by which those are checked that are passed along, in the catalogue or not."""
        return cast("Model[OutboxEvent]", self.by_entity.get(OutboxEvent, model_of(OutboxEvent)))

    @cached_property
    def by_entity(self) -> dict[type, Model[Validated]]:
        """The models by their entity."""
        return {model.entity: model for model in self.models}

    @cached_property
    def by_table(self) -> dict[str, Model[Validated]]:
        """The models by their table."""
        return {model.table: model for model in self.models}

    @cached_property
    def by_name(self) -> dict[tuple[str, str], tuple[Model[Validated], Rule]]:
        """Every rule by its table and its name."""
        return {(model.table, rule.name): (model, rule) for model, rule in self}

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
        """The columns of a reference, each with the column of the other table that has the same value; see `linked`."""
        return linked(model, self.parent(reference), reference)

    @cached_property
    def ruling(self) -> frozenset[type]:
        """The entities of which a rule over several rows asks one row: as the parent of those rows."""
        rules = (rule for _, rule in self if isinstance(rule, (Invariant, AdmissionGuard)))
        return frozenset(self.parent(rule.through).entity for rule in rules)

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
        """The rules that number rows, all with the counter of the root."""
        return tuple((model, rule) for model in self.models for rule in model.of_kind(Numbered))

    def numbered_for(self, entity: type) -> tuple[tuple[Model[Validated], Numbered], ...]:
        """The rules whose columns are searched for the last number, besides the counter, when a row gets a number.

        They are gapless' own and those of entities that stand before this one, so that an entity which is added later
        changes nothing for the others: the counter already includes its numbers.
        """
        places = {model.entity: place for place, model in enumerate(self.models)}
        last = places[entity]
        return tuple(
            (model, rule) for model, rule in self.numbered if model.origin == OWN_ORIGIN or places[model.entity] <= last
        )

    @cached_property
    def invariants(self) -> tuple[tuple[Model[Validated], Invariant], ...]:
        """The rules that are checked at commit, in the order in which they are checked."""
        return tuple((model, rule) for model in self.models for rule in model.of_kind(Invariant))

    @cached_property
    def _invariants(self) -> dict[type, tuple[InvariantValidator[Validated], ...]]:
        return {
            model.entity: tuple(
                InvariantValidator(model, self.parent(rule.through), rule) for rule in model.of_kind(Invariant)
            )
            for model in self.models
        }

    def invariants_of(self, entity: type[E]) -> tuple[InvariantValidator[E], ...]:
        """The invariants that count rows of an entity, for who wants to know the answer before the store.

        Raises:
            DeclarationError: the catalogue does not contain the entity.
        """
        return cast("tuple[InvariantValidator[E], ...]", self._invariants[self.model(entity).entity])

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


def _check_names(catalogue: Catalogue) -> None:
    """Refuses two rules of one name, unless they are the same admission guard at several tables."""
    for one, other in combinations(catalogue.models, 2):
        if one.entity is other.entity or one.table == other.table:
            raise DeclarationError(
                f"{one.name} at {one.table} and {other.name} at {other.table}: put each entity and each table in once."
            )
    seen: dict[str, Rule] = {}
    for _, rule in catalogue:
        first = seen.setdefault(rule.name, rule)
        shared = isinstance(rule, AdmissionGuard) and isinstance(first, AdmissionGuard)
        if first is not rule and not (shared and rule.message == first.message):
            raise DeclarationError(f"Two rules of the catalogue have the name {rule.name}.")


def _check_roots(catalogue: Catalogue) -> None:
    """Refuses two roots, because a unit of work locks one, and fields of it with the store's names.

    A part of a catalogue may have no root.
    """
    if len(catalogue.roots) > 1:
        first, second, *_ = catalogue.roots
        raise DeclarationError(
            f"{first.name} and {second.name} are both declared as roots. A catalogue has one root, to which all other "
            f"rows belong: say what {second.name} belongs to."
        )
    for model in (model for model in catalogue.models if model.is_root or model.entity in _touched(catalogue)):
        for column in model.columns:
            if column.name in (RECHECKS, LAST_NUMBER) or column.name.startswith(RECHECK_PREFIX):
                said = f"the store uses names like {RECHECKS}, {LAST_NUMBER} and {RECHECK_PREFIX}… here: rename it"
                raise DeclarationError(f"{model.name}.{column.name}: {said}.")


def _touched(catalogue: Catalogue) -> set[type]:
    """The entities on whose tables the store has columns of its own, besides the root."""
    rules = (rule for _, rule in catalogue if isinstance(rule, Invariant))
    return {catalogue.parent(rule.through).entity for rule in rules if rule.through.to in catalogue.by_entity}


def _check_soft_deletion(model: Model[Validated]) -> None:
    if not is_soft_deletable(model):
        return
    require_soft_deletion(model)
    if model.of_kind(AppendOnly):
        raise DeclarationError(f"{model.name} is append-only, so its rows can't be soft-deleted.")
    if not (model.key == (ID,) if model.is_root else model.has_own_id):
        raise DeclarationError(
            f"{model.name} can be soft-deleted, and a cleanup finds its rows by {_own_id(model)}: make that its key."
        )


def _own_id(model: Model[Validated]) -> str:
    """The key by which a cleanup finds rows, for a message."""
    return f"({ID})" if model.is_root else f"({model.tenant}, {ID})"


def _check_release(model: Model[Validated]) -> None:
    if model.released is not None and not model.has_own_id:
        raise DeclarationError(
            f"{model.name} can be released, and a cleanup finds its rows by {_own_id(model)}: make that its key."
        )


def _check_reference(catalogue: Catalogue, model: Model[Validated], reference: Reference) -> None:
    if reference.to not in catalogue.by_entity and not (reference.to is Root and catalogue.roots):
        raise DeclarationError(f"{reference.name} points at {reference.to.__name__}, which is not in the catalogue.")
    parent = catalogue.parent(reference)
    is_later = catalogue.models.index(parent) > catalogue.models.index(model)
    if is_later and not reference.nulled:
        raise DeclarationError(
            f"{reference.name}: put {parent.name} before {model.name} in the catalogue. If the two refer to each "
            "other, one of the references must have a field that may be null: otherwise no row could be the first."
        )
    if model.is_root:
        raise DeclarationError(f"{reference.name}: {model.name} is a root, and refers to no row: leave it out.")
    own = tuple(column for column in reference.fields if column.name != model.tenant)
    ids = () if parent.is_root else parent.id_columns
    fits = model.column(model.tenant).type is parent.column(parent.tenant).type
    if not fits or [column.type for column in own] != [column.type for column in ids]:
        raise DeclarationError(f"{reference.name} does not fit the key ({', '.join(parent.key)}) of {parent.name}.")
    if (reference.purged or reference.on_soft_delete is OnSoftDelete.REMOVE) and parent is not catalogue.root:
        said = "`purged` and `on_soft_delete` are only for references to the root"
        raise DeclarationError(f"{reference.name} points at {parent.name}: {said}.")
    _check_removal(model, reference)
    if parent.released is not None:
        _check_unlinking(model, parent, reference)


def _check_unlinking(model: Model[Validated], parent: Model[Validated], reference: Reference) -> None:
    """Refuses a reference to rows that are released if a cleanup could not find what refers to them batch by batch."""
    if reference.on_delete is not OnDelete.SET_NULL:
        return
    wanted = (*reference.fields, *(column for column in model.key_columns if column not in reference.fields))
    served = any(index.fields == wanted and index.where is None for index in model.of_kind(Index))
    if not (model.has_own_id and served):
        names = ", ".join(column.name for column in wanted)
        raise DeclarationError(
            f"{reference.name}: {parent.name} can be released, and a cleanup then unlinks the rows of {model.name} in "
            f"batches, by their key: make it {_own_id(model)}, and yield an Index over ({names})."
        )


def _check_removal(model: Model[Validated], reference: Reference) -> None:
    """Refuses a reference whose rows a removal could not treat as declared, before there is a row."""
    removed = reference.on_soft_delete is OnSoftDelete.REMOVE
    if (removed or reference.purged) and model.of_kind(AppendOnly):
        raise DeclarationError(
            f"{reference.name}: {model.name} is append-only, so no soft deletion and no purge can remove its rows by "
            "itself: leave out on_soft_delete and `purged`."
        )
    if removed and is_soft_deletable(model):
        raise DeclarationError(
            f"{reference.name}: {model.name} can be soft-deleted: leave out on_soft_delete, which would remove nothing."
        )
    if reference.purged and not model.has_own_id:
        raise DeclarationError(
            f"{reference.name}: a purge finds the rows of {model.name} by {_own_id(model)}: make that its key."
        )


def _check_parent(catalogue: Catalogue, model: Model[Validated], rule: Rule) -> None:
    if isinstance(rule, AppendOnly):
        _check_archive(catalogue, model, rule)
    if not isinstance(rule, (Invariant, AdmissionGuard, AppendOnly, Numbered)) or rule.through is None:
        return
    parent = catalogue.parent(rule.through)
    if isinstance(rule, (AppendOnly, Numbered)) and not parent.is_root:
        raise DeclarationError(f"{rule.name}: such a rule must go through a reference to {catalogue.root.name}.")
    if isinstance(rule, Invariant) and parent.append_only is not None:
        # The triggers touch the row of the parent, so that two transactions meet there (decision 0002).
        raise DeclarationError(
            f"{rule.name} counts rows below a {parent.name}, whose rows never change, and the store has to touch them: "
            "let it go through a row that may change."
        )
    for column in asked_of_parent(rule):
        if column not in parent.columns:
            raise DeclarationError(f"{rule.name} uses {column.name}, which is not a field of {parent.name}.")


def _check_archive(catalogue: Catalogue, model: Model[Validated], rule: AppendOnly) -> None:
    for entity in (rule.archive, rule.erased_by):
        if entity is not None and (entity not in catalogue.by_entity or rule.through is None):
            raise DeclarationError(
                f"{rule.name}: put {entity.__name__} into the catalogue, and give the rule the `through` of its rows."
            )
    if rule.archive is not None and catalogue.by_entity[rule.archive].columns != model.columns:
        raise DeclarationError(f"{rule.name}: {rule.archive.__name__} does not have the fields of {model.name}.")
