"""What a chain of revisions has made: tables and objects of a catalogue, as far as a later one has to know them.

The description of the newest revision lies beside it, so that the next one is written without a database.
See docs/decisions/0061-revisions-are-written-from-the-difference.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import attrs
import sqlalchemy as sa

from gapless.adapters.postgres.ddl.invariants import store_owned_columns
from gapless.adapters.postgres.migrations.frozen_sql import SCHEMA, WRITTEN_SCHEMA, require_no_placeholder
from gapless.adapters.postgres.schema.creation import fingerprinted, further_rules
from gapless.adapters.postgres.schema.tables import ROOMY, metadata, table_of
from gapless.adapters.postgres.sql.extensions import Extension
from gapless.adapters.postgres.sql.fingerprints import fingerprint
from gapless.adapters.postgres.sql.objects import (
    AddedColumn,
    Constraint,
    DatabaseIndex,
    DatabaseObject,
    DatabaseStatistics,
    DatabaseTable,
    Function,
    Marked,
    Trigger,
    comment,
)
from gapless.adapters.postgres.sql.text import DIALECT, quoted
from gapless.adapters.postgres.violations.registry import violation_query
from gapless.kit import AtMost, Catalogue, Invariant, Reference, Rule
from gapless.kit.model import Model, Validated
from gapless.kit.revisions import NOTHING

T = TypeVar("T")
REFERENCES = f" REFERENCES {SCHEMA}."
UNIQUE = "UNIQUE "


@attrs.frozen
class DescribedColumn:
    """A column.

    Attributes:
        name: its name.
        type: its type, with its collation.
        nullable: whether it may be null.
        default: its default; None if it has none.
        store_owned: whether the store keeps it for its rules, so that no value of an entity is in it.
    """

    name: str
    type: str
    nullable: bool
    default: str | None
    store_owned: bool


@attrs.frozen
class DescribedTable:
    """A table.

    Attributes:
        name: its name.
        columns: its columns, in their order.
        key: the columns of its key.
        is_roomy: whether its pages keep room for new versions of its rows.
    """

    name: str
    columns: tuple[DescribedColumn, ...]
    key: tuple[str, ...]
    is_roomy: bool

    @property
    def by_name(self) -> dict[str, DescribedColumn]:
        """Its columns by their names."""
        return {column.name: column for column in self.columns}


@attrs.frozen
class DescribedObject:
    """What belongs to a table or stands beside it: a constraint, an index, a function and so on.

    Attributes:
        kind: as `DatabaseObject.kind`.
        table: the table that it lies on; "" if it lies on none.
        name: its name.
        definition: what it is, without its name; of a function its fingerprint.
        fingerprint: its fingerprint; "" if it has none.
        to: the other table of a reference, the arguments of a function; "" for everything else.
        rules: the rules that it enforces, each with the fingerprint of what a function does for it; "" if no function
            does anything.
        is_in_table: whether the statement of its table creates it, if the table is new.
        statements: the statements that create it; none if it was read from a file.
        comment: the statement that gives it its fingerprint; "" if it has none, or was read from a file.
    """

    kind: str
    table: str
    name: str
    definition: str
    fingerprint: str
    to: str = ""
    rules: tuple[tuple[str, str], ...] = ()
    is_in_table: bool = attrs.field(default=False, eq=False)
    statements: tuple[str, ...] = attrs.field(default=(), eq=False)
    comment: str = attrs.field(default="", eq=False)

    @property
    def place(self) -> tuple[str, str, str]:
        """By what it is the same object as another one."""
        return (self.kind, self.table, self.name)

    @property
    def is_key(self) -> bool:
        """Whether it is the key of its table."""
        return self.definition.startswith("PRIMARY KEY")

    @property
    def is_exclusion(self) -> bool:
        """Whether it is a constraint that an index of its own enforces."""
        return self.definition.startswith("EXCLUDE")

    @property
    def is_unique(self) -> bool:
        """Whether it is a unique index, to which a reference can refer."""
        return self.kind == "index" and self.definition.startswith(UNIQUE)

    @property
    def halves(self) -> tuple[str, str]:
        """The parts of its definition that name columns of its own table, and of the other one if it is a reference."""
        own, _, other = self.definition.partition(REFERENCES)
        return own, other


@attrs.frozen
class DescribedRule:
    """A rule that rows can break.

    Attributes:
        table: the table whose entity declares it.
        name: its name.
        fingerprint: that of the query for the rows that break it: another one says that other rows do.
        query: the query; "" if it was read from a file.
        about: the table of the rows that the query gives.
        locks: the tables whose writers wait while triggers begin to enforce it; none if a constraint does.
        is_limit: whether it is a limit, which may be lower than what is there: it only refuses more.
    """

    table: str
    name: str
    fingerprint: str
    query: str = attrs.field(default="", eq=False)
    about: str = attrs.field(default="", eq=False)
    locks: tuple[str, ...] = attrs.field(default=(), eq=False)
    is_limit: bool = attrs.field(default=False, eq=False)


@attrs.frozen
class Description:
    """What a chain of revisions has made: tables, objects, and the rules that rows can break, in their order.

    `of_others` are the columns, by table and name, that the store keeps for the rules of other chains; none if it was
    read from a file.
    """

    tables: tuple[DescribedTable, ...]
    objects: tuple[DescribedObject, ...]
    rules: tuple[DescribedRule, ...]
    of_others: frozenset[tuple[str, str]] = attrs.field(default=frozenset(), eq=False)

    @property
    def by_table(self) -> dict[str, DescribedTable]:
        """The tables by their names."""
        return {table.name: table for table in self.tables}


def described(catalogue: Catalogue, beyond: Catalogue = NOTHING) -> Description:
    """The description of a catalogue.

    Args:
        catalogue: the entities and rules.
        beyond: those of them that other revisions make.

    Raises:
        DeclarationError: a text or a name in it has what stands for the schema in a revision.
    """
    require_no_placeholder(catalogue, beyond)
    own = [model for model in catalogue.models if model.entity not in beyond.by_entity]
    tables = metadata(catalogue, WRITTEN_SCHEMA)
    found = fingerprinted(catalogue, WRITTEN_SCHEMA, beyond=beyond)
    return Description(
        tuple(_table(table_of(tables, model), model) for model in own),
        tuple(_object(item, mark) for item, mark in found),
        tuple(_rules(catalogue, _declared(own, further_rules(catalogue, beyond)), found)),
        frozenset((model.stored, c.name) for model in beyond.models for c in store_owned_columns(beyond, model)),
    )


def _text(statement: str) -> str:
    return statement.replace(WRITTEN_SCHEMA, SCHEMA)


def _table(table: sa.Table, model: Model[Validated]) -> DescribedTable:
    declared = {column.stored for column in model.columns}
    columns = tuple(_column(column, store_owned=column.name not in declared) for column in table.columns)
    return DescribedTable(table.name, columns, tuple(c.stored for c in model.key_columns), table.info[ROOMY])


def _column(column: sa.Column[T], *, store_owned: bool) -> DescribedColumn:
    default = column.server_default
    text = str(default.arg) if isinstance(default, sa.DefaultClause) else None
    return DescribedColumn(column.name, column.type.compile(dialect=DIALECT), bool(column.nullable), text, store_owned)


def _object(item: DatabaseObject, mark: str) -> DescribedObject:
    table = "" if isinstance(item, Function | Extension | DatabaseTable) else item.table
    return DescribedObject(
        kind=item.kind,
        table=table,
        name=item.name,
        definition=mark if isinstance(item, Function) else _text(_definition(item)),
        fingerprint=mark,
        to=_to(item),
        rules=tuple(_rules_of(item, mark)),
        is_in_table=isinstance(item, Constraint) and item.is_in_table,
        statements=tuple(_text(each) for each in _creating(item)),
        comment=_text(comment(item, mark)) if isinstance(item, Marked) else "",
    )


def _creating(item: DatabaseObject) -> tuple[str, ...]:
    """The statements that create it, also if those of a new table would have it in them."""
    return (item.create,) if isinstance(item, Constraint) else item.statements


def _to(item: DatabaseObject) -> str:
    if isinstance(item, Function):
        return item.arguments
    return item.to if isinstance(item, Constraint) else ""


def _rules_of(item: DatabaseObject, mark: str) -> Iterator[tuple[str, str]]:
    """What an object enforces; of a function with several rules, and of its triggers, each rule has its own part."""
    function = item.calls if isinstance(item, Trigger) else item
    if isinstance(function, Function) and function.parts:
        yield from ((rule, fingerprint(part)) for rule, part in function.parts)
    elif isinstance(item, Marked):
        yield from ((rule, mark if isinstance(item, Function) else "") for rule in item.rules)


def _definition(item: DatabaseObject) -> str:
    """What stands behind the name in the statement that creates it, with what stands before and says more."""
    match item:
        case Constraint():
            return item.create.partition(f"ADD CONSTRAINT {quoted(item.name)} ")[2]
        case DatabaseIndex():
            return f"{UNIQUE if item.unique else ''}{item.create.partition(f'INDEX {quoted(item.name)} ')[2]}"
        case DatabaseStatistics():
            return item.create.partition(f"{quoted(item.name)} ")[2]
        case Trigger():
            create, *more = item.statements
            before, _, behind = create.partition(f" {quoted(item.name)} ")
            return f"{before} {behind}{' ALWAYS' if more else ''}"
        case AddedColumn():
            return item.create.partition("ADD COLUMN ")[2]
        case _:
            return ""


def _declared(
    own: Iterable[Model[Validated]], further: Iterable[tuple[Model[Validated], Rule]]
) -> Iterator[tuple[Model[Validated], Rule]]:
    """The rules of a chain: those of its own tables, and those that it adds to tables of another one."""
    yield from ((model, rule) for model in own for rule in model.rules)
    yield from further


def _rules(
    catalogue: Catalogue,
    declared: Iterable[tuple[Model[Validated], Rule]],
    found: Sequence[tuple[DatabaseObject, str]],
) -> Iterator[DescribedRule]:
    by_trigger = {(item.declared_by, rule) for item, _ in found if isinstance(item, Function) for rule in item.rules}
    for model, rule in declared:
        query = violation_query(catalogue, WRITTEN_SCHEMA, model, rule)
        if query is not None:
            locks = _locks(catalogue, model, rule) if (model.stored, rule.name) in by_trigger else ()
            found_by, is_limit = fingerprint(query.text), isinstance(rule, AtMost)
            yield DescribedRule(model.stored, rule.name, found_by, query.text, query.table, locks, is_limit)


def _locks(catalogue: Catalogue, model: Model[Validated], rule: Rule) -> tuple[str, ...]:
    """The tables whose rows the triggers of a rule look at."""
    through = rule if isinstance(rule, Reference) else rule.through if isinstance(rule, Invariant) else None
    parents = () if through is None else (catalogue.parent(through).stored,)
    return tuple(dict.fromkeys((model.stored, *parents)))
