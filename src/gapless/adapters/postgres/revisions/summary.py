"""Says in a sentence what a revision changes, if its author does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from gapless.adapters.postgres.revisions.changes import Changes
from gapless.adapters.postgres.revisions.description import Description

THINGS = ("table", "column", "rule")
MOST_NAMED = 3
"""How many things of one sort are named; of more, their number is said."""
Part: TypeAlias = tuple[str, str, str, str]
"""One thing that enforces a rule: its kind, its table, what it is, and what it refers to."""


def summary(changes: Changes, before: Description, after: Description) -> str:
    """What changes: tables, columns and rules, in one sentence.

    Args:
        changes: what has changed.
        before: what the last revision has made.
        after: what there will be.
    """
    parts = [part for part in (*_tables(changes), *_rules(changes, before, after)) if part]
    return f"{'; '.join(parts)[:1].upper()}{'; '.join(parts)[1:]}." if parts else "Functions and triggers, made anew."


def _tables(changes: Changes) -> Iterator[str]:
    """What is said of tables and of columns that hold values of entities."""
    names = [*changes.renames.tables.items()]
    names += [
        (f"{table}.{old}", new) for table, columns in changes.renames.columns.items() for old, new in columns.items()
    ]
    added = [f"{each.table.name}.{c.name}" for each in changes.tables for c in each.added if not c.store_owned]
    dropped = [f"{each.table.name}.{c.name}" for each in changes.tables for c in each.dropped if not c.store_owned]
    altered = [f"{each.table.name}.{c.name}" for each in changes.tables for _, c in each.altered if not c.store_owned]
    yield _named("new table", [table.name for table in changes.new_tables])
    yield _named("dropped table", list(changes.dropped_tables))
    yield _named("renamed", [f"{old} to {new}" for old, new in names])
    yield _named("new column", added)
    yield _named("dropped column", dropped)
    yield _named("changed column", altered)


def _rules(changes: Changes, before: Description, after: Description) -> Iterator[str]:
    """What is said of rules, but for those that come and go with their tables."""
    # A renamed table or column is another text in each function that reads it, whose rules are the same.
    by_text = not (changes.renames.tables or changes.renames.columns)
    now = _enforced(after, by_text=by_text)
    was = _followed(_enforced(changes.renames.followed(before), by_text=by_text), now, changes.renames.tables)
    new_tables, gone = {table.name for table in changes.new_tables}, {*changes.dropped_tables}
    new = [rule for rule in now if rule not in was and not _tables_of(now[rule]) <= new_tables]
    dropped = [rule for rule in was if rule not in now and not _tables_of(was[rule]) <= gone]
    renamed = {old: rule for rule in new for old in dropped if by_text and was[old] == now[rule]}
    yield _named("renamed rule", [f"{old} to {rule}" for old, rule in renamed.items()])
    yield _named("new rule", [rule for rule in new if rule not in renamed.values()])
    yield _named("changed rule", [rule for rule in now if rule in was and now[rule] != was[rule]])
    yield _named("dropped rule", [rule for rule in dropped if rule not in renamed])


def _enforced(description: Description, *, by_text: bool) -> Mapping[str, set[Part]]:
    """By rule, what enforces it, without names: two that are enforced by the same are the same."""
    found = defaultdict[str, set[Part]](set)
    for each in description.objects:
        for rule, fingerprint in each.rules:
            # Which function a trigger calls is said by its text.
            by_function = fingerprint if by_text else ""
            text = by_function if fingerprint else each.definition.partition(" EXECUTE FUNCTION ")[0]
            found[rule].add((each.kind, each.table, text, each.to))
    return found


def _followed(
    was: Mapping[str, set[Part]], now: Mapping[str, set[Part]], tables: Mapping[str, str]
) -> Mapping[str, set[Part]]:
    """The rules that were there, with the new names of those that are called after a renamed table."""
    names = {f"{old}_{rule.removeprefix(f'{new}_')}": rule for old, new in tables.items() for rule in now}
    return {rule if rule in now else names.get(rule, rule): parts for rule, parts in was.items()}


def _tables_of(parts: set[Part]) -> set[str]:
    return {table for _, table, *_ in parts if table}


def _named(what: str, names: list[str]) -> str:
    """Things of one sort, by their names or by their number; "" if there are none."""
    said = what if len(names) == 1 or not what.endswith(THINGS) else f"{what}s"
    if len(names) > MOST_NAMED:
        return f"{len(names)} {said}"
    return f"{said} {', '.join(names)}" if names else ""
