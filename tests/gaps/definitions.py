"""Where a rule is enforced: by the entity, by the in-memory store, and by which definition of PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import attrs

from gapless.adapters.memory.enforcers.registry import ENFORCERS, Moment
from gapless.adapters.postgres.sql.text import qualified, quoted
from gapless.domain.users import User
from gapless.kit import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    Check,
    DataType,
    EnumMember,
    Exclusion,
    Filled,
    Immutable,
    Index,
    Invariant,
    Model,
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
from gapless.kit.model import Validated
from gapless.kit.predicates import TRUE
from gapless.kit.registry import Registry
from gapless.kit.validation import VALIDATED

NOWHERE = "—"


@attrs.frozen
class _Definition:
    """What PostgreSQL calls the enforcer of a rule, and the patterns that its statements have."""

    kind: str
    patterns: tuple[str, ...]


def by_entity(model: Model[Validated], rule: Rule) -> str:
    """Who refuses a violation before a store is asked: the constructor, a use case by the declaration, or nobody."""
    if VALIDATED.of(rule) is not None:
        return "constructor"
    return "use case" if isinstance(rule, Invariant) and model.entity is User else NOWHERE


def by_memory(rule: Rule) -> str:
    """When the in-memory store checks a rule; an index only makes a database fast."""
    moment = ENFORCERS.of(rule).moment
    if moment is Moment.NEVER:
        return NOWHERE
    return "at commit" if moment is Moment.COMMIT else "at the write"


def by_postgres(statements: Sequence[str], schema: str, model: Model[Validated], rule: Rule) -> str:
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
    definition = ENFORCED_BY.of(rule)(table, name, rule)
    searches = [re.compile(pattern, re.DOTALL) for pattern in definition.patterns]
    there = all(any(search.match(statement) for statement in statements) for search in searches)
    return f"{definition.kind} {rule.name}" if there else NOWHERE


def _check(table: str, name: str, _: Rule) -> _Definition:
    return _Definition("CHECK", (rf"{_constraint(table, name)}CHECK \(",))


def _primary_key(table: str, name: str, _: Rule) -> _Definition:
    return _Definition("PRIMARY KEY", (rf"{_constraint(table, name)}PRIMARY KEY \(",))


def _foreign_key(table: str, name: str, rule: Reference) -> _Definition:
    action = f"ON DELETE {rule.on_delete.value}"
    return _Definition(f"FOREIGN KEY {action}", (rf"{_constraint(table, name)}FOREIGN KEY[^\n]* {action}\b",))


def _column(table: str, _: str, rule: Rule) -> _Definition:
    column = re.escape(quoted(rule.columns[0].name))
    return _Definition("COLUMN", (rf"CREATE TABLE {table} \(.*\n    {column} ",))


def _constraint(table: str, name: str) -> str:
    """Where a constraint begins in the statement that creates its table."""
    return rf"CREATE TABLE {table} \(.*\n    CONSTRAINT {name} "


def _unique(table: str, name: str, _: Rule) -> _Definition:
    return _Definition("UNIQUE INDEX", (rf"CREATE UNIQUE INDEX {name} ON {table} \(",))


def _exclusion(table: str, name: str, _: Rule) -> _Definition:
    return _Definition("EXCLUDE", (rf"ALTER TABLE {table}\nADD CONSTRAINT {name} EXCLUDE USING gist \(",))


def _index(table: str, name: str, _: Rule) -> _Definition:
    return _Definition("INDEX", (rf"CREATE INDEX {name} ON {table} \(",))


def _append_only(table: str, name: str, rule: AppendOnly) -> _Definition:
    always = f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
    changes, truncation = (rf"{always}$", rf"{always}_truncate$")
    rows = rf"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table}\n"
    archives = (rf"CREATE TRIGGER archive_\w+ AFTER DELETE ON {table}\n",) if rule.archive else ()
    return _Definition("TRIGGER", (rows, changes, truncation, *archives))


def _filled(table: str, _: str, rule: Filled) -> _Definition:
    row = rf"CREATE FUNCTION {_fills(table)}\(\).*\bNEW\.{re.escape(quoted(rule.column.name))} := "
    return _Definition("TRIGGER", (rf"CREATE TRIGGER fill_\w+ BEFORE INSERT ON {table}\n", row))


def _kept(table: str, name: str, _: Rule) -> _Definition:
    return _Definition("TRIGGER", (rf"CREATE TRIGGER {name} BEFORE UPDATE ON {table}\n",))


def _count(table: str, name: str, rule: Invariant) -> _Definition:
    checks = rf"CREATE CONSTRAINT TRIGGER judge_\d+_{name} AFTER INSERT OR UPDATE ON "
    events = ("updated", "deleted") if isinstance(rule, AtLeastOne) else ("inserted", "updated")
    added = (rf"CREATE TRIGGER added_\d+_{name} BEFORE INSERT ON ",) if rule.made_pending_by_parent else ()
    return _Definition("TRIGGER", (checks, *added, *_on_rows(table, events, rf"\bat_{name}\b")))


def _transition(table: str, name: str, rule: Transition) -> _Definition:
    checked = ["UPDATE", *([] if rule.added is TRUE else ["INSERT"])]
    triggers = (rf"CREATE TRIGGER {event.lower()}_{name} AFTER {event} ON {table}\n" for event in checked)
    return _Definition("TRIGGER", tuple(triggers))


def _admission(table: str, name: str, _: Rule) -> _Definition:
    return _Definition("TRIGGER", _on_rows(table, ("inserted", "updated"), f"CONSTRAINT = '{name}'"))


def _fills(table: str) -> str:
    """The function that fills columns of a table, whose name stands behind that of the schema."""
    schema, dot, name = table.rpartition(".")
    return f"{schema}{dot}fill_{name}"


def _on_rows(table: str, events: tuple[str, ...], says: str) -> tuple[str, ...]:
    """The triggers that look at the rows of a statement, and what stands in their functions."""
    triggers = [rf"CREATE TRIGGER rules_{event} AFTER [A-Z]+ ON {table}\n" for event in events]
    return (*triggers, *(rf"CREATE FUNCTION {table}_{event}\(\).*{says}" for event in events))


ENFORCED_BY: Registry[Callable[..., _Definition]] = Registry(
    interpreter="The table of gaps",
    place="tests/gaps/definitions.py",
    needed="how its definition in PostgreSQL begins",
    by_kind={
        DataType: _column,
        Required: _column,
        EnumMember: _check,
        Check: _check,
        PrimaryKey: _primary_key,
        Reference: _foreign_key,
        Unique: _unique,
        Exclusion: _exclusion,
        Index: _index,
        AppendOnly: _append_only,
        Numbered: _filled,
        Stamped: _filled,
        Immutable: _kept,
        VersionStep: _kept,
        AtLeastOne: _count,
        AtMost: _count,
        Transition: _transition,
        AdmissionGuard: _admission,
    },
)
