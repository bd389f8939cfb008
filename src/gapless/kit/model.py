"""The model of an entity: its table, its columns, its rules, and the functions that are compiled from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import ClassVar, Generic, Protocol, TypeVar, cast
from uuid import UUID

import attrs

from gapless.kit.belonging import ID, Belonging, Rooting
from gapless.kit.columns import Column, ColumnType
from gapless.kit.construction import Construction
from gapless.kit.errors import DeclarationError, InvalidValue, QueryRefused, RuleViolated, UnknownField
from gapless.kit.explanations import explained
from gapless.kit.kinds import (
    AppendOnly,
    Check,
    DataType,
    Filled,
    Immutable,
    Numbered,
    Ordering,
    Reference,
    Rule,
)
from gapless.kit.lengths import greatest_bytes
from gapless.kit.names import Names
from gapless.kit.plain import entries_of, is_of, kind_of, plain, plain_text, shown
from gapless.kit.predicates import TRUE, All, Field, Node, Not
from gapless.kit.python_compiler import Condition, function, is_true
from gapless.kit.symbolic import Nodes, SymbolicRow, condition_over, model_attribute
from gapless.kit.validation import ViolationFinder, compile_validator, compile_violation_finder, normaliser

VERSION = "version"
CREATED_AT = "created_at"


class Validated:
    """Lets a frozen attrs class validate itself at the end of its constructor; its rules come from `rules_of`."""

    # Here and not in each entity, whose slots are then its fields alone (see construction.twin_of).
    __slots__ = ("__weakref__",)
    __gapless_model__: ClassVar[object]

    def __attrs_post_init__(self) -> None:
        model_attribute(type(self)).validate(self)


class Entity(Validated):
    """A value with an identity that a store keeps: `attrs.frozen(kw_only=True, slots=True)`, validated when made."""

    __slots__ = ()


class AuditedEntity(Validated):
    """An entity with an audit trail: a store accepts a write of its rows only together with an audit record."""

    __slots__ = ()


_PLAIN_KEYS = {
    ColumnType.UUID: "UUID",
    ColumnType.INTEGER: "int",
    ColumnType.BIG_INTEGER: "int",
    ColumnType.TEXT: "str",
}
"""The class of a key's value in its normal form, as source; what has no such class is always looked at."""
E = TypeVar("E", bound=Validated)
R = TypeVar("R", bound=Rule)


class Addition(Protocol):
    """What adds rules to the models of an entity."""

    @property
    def origin(self) -> str:
        """The name of whoever adds them."""

    def to(self, model: Model[E]) -> Model[E]:
        """A model with these rules behind its own."""


