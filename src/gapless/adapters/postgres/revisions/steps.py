"""The steps of a revision: what goes ahead while others read and write, and the transaction that completes it.

A rule of a table with rows comes NOT VALID, and is validated in a step of its own; an index is built concurrently. A
rule that was there in another form stays until the last step puts the new one into its place. Whoever was interrupted
begins again: each step can be carried out once more.
See docs/decisions/0061-revisions-are-written-from-the-difference.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from gapless.adapters.postgres.migrations.frozen_sql import SCHEMA, WrittenStep
from gapless.adapters.postgres.revisions.ahead import Ahead
from gapless.adapters.postgres.revisions.changes import Changes
from gapless.adapters.postgres.revisions.completion import completion
from gapless.adapters.postgres.revisions.description import UNIQUE, DescribedObject, Description
from gapless.adapters.postgres.revisions.fills import Fills
from gapless.adapters.postgres.revisions.new_columns import added_ahead
from gapless.adapters.postgres.revisions.row_checks import FutureTables, check_of_rows
from gapless.adapters.postgres.revisions.table_statements import altered
from gapless.adapters.postgres.sql.interim import interim_name
from gapless.adapters.postgres.sql.text import quoted


def steps_of(changes: Changes, after: Description, fills: Fills, *, online: bool) -> tuple[WrittenStep, ...]:
    """The steps that carry out what has changed; one if nothing has to go ahead.

    Args:
        changes: what has changed.
        after: what there will be.
        fills: what columns are filled with.
        online: whether what takes long goes ahead in steps of its own; else all is one transaction.
    """
    ahead = Ahead(changes, fills, after) if online else None
    going = [] if ahead is None else [*_ahead(ahead)]
    checks = [check_of_rows(changes.asked, FutureTables(after, changes, fills))] if changes.asked else []
    if not going:
        return (WrittenStep("", (*checks, *completion(changes, fills, None))),)
    asked = (
        [WrittenStep("Rows that break a rule are told before anything is changed.", tuple(checks))] if checks else []
    )
    return (*asked, *going, WrittenStep("All at once, the rest.", tuple(completion(changes, fills, ahead))))


def _ahead(ahead: Ahead) -> Iterator[WrittenStep]:
    """The steps before the last."""
    yield from _columns(ahead)
    for found in filter(ahead.has, ahead.changes.created):
        if found.kind == "index":
            yield from _index(found)
    yield from _constraints(ahead)


def _columns(ahead: Ahead) -> Iterator[WrittenStep]:
    """New columns. What is written into rows is written by the last step, when no trigger is there to refuse it."""
    for changed in ahead.changes.tables:
        table = changed.table.name
        if changed.added and ahead.reaches(table):
            yield WrittenStep(f"New columns of {table}.", tuple(added_ahead(changed, ahead.fills)))


def _index(found: DescribedObject) -> Iterator[WrittenStep]:
    """An index that is built while others write; what an interruption has left of it goes first."""
    name = interim_name(found.kind, found.table, found.name)
    yield WrittenStep(f"Nothing is left of {found.name}.", (f"DROP INDEX CONCURRENTLY IF EXISTS {SCHEMA}.{name}",))
    unique = UNIQUE if found.is_unique else ""
    behind = found.definition.removeprefix(UNIQUE)
    yield WrittenStep(f"The index {found.name}.", (f"CREATE {unique}INDEX CONCURRENTLY {name} {behind}",))


def _constraints(ahead: Ahead) -> Iterator[WrittenStep]:
    """Constraints that hold for new rows at first, table by table, and are validated one by one."""
    found = {
        (each.table, each.name, interim_name(each.kind, each.table, each.name)): each.definition
        for each in filter(ahead.has, ahead.changes.created)
        if each.kind == "constraint"
    }
    for table, column in ahead.required():
        place = (table, f"{column.name} is required", interim_name("column", table, column.name))
        found[place] = f"CHECK ({quoted(column.name)} IS NOT NULL)"
    for table, several in groupby(sorted(found), key=itemgetter(0)):
        added = tuple(
            altered(table, action)
            for place in several
            for action in (
                f"DROP CONSTRAINT IF EXISTS {place[2]}",
                f"ADD CONSTRAINT {place[2]} {found[place]} NOT VALID",
            )
        )
        yield WrittenStep(f"Rules of {table}, for rows that are written from now on.", added)
    for table, said, name in found:
        yield WrittenStep(f"{said}, for all rows of {table}.", (altered(table, f"VALIDATE CONSTRAINT {name}"),))
