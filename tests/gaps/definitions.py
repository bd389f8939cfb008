"""Where a rule is enforced: by the entity, by the in-memory store, and by which definition of PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from gapless.adapters.postgres.definitions.sql_text import qualified, quoted
from gapless.domain.users import User
from gapless.kit import (
    AppendOnly,
    AtLeastOne,
    Check,
    CountRule,
    EntryRequires,
    Filled,
    Immutable,
    Index,
    Known,
    Model,
    PrimaryKey,
    Reference,
    Required,
    Rule,
    Storable,
    Transition,
    Unique,
    VersionStep,
)
from gapless.kit.model import Judged
from gapless.kit.predicates import TRUE

NOWHERE = "—"


@attrs.frozen
class _Definition:
    """What PostgreSQL calls the enforcer of a rule, and the patterns that its statements have."""

    kind: str
    patterns: tuple[str, ...]


def by_entity(model: Model[Judged], rule: Rule) -> str:
    """Who refuses a violation before a store is asked: the constructor, a use case by the declaration, or nobody."""
    if isinstance(rule, (Storable, Required, Known, Check)):
        return "constructor"
    return "use case" if isinstance(rule, CountRule) and model.entity is User else NOWHERE


def by_memory(rule: Rule) -> str:
    """When the in-memory store judges a rule; an index only makes a database fast."""
    if isinstance(rule, Index):
        return NOWHERE
    return "at commit" if isinstance(rule, CountRule) else "at the write"


def by_postgres(statements: Sequence[str], schema: str, model: Model[Judged], rule: Rule) -> str:
    """What enforces a rule in PostgreSQL: its kind and its name.

    Args:
        statements: what creates the schema, one statement each.
        schema: the PostgreSQL schema that they create everything in.
        model: the entity that declares the rule.
        rule: the rule.

    Returns:
        For example "CHECK check_slug_format"; "—" if the statements make no such thing on the rule's table.
    """
    table, name = re.escape(qualified(schema, model.table)), re.escape(quoted(rule.name))
    definition = _in_table(table, name, rule) or _beside_table(table, name, rule)
    searches = [re.compile(pattern, re.DOTALL) for pattern in definition.patterns]
    there = all(any(search.match(statement) for statement in statements) for search in searches)
    return f"{definition.kind} {rule.name}" if there else NOWHERE


def _in_table(table: str, name: str, rule: Rule) -> _Definition | None:
    """What stands in the statement that creates the table, or None if the rule stands in others."""
    constraint = rf"CREATE TABLE {table} \(.*\n    CONSTRAINT {name} "
    match rule:
        case Check() | Known():
            return _Definition("CHECK", (rf"{constraint}CHECK \(",))
        case PrimaryKey():
            return _Definition("PRIMARY KEY", (rf"{constraint}PRIMARY KEY \(",))
        case Reference():
            action = f"ON DELETE {rule.on_delete.value}"
            return _Definition(f"FOREIGN KEY {action}", (rf"{constraint}FOREIGN KEY[^\n]* {action}\b",))
        case Storable() | Required():
            column = re.escape(quoted(rule.columns[0].name))
            return _Definition("COLUMN", (rf"CREATE TABLE {table} \(.*\n    {column} ",))
        case _:
            return None


def _beside_table(table: str, name: str, rule: Rule) -> _Definition:
    """What stands in statements of its own: indexes and triggers."""
    match rule:
        case Unique():
            return _Definition("UNIQUE INDEX", (rf"CREATE UNIQUE INDEX {name} ON {table} \(",))
        case Index():
            return _Definition("INDEX", (rf"CREATE INDEX {name} ON {table} \(",))
        case AppendOnly():
            always = f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
            changes, truncation = (rf"{always}$", rf"{always}_truncate$")
            rows = rf"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table}\n"
            archives = (rf"CREATE TRIGGER archive_\w+ AFTER DELETE ON {table}\n",) if rule.archive else ()
            return _Definition("TRIGGER", (rows, changes, truncation, *archives))
        case Filled():
            row = rf"CREATE FUNCTION {_fills(table)}\(\).*\bNEW\.{re.escape(quoted(rule.column.name))} := "
            return _Definition("TRIGGER", (rf"CREATE TRIGGER fill_\w+ BEFORE INSERT ON {table}\n", row))
        case Immutable() | VersionStep():
            return _Definition("TRIGGER", (rf"CREATE TRIGGER {name} BEFORE UPDATE ON {table}\n",))
        case CountRule():
            judges = rf"CREATE CONSTRAINT TRIGGER judge_\d+_{name} AFTER INSERT OR UPDATE ON "
            events = ("updated", "deleted") if isinstance(rule, AtLeastOne) else ("inserted", "updated")
            added = (rf"CREATE TRIGGER added_\d+_{name} BEFORE INSERT ON ",) if rule.armed_by_parent else ()
            return _Definition("TRIGGER", (judges, *added, *_on_rows(table, events, rf"\bat_{name}\b")))
        case Transition():
            judged = ["UPDATE", *([] if rule.added is TRUE else ["INSERT"])]
            triggers = (rf"CREATE TRIGGER {event.lower()}_{name} AFTER {event} ON {table}\n" for event in judged)
            return _Definition("TRIGGER", tuple(triggers))
        case EntryRequires():
            return _Definition("TRIGGER", _on_rows(table, ("inserted", "updated"), f"CONSTRAINT = '{name}'"))
        case _:
            raise TypeError(f"nothing is known of a rule of the kind {type(rule).__name__}")


def _fills(table: str) -> str:
    """The function that fills columns of a table, whose name stands behind that of the schema."""
    schema, dot, name = table.rpartition(".")
    return f"{schema}{dot}fill_{name}"


def _on_rows(table: str, events: tuple[str, ...], says: str) -> tuple[str, ...]:
    """The triggers that look at the rows of a statement, and what stands in their functions."""
    triggers = [rf"CREATE TRIGGER rules_{event} AFTER [A-Z]+ ON {table}\n" for event in events]
    return (*triggers, *(rf"CREATE FUNCTION {table}_{event}\(\).*{says}" for event in events))