@attrs.frozen(eq=False, slots=False)
class Model(Generic[E]):
    """What is declared about one entity; `rules_of` makes it, a host does not.

    Attributes:
        entity: the class.
        table: the table that keeps its rows.
        columns: one for each field, in the order of the fields.
        key: the names of the columns of the primary key.
        rules: all rules, with those that follow from the annotations.
        origin: the name of whoever declared it, for listings.
        soft_deleted: the condition that is true of soft-deleted rows, which reading leaves out unless asked for; None
            if rows can't be soft-deleted.
        unaudited: the columns that may be written without an audit record, though the entity is audited.
        released: the column that is true of released rows, which wait for a cleanup; None if rows can't be released.
        belonging: what the rows belong to.
        names: what the database calls the table and its columns.
        rooting: what it takes over from its catalogue, if it is a part; None for any other, and as it was declared.
        nodes: the nodes of the fields and of the declared predicates, in the rules as in the queries.
        over: declares the same over other columns.
        added: those of the rules that a catalogue has added to what is declared, each with what has added it.
    """

    entity: type[E]
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rules: tuple[Rule, ...]
    origin: str
    soft_deleted: Node | None
    unaudited: tuple[Column, ...]
    released: Column | None
    belonging: Belonging
    names: Names
    rooting: Rooting | None
    nodes: Nodes = attrs.field(kw_only=True, repr=False)
    _over: Callable[[tuple[Column, ...], Rooting], Model[E]] = attrs.field(kw_only=True, repr=False)
    added: Mapping[Rule, Addition] = attrs.field(default=MappingProxyType({}), kw_only=True, repr=False)

    def rooted(self, rooting: Rooting | None) -> Model[E]:
        """The model as it is in a catalogue: itself, unless it is a part that belongs to any root.

        Args:
            rooting: what parts take over from that catalogue; None for the model as it was declared.
        """
        # One model for each rooting, so that catalogues with roots of one type share it (decision 0055).
        declared = model_of(self.entity)
        if not declared.is_part:
            return self
        own = self.rooting
        if own is rooting or (own is not None and rooting is not None and own.stays(rooting)):
            return self
        found = declared if rooting is None else declared._rooted_by(rooting)  # noqa: SLF001  # another of this class
        for addition in dict.fromkeys(self.added.values()):
            found = addition.to(found)
        return found

    def _rooted_by(self, rooting: Rooting) -> Model[E]:
        found = self._rooted.get(rooting)
        if found is None:
            columns = tuple(rooting.column(column, self.tenant) for column in self.columns)
            found = self._rooted[rooting] = self._over(columns, rooting)
        return found

    def extended(self, added: tuple[Rule, ...], by: Addition) -> Model[E]:
        """The model with further rules, for a catalogue; this one stays as it is.

        Args:
            added: the rules.
            by: what adds them.
        """
        return attrs.evolve(self, rules=(*self.rules, *added), added={**self.added, **dict.fromkeys(added, by)})

    @property
    def forms(self) -> tuple[Model[E], ...]:
        """This model as it was declared, and as it is in catalogues where its rows belong to something else."""
        return (self, *self._rooted.values())

    @cached_property
    def _rooted(self) -> dict[Rooting, Model[E]]:
        """The models of the catalogues that this entity is in, one for each rooting."""
        return {}

    @cached_property
    def name(self) -> str:
        """The entity's name, as errors give it."""
        return self.entity.__name__

    @property
    def stored(self) -> str:
        """What the database calls the table."""
        return self.table if self.names.table is None else self.names.table

    @cached_property
    def audited(self) -> bool:
        """Whether each write needs an audit record."""
        return issubclass(self.entity, AuditedEntity)

    @cached_property
    def tenant(self) -> str | None:
        """The column that says which root a row belongs to; for a root itself, its key; None if rows have none."""
        return self.belonging.tenant

    @cached_property
    def tenant_column(self) -> Column | None:
        """The column that `tenant` names."""
        return None if self.tenant is None else self.column(self.tenant)

    @property
    def named_tenant(self) -> str:
        """The column that says which root a row belongs to, for whoever looks at rows that belong to one.

        Raises:
            DeclarationError: the rows are shared, or belong to a root through another row.
        """
        if self.tenant is None:
            said = "are shared: they belong to no root" if self.is_shared else "belong to a root through another row"
            raise DeclarationError(f"The rows of {self.name} {said}.")
        return self.tenant

    @cached_property
    def is_part(self) -> bool:
        """Whether the rows belong to the root of whatever catalogue the entity is in; true of it as it was declared."""
        return self.tenant_column is not None and self.tenant_column.type is ColumnType.KEY

    @cached_property
    def keyed(self) -> frozenset[str]:
        """The columns whose type a catalogue says: that of the root's key, and in a part the ids of users."""
        declared = model_of(self.entity)
        named = {column.name for column in declared.columns if declared.is_part and column.type is ColumnType.KEY}
        return frozenset(named if self.tenant is None else {self.tenant, *named})

    @cached_property
    def has_users(self) -> bool:
        """Whether it is a part with the id of a user in each row."""
        return model_of(self.entity).is_part and len(self.keyed) > 1

    @cached_property
    def is_shared(self) -> bool:
        """Whether the rows belong to no root, so that all units see them."""
        return self.tenant is None and not self.belonging.through

    @cached_property
    def through(self) -> Reference | None:
        """The reference through which the rows belong to a root; None if they have a field for it, or have none."""
        names = self.belonging.through
        found = (link for link in self.of_kind(Reference) if tuple(column.name for column in link.fields) == names)
        return next(found, None) if names else None

    @cached_property
    def may_be_alone(self) -> bool:
        """Whether a row may belong to no root: each shared one, and one whose field for that is null."""
        return self.is_shared or (self.tenant_column is not None and self.tenant_column.nullable)

    @cached_property
    def is_root(self) -> bool:
        """Whether it is a root, to whose rows other rows belong."""
        return self.belonging.is_root

    @cached_property
    def versioned(self) -> bool:
        """Whether the rows can change; they then have a version, which the store sets."""
        return any(column.name == VERSION for column in self.columns)

    @cached_property
    def append_only(self) -> AppendOnly | None:
        """The rule that the rows never change, or None."""
        return next(iter(self.of_kind(AppendOnly)), None)

    @cached_property
    def immutable(self) -> dict[str, Immutable]:
        """The columns that never change once a row was added, each with the rule that says so."""
        return {column.name: rule for rule in self.of_kind(Immutable) for column in rule.columns}

    @cached_property
    def filled(self) -> dict[str, object]:
        """The columns that the store fills, by name, with their values in a row that no store has taken yet."""
        defaults = {field.name: field.default for field in attrs.fields(cast("type[attrs.AttrsInstance]", self.entity))}
        return {rule.column.name: defaults[rule.column.name] for rule in self.of_kind(Filled)}

    @cached_property
    def given(self) -> tuple[Column, ...]:
        """The columns whose values the writer gives: all but those that the store fills."""
        return tuple(column for column in self.columns if column.name not in self.filled)

    def declared_of_kind(self, kind: type[R]) -> tuple[R, ...]:
        """The rules of one kind without those that a catalogue has added; what is made of them is the same in any."""
        return tuple(rule for rule in self.of_kind(kind) if rule not in self.added)

    def origin_of(self, rule: Rule) -> str:
        """The name of whoever declared one of the rules, for listings."""
        by = self.added.get(rule)
        return self.origin if by is None else by.origin

    def of_kind(self, kind: type[R]) -> tuple[R, ...]:
        """The rules of one kind, in the order of their declaration."""
        found = self._by_kind.get(kind)
        if found is None:
            found = self._by_kind[kind] = tuple(rule for rule in self.rules if isinstance(rule, kind))
        return cast("tuple[R, ...]", found)

    @cached_property
    def _by_kind(self) -> dict[type[Rule], tuple[Rule, ...]]:
        """The rules of the kinds that somebody has asked for."""
        return {}

    def column(self, name: str) -> Column:
        """The column with this name.

        Raises:
            UnknownField: the entity has no such field.
        """
        found = self._by_name.get(name)
        if found is None:
            raise UnknownField(self.name, name)
        return found

    def has(self, column: Column) -> bool:
        """Whether this is one of the entity's columns, and not another entity's of the same name."""
        found = self._by_name.get(column.name)
        return found is column or found == column

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def violated(self, rule: Rule, values: Mapping[str, object] | None = None) -> RuleViolated:
        """Makes the error for a broken rule of this entity, the same whoever noticed it.

        Args:
            rule: the rule.
            values: the values that break it, by column, if they are known; the error then says what is wrong with them.
        """
        fields = tuple(column.name for column in rule.columns)
        detail = "" if values is None else explained(rule, values)
        return RuleViolated(
            rule=rule.name, entity=self.name, fields=fields, message=rule.message, source=rule.source, detail=detail
        )

    @cached_property
    def validate(self) -> Callable[[object], None]:
        """Brings a row into its normal form, in place; raises RuleViolated for the first broken rule over one row."""
        self._quicken()
        return compile_validator(self.entity, self.columns, self.rules, self.find_violations, self.violated)

    def _quicken(self) -> None:
        """Gives the entity a quicker constructor: with its first row, because nothing is compiled at import."""
        own = vars(self.entity).get("__gapless_model__") is self
        if own and self.entity.__attrs_post_init__ is Validated.__attrs_post_init__:
            constructor = self.construction.constructor(self)
            if constructor is not None:
                # It does what that of attrs does, and says so to whoever asks (decision 0048).
                type.__setattr__(self.entity, "__init__", constructor)

    @cached_property
    def require_representable(self) -> Callable[[object], None]:
        """Brings a row into its normal form, in place; raises RuleViolated for a value that no store can keep."""
        data_types = self.of_kind(DataType)
        return compile_validator(
            self.entity, self.columns, data_types, compile_violation_finder(data_types), self.violated
        )

    @cached_property
    def normalise_key(self) -> Callable[[object], object]:
        """Brings the key of a row into its normal form, in place; it is fast, as nearly every key already is in it."""
        parts = [(column.name, _PLAIN_KEYS.get(column.type, "None")) for column in self.key_columns]
        tests = " and ".join(f"type(o.{name}) is {kind}" for name, kind in parts)
        namespace: dict[str, object] = {"UUID": UUID, "normalise": normaliser(self.entity, self.key_columns)}
        return function("normalise_key", f"normalise_key = lambda o: ({tests}) or normalise(o)", namespace)

    @cached_property
    def has_ids(self) -> Callable[[object], bool]:
        """Whether the key of a row consists of ids alone, each of the very type."""
        are_ids = all(column.type is ColumnType.UUID for column in self.key_columns)
        tests = " and ".join(f"type(o.{name}) is UUID" for name in self.key) if are_ids else "False"
        return cast("Callable[[object], bool]", function("has_ids", f"has_ids = lambda o: {tests}", {"UUID": UUID}))

    @cached_property
    def find_violations(self) -> ViolationFinder:
        """Finds all rules over one row that normalised values break, by column, in the order of the validator."""
        return compile_violation_finder(self.rules)

    @cached_property
    def greatest_bytes(self) -> Mapping[Column, float]:
        """How many bytes each text column needs at most, by the checks of the entity; infinite without such a check."""
        checks = [check.holds for check in self.of_kind(Check)]
        texts = [column for column in self.columns if column.type is ColumnType.TEXT]
        return {column: greatest_bytes(column, checks) for column in texts}

    @cached_property
    def has_own_id(self) -> bool:
        """Whether a row is found in its root by its `id` alone."""
        return not self.is_root and [column.name for column in self.id_columns] == [ID]

    @cached_property
    def id_columns(self) -> tuple[Column, ...]:
        """By what a row is found in its root: the columns of its key, without that which says what it belongs to."""
        if self.is_root:
            return self.key_columns
        return tuple(column for column in self.key_columns if column.name != self.tenant)

    def root_key(self, given: object) -> object | None:
        """What was given as the key of a root, in its normal form; None if it can be none."""
        (column,) = self.key_columns
        if type(given) is UUID and column.type is ColumnType.UUID:
            return given  # that is nearly always the case, and each unit that is opened asks
        found = column.normalised(given)
        return found if column.represents(found) else None

    @cached_property
    def id_of(self) -> Callable[[E], object]:
        """The id of a row in its root: the values of `id_columns`, or the only one; without any, the root's key."""
        names = [column.name for column in self.id_columns] or [*self.key]
        if len(names) > 1:
            return cast("Callable[[E], object]", values_of(tuple(names)))
        return cast("Callable[[E], object]", function("id_of", f"id_of = lambda o: o.{names[0]}", {}))

    @cached_property
    def lookup(self) -> tuple[str, ...]:
        """By what one row is found among those of its root: the names of the root's key and of the id, or only this."""
        if self.is_root or self.tenant is None:
            return self.key
        return (self.tenant, *(column.name for column in self.id_columns))

    @cached_property
    def lookup_of(self) -> Callable[[E], tuple[object, ...]]:
        """By what a row is found, in the order of `lookup`."""
        return cast("Callable[[E], tuple[object, ...]]", values_of(self.lookup))

    @cached_property
    def lookup_in(self) -> Callable[[object, object], tuple[object, ...] | None]:
        """By what the row is found that has an id (the second argument) in a root (the first); None if none can be.

        Raises (when it is called):
            QueryRefused: the rows are found by several values, and the id is not a tuple of so many; or by one, and it
                is a tuple.
        """
        if len(self.lookup) > 1 and [column.type for column in self.id_columns] == [ColumnType.UUID]:
            # That is nearly always so, and a call costs as much as all else.
            return lambda tenant, given: (tenant, given) if type(given) is UUID else self._lookup_in(tenant, given)
        return self._lookup_in

    def _lookup_in(self, tenant: object, id: object) -> tuple[object, ...] | None:
        columns = self.id_columns or self.key_columns
        given = plain(id)
        several = given if type(given) is tuple else (id,)
        if len(several) != len(columns) or (type(given) is tuple) != (len(columns) > 1):
            names = ", ".join(column.name for column in columns)
            wanted = f"a tuple of its ({names})" if len(columns) > 1 else f"its {names} alone"
            raise QueryRefused(f"A {self.name} is found by {wanted}, not by {kind_of(id)}.")
        values = {column.name: column.normalised(part) for column, part in zip(columns, several, strict=True)}
        if any(value is None or not self.column(name).represents(value) for name, value in values.items()):
            return None
        if self.tenant in values and values[self.tenant] != tenant:
            return None
        return tuple(values.get(name, tenant) for name in self.lookup)

    @cached_property
    def key_columns(self) -> tuple[Column, ...]:
        """The columns of the primary key."""
        return tuple(map(self.column, self.key))

    @cached_property
    def key_of(self) -> Callable[[E], tuple[object, ...]]:
        """The primary key of a row."""
        return cast("Callable[[E], tuple[object, ...]]", values_of(self.key))

    @cached_property
    def identity_of(self) -> Callable[[object], tuple[object, ...]]:
        """Identifies a row in its table by its key, in which numbers stand for ids because they are found faster."""
        reads = (f"o.{c.name}.int, " if c.type is ColumnType.UUID else f"o.{c.name}, " for c in self.key_columns)
        source = f"identity = lambda o: ({''.join(reads)})"
        return cast("Callable[[object], tuple[object, ...]]", function("identity", source, {}))

    @cached_property
    def tenant_of(self) -> Callable[[E], object]:
        """The key of the root that a row says it belongs to; None if it belongs to none, or through another row."""
        read = "None" if self.tenant is None else f"o.{self.tenant}"
        return cast("Callable[[E], object]", function("tenant", f"tenant = lambda o: {read}", {}))

    @cached_property
    def values(self) -> Callable[[E], tuple[object, ...]]:
        """The values of a row, in the order of the columns."""
        return cast("Callable[[E], tuple[object, ...]]", values_of(tuple(column.name for column in self.columns)))

    def values_by_column(self, row: E) -> dict[str, object]:
        """The values of a row by the names of their columns, in the order of the columns."""
        return dict(zip((column.name for column in self.columns), self.values(row), strict=True))

    @cached_property
    def construct(self) -> Callable[[Sequence[object]], E]:
        """Makes a row from normalised values in the order of the columns, without validating it: the database did."""
        names = [f"v{place}" for place in range(len(self.columns))]
        made = self.construction.maker("values", names, first=f"{', '.join(names)}, = values")
        return cast("Callable[[Sequence[object]], E]", made)

    @cached_property
    def with_version(self) -> Callable[[E, int], E]:
        """Makes the same row with another version, without validating it; a row that never changes is returned."""
        if not self.versioned:
            return lambda row, version: row  # noqa: ARG005  # both kinds are called alike
        values = ["version" if column.name == VERSION else f"row.{column.name}" for column in self.columns]
        return cast("Callable[[E, int], E]", self.construction.maker("row, version", values))

    @cached_property
    def with_filled(self) -> Callable[[E, int, datetime], E]:
        """Makes the same row with what a store fills, a number and a time, without validating it."""
        values = {column.name: f"row.{column.name}" for column in self.columns}
        for rule in self.of_kind(Filled):
            values[rule.column.name] = "number" if isinstance(rule, Numbered) else "time"
        return cast("Callable[[E, int, datetime], E]", self.construction.maker("row, number, time", [*values.values()]))

    @cached_property
    def construction(self) -> Construction:
        """How a row is made from values that were validated before."""
        return Construction(self.entity, [column.name for column in self.columns])

    def construct_unvalidated(self, values: Mapping[str, object]) -> E:
        """Makes a row that nobody has validated: tests and demos show with it that a store checks by itself."""
        return self.construct([values[column.name] for column in self.columns])

    def evolved(self, row: E, changes: Mapping[str, object]) -> E:
        """The row with some other values, not validated: for stores, which check by themselves."""
        if not changes:
            return row
        values = [*self.values(row)]
        for name, value in changes.items():
            values[self._places[name]] = value
        return self.construct(values)

    @cached_property
    def difference(self) -> Callable[[E, E], dict[str, object]]:
        """The values of the second row that differ from the first row's, by column, without what a store fills."""
        # A value that was not changed is the same object, so most columns need no comparison.
        test = "if a.{0} is not b.{0} and a.{0} != b.{0}: changes['{0}'] = b.{0}"
        lines = "\n  ".join(test.format(column.name) for column in self._compared)
        source = f"def difference(a, b):\n  changes = {{}}\n  {lines}\n  return changes"
        compiled = cast("Callable[[E, E], dict[str, object]]", function("difference", source, {}))

        def difference(before: E, after: E) -> dict[str, object]:
            try:
                return compiled(before, after)
            except Exception:  # noqa: BLE001  # a row that was made unvalidated may hold values that can't be compared
                return self._difference_of_plain(before, after)

        return difference

    @cached_property
    def _compared(self) -> tuple[Column, ...]:
        """The columns that a writer may have changed: an archive, too, copies the time at which a store took a row."""
        return tuple(column for column in self.given if not column.recorded)

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The names of the columns whose values are the entity's own: neither a version nor what a store fills."""
        return tuple(column.name for column in self.given if column.name != VERSION)

    @cached_property
    def is_compared_whole(self) -> bool:
        """Whether `difference` tells of every column: otherwise a row that is saved has values that are not written."""
        return self._compared == self.columns

    def _difference_of_plain(self, before: E, after: E) -> dict[str, object]:
        """As `difference`, for a row with values that have no plain form: such a value differs from all others."""
        changes: dict[str, object] = {}
        for column in self._compared:
            old, new = getattr(before, column.name), getattr(after, column.name)
            known = column.normalised(new)
            if new is not old and not (column.represents(known) and known == old):
                changes[column.name] = new
        return changes

    @cached_property
    def _places(self) -> dict[str, int]:
        """The place of each column among the columns, by name."""
        return {column.name: place for place, column in enumerate(self.columns)}

    @cached_property
    def _predicates(self) -> dict[str, Condition]:
        return {}

    def holds(self, name: str, instance: object) -> bool:
        """Whether the entity's predicate with this name is true of a row."""
        compiled = self._predicates.get(name)
        if compiled is None:
            compiled = self._predicates[name] = is_true(condition_over(self.symbolic(), attrgetter(name)))
        return compiled(instance)

    @cached_property
    def is_shown(self) -> Condition:
        """Whether reading gives a row without `include_deleted`."""
        return is_true(All(tuple(node for node in (self.shown, self.unreleased) if node is not None)))

    @cached_property
    def is_unreleased(self) -> Condition:
        """Whether a row was not released, so that it is there for whoever does not ask for released ones."""
        return is_true(TRUE if self.unreleased is None else self.unreleased)

    @cached_property
    def unreleased(self) -> Node | None:
        """The condition of a row that was not released; None if no row can be."""
        return None if self.released is None else Not(Field(self.released))

    @cached_property
    def shown(self) -> Node | None:
        """The condition of a row that is not soft-deleted; None if no row can be."""
        return None if self.soft_deleted is None else Not(self.soft_deleted)

    @cached_property
    def orders(self) -> dict[tuple[Ordering, ...], tuple[Ordering, ...]]:
        """The orders in which rows were listed, each with its columns and those of the key; `queries.order_of`."""
        return {}

    def symbolic(self) -> E:
        """A symbolic row of this entity."""
        return cast(E, SymbolicRow(self.nodes))


