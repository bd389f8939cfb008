"""Says in a sentence what a revision changes, if its author does not."""

from __future__ import annotations

from collections.abc import Iterator

from gapless.adapters.postgres.revisions.changes import Changes

RULES = ("constraint", "index")
"""The kinds of objects that have the name of their rule."""
THINGS = ("table", "column", "rule")
MOST_NAMED = 3
"""How many things of one sort are named; of more, their number is said."""


def summary(changes: Changes) -> str:
    """What changes: tables, columns and rules, in one sentence."""
    parts = [part for part in _parts(changes) if part]
    return f"{'; '.join(parts)[:1].upper()}{'; '.join(parts)[1:]}." if parts else "Functions and triggers, made anew."


def _parts(changes: Changes) -> Iterator[str]:
    names = [*changes.renames.tables.items()]
    names += [
        (f"{table}.{old}", new) for table, columns in changes.renames.columns.items() for old, new in columns.items()
    ]
    added = [f"{each.table.name}.{c.name}" for each in changes.tables for c in each.added if not c.store_owned]
    dropped = [f"{each.table.name}.{c.name}" for each in changes.tables for c in each.dropped if not c.store_owned]
    altered = [f"{each.table.name}.{now.name}" for each in changes.tables for _, now in each.altered]
    new = {table.name for table in changes.new_tables}
    was = {found.place for found in changes.dropped}
    now = {found.place for found in changes.created}
    created = [found for found in changes.created if found.kind in RULES and found.table not in new]
    gone = [found for found in changes.dropped if found.kind in RULES and found.table not in changes.dropped_tables]
    yield _named("new table", [table.name for table in changes.new_tables])
    yield _named("dropped table", list(changes.dropped_tables))
    yield _named("renamed", [f"{old} to {new}" for old, new in names])
    yield _named("new column", added)
    yield _named("dropped column", dropped)
    yield _named("changed column", altered)
    by_trigger = [rule.name for rule in changes.rules if rule.locks and rule.name not in {f.name for f in created}]
    replaced = {name for name in by_trigger if any(f.kind == "function" and name in f.name for f in changes.dropped)}
    new_rules = [found.name for found in created if found.place not in was]
    changed_rules = [found.name for found in created if found.place in was]
    yield _named("new rule", [*new_rules, *(name for name in by_trigger if name not in replaced)])
    yield _named("changed rule", [*changed_rules, *(name for name in by_trigger if name in replaced)])
    yield _named("dropped rule", [found.name for found in gone if found.place not in now])


def _named(what: str, names: list[str]) -> str:
    """Things of one sort, by their names or by their number; "" if there are none."""
    said = what if len(names) == 1 or not what.endswith(THINGS) else f"{what}s"
    if len(names) > MOST_NAMED:
        return f"{len(names)} {said}"
    return f"{said} {', '.join(names)}" if names else ""
