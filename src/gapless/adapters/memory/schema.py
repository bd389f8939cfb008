"""The catalogue as the store uses it: for each table, the functions that find a row's keys, compiled at first use.

A row holds a unique key, refers to a parent, is counted by a parent, or enters one: all four are the same question,
asked of the row before and of the row after a change. Its answer is a key, or None. A UUID stands in a key as its
number, which is hashed several times faster.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import cast

import attrs

from gapless.kit import (
    AppendOnly,
    AtLeastOne,
    AtMost,
    Catalogue,
    CountRule,
    EntryRequires,
    Numbered,
    OnDelete,
    PrimaryKey,
    Reference,
    Transition,
    Unique,
)
from gapless.kit.audit import AuditEntry
from gapless.kit.columns import Column, ColumnType
from gapless.kit.model import VERSION, E, Judged, Model
from gapless.kit.outbox import OutboxEvent
from gapless.kit.predicates import TRUE, Constant, Field, Node, Not
from gapless.kit.python_compiler import (
    Condition,
    PythonSource,
    bound,
    is_false,
    is_false_of_change,
    is_true,
)

Key = tuple[object, ...]
"""Values of a row that find it, or what refers to it; a primary key begins with the number of the organization."""
KeyOf = Callable[[object], Key | None]


def key_where(columns: tuple[Column, ...], where: Node | None = None) -> KeyOf:
    """Compiles what gives these values of a row, or None if one of them is null or `where` is not true."""
    source = PythonSource()
    tests = [f"o.{column.name} is not None" for column in columns if column.nullable]
    if where is not None and where is not TRUE:
        tests.append(source.true(where))
    values = f"({''.join(f'{_part(column)}, ' for column in columns)})"
    expression = f"({values} if {' and '.join(tests)} else None)" if tests else values
    return cast(KeyOf, bound("o", expression, source.constants))


def _part(column: Column) -> str:
    return f"o.{column.name}.int" if column.type is ColumnType.UUID else f"o.{column.name}"


@attrs.frozen(eq=False)
class UniqueKey:
    """A unique rule: `key` gives what a row shares with no other row."""

    name: str
    rule: Unique
    key: KeyOf


@attrs.frozen(eq=False)
class Link:
    """A reference: `key` gives the key of the row of the table `parent` that a row refers to."""

    name: str
    rule: Reference
    parent: str
    key: KeyOf

    @property
    def to_root(self) -> bool:
        """Whether the parent is the organization: then every row of the organization refers to it."""
        return len(self.rule.fields) == 1

    @property
    def on_delete(self) -> OnDelete:
        """What the deletion of the parent does to the row."""
        return self.rule.on_delete


@attrs.frozen(eq=False)
class Gate:
    """A rule of entry: `key` gives the key of the parent that a row is inside of, `holds` judges that parent.

    Attributes:
        added_key: gives the key of the parent that a row enters when it is added.
    """

    rule: EntryRequires
    parent: str
    key: KeyOf
    added_key: KeyOf
    holds: Condition


@attrs.frozen(eq=False)
class Step:
    """A rule over a change: `refuses` judges the row before and after, `refuses_added` one that was nothing before."""

    rule: Transition
    refuses: Callable[[object, object], bool]
    refuses_added: Condition


@attrs.frozen(eq=False)
class Bound:
    """A rule over many rows: `key` gives the key of the parent that counts a row.

    Attributes:
        parent: the parent's table.
        model: the model of the child, which declares the rule.
        applies: whether the rule holds for a parent at all.
        least: whether it asks for one child at least; else for `limit` of the parent at most.
    """

    name: str
    rule: CountRule
    parent: str
    model: Model[Judged]
    key: KeyOf
    applies: Condition
    least: bool
    limit: Callable[[object], int]

    def is_broken(self, parent: object, count: int) -> bool:
        """Whether that many children are too few or too many for this parent."""
        return count < 1 if self.least else count > self.limit(parent)


@attrs.frozen(eq=False, slots=False)
class Table:
    """One entity of the catalogue, with its rules as functions; each group is compiled when it is first needed."""

    model: Model[Judged]
    schema: Schema

    @cached_property
    def name(self) -> str:
        """The table's name."""
        return self.model.table

    @cached_property
    def key_of(self) -> Callable[[object], Key]:
        """The primary key of a row; it begins with the organization's id."""
        return cast("Callable[[object], Key]", key_where(self.primary_key.key))

    @cached_property
    def is_visible(self) -> Condition:
        """Whether reading shows a row without being asked by name."""
        return is_true(TRUE if self.model.hidden is None else Not(self.model.hidden))

    @cached_property
    def primary_key(self) -> PrimaryKey:
        """The rule that no two rows have one key."""
        return self.model.of_kind(PrimaryKey)[0]

    @cached_property
    def append_only(self) -> AppendOnly | None:
        """The rule that rows are never changed, if the table has it."""
        return self.model.append_only

    @cached_property
    def filled(self) -> bool:
        """Whether the store fills columns of it."""
        return bool(self.model.filled)

    @cached_property
    def is_numbered(self) -> bool:
        """Whether one of them is the number of the row."""
        return bool(self.model.of_kind(Numbered))

    @cached_property
    def uniques(self) -> tuple[UniqueKey, ...]:
        """Its unique rules."""
        return tuple(
            UniqueKey(rule.name, rule, key_where(rule.fields, rule.where)) for rule in self.model.of_kind(Unique)
        )

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Its references to other rows."""
        return tuple(
            Link(rule.name, rule, self.schema.catalogue.parent(rule).table, key_where(rule.fields))
            for rule in self.model.of_kind(Reference)
        )

    @cached_property
    def inner_links(self) -> tuple[Link, ...]:
        """Its references to rows of the organization, but not to the organization itself."""
        return tuple(link for link in self.links if not link.to_root)

    @cached_property
    def referrers(self) -> tuple[tuple[Table, Link], ...]:
        """The references of other tables, or of its own, to its rows."""
        return tuple(
            (table, link) for table in self.schema.tables.values() for link in table.links if link.parent == self.name
        )

    @cached_property
    def gates(self) -> tuple[Gate, ...]:
        """Its rules of entry."""
        return tuple(
            Gate(
                rule,
                self.schema.catalogue.parent(rule.through).table,
                key_where(rule.through.fields, rule.of),
                key_where(rule.through.fields, rule.enters_added),
                is_true(rule.parent),
            )
            for rule in self.model.of_kind(EntryRequires)
        )

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Its rules over a change."""
        return tuple(
            Step(rule, is_false_of_change(rule.holds), is_false(rule.added)) for rule in self.model.of_kind(Transition)
        )

    @cached_property
    def bounds(self) -> tuple[Bound, ...]:
        """The rules over many rows that count its rows."""
        return tuple(each for each in self.schema.bounds if each.model is self.model)

    @cached_property
    def armed(self) -> tuple[Bound, ...]:
        """The rules over many rows that one of its rows, as the parent, can put in question."""
        return tuple(each for each in self.schema.bounds if each.parent == self.name and each.rule.armed_by_parent)

    @cached_property
    def version_of(self) -> Callable[[object], int | None]:
        """The version of a row; None if the table has none."""
        return cast("Callable[[object], int | None]", bound("o", "o.version" if self.model.versioned else "None", []))

    def replaced(self, row: Judged, changes: dict[str, object]) -> Judged:
        """The row after a write that changes these columns: its version grows by one, also if nothing differs."""
        version = self.version_of(row)
        return self.model.replaced(row, changes if version is None else {**changes, VERSION: version + 1})