def values_of(names: tuple[str, ...]) -> Callable[[object], tuple[object, ...]]:
    """Compiles a function that reads these attributes of an object into a tuple."""
    reads = "".join(f"o.{name}, " for name in names)
    return cast("Callable[[object], tuple[object, ...]]", function("values", f"values = lambda o: ({reads})", {}))


def model_of(entity: type[E]) -> Model[E]:
    """The model of an entity.

    Raises:
        DeclarationError: no rules are declared for the entity, so nothing could check it.
    """
    return cast("Model[E]", model_attribute(entity))


def meant_by(entity: type[E] | Model[E]) -> Model[E]:
    """The model that was given, or that of the entity that was given, as it was declared.

    Raises:
        DeclarationError: no rules are declared for the entity.
    """
    return cast("Model[E]", entity) if is_of(entity, Model) else model_of(cast("type[E]", entity))


def violations(entity: type[E] | Model[E], values: Mapping[str, object]) -> tuple[RuleViolated, ...]:
    """Finds all rules over one row that these values break, in the order in which a store would name them.

    Args:
        entity: the entity that the values are meant for; or its model in a catalogue, with the rules that were added
            there: `HELP_DESK.model(User)`.
        values: the values by field; a field that is left out has its default, or else null.

    Raises:
        UnknownField: a value names a field that the entity does not have.
        InvalidValue: `values` is not a mapping.
    """
    model = meant_by(entity)
    named = entries_of(values, len(model.columns))
    if named is None:
        said = f"`values` must be a mapping from the fields of {model.name} to their values, not {kind_of(values)}."
        raise InvalidValue("values", said, fields=("values",))
    named = {model.column(plain_text(name) or shown(name)).name: value for name, value in named.items()}
    given: dict[str, object] = {}
    for field, column in zip(attrs.fields(cast("type[attrs.AttrsInstance]", model.entity)), model.columns, strict=True):
        default = None if field.default is attrs.NOTHING else field.default
        given[column.name] = column.normalised(named.get(column.name, default))
    return tuple(model.violated(rule, given) for rule in model.find_violations(given))