class Schema:
    """The tables of a catalogue.

    Args:
        catalogue: the entities and rules that the store enforces.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.tables = {model.table: Table(model, self) for model in catalogue.models}

    def table(self, entity: type[E]) -> Table:
        """The table of an entity.

        Raises:
            DeclarationError: the catalogue does not hold it.
        """
        return self.tables[self.catalogue.model(entity).table]

    @cached_property
    def trail(self) -> Table:
        """The table of the audit entries."""
        return self.table(AuditEntry)

    @cached_property
    def outbox(self) -> Table:
        """The table of the events."""
        return self.table(OutboxEvent)

    @cached_property
    def root(self) -> Table:
        """The table of the organizations themselves."""
        return self.tables[self.catalogue.root.table]

    @cached_property
    def bounds(self) -> tuple[Bound, ...]:
        """The rules over many rows, in the order in which a commit judges them."""
        return tuple(self._bound(model, rule) for model, rule in self.catalogue.count_rules)

    def _bound(self, model: Model[Judged], rule: CountRule) -> Bound:
        return Bound(
            rule.name,
            rule,
            self.catalogue.parent(rule.through).table,
            model,
            key_where(rule.through.fields, rule.of),
            is_true(rule.while_parent),
            isinstance(rule, AtLeastOne),
            _limit(rule.limit if isinstance(rule, AtMost) else Constant(0)),
        )


def _limit(node: Node) -> Callable[[object], int]:
    source = PythonSource()
    field = source.operand(node)
    # A quota that is null bounds nothing, as a comparison with null is not true.
    unbounded = isinstance(node, Field) and node.column.nullable
    expression = f"({field} if {field} is not None else float('inf'))" if unbounded else field
    return cast("Callable[[object], int]", bound("o", expression, source.constants))
