"""The transaction that completes a revision: other names, what goes, columns, what comes, a last look at the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from gapless.adapters.postgres.revisions.ahead import Ahead
from gapless.adapters.postgres.revisions.changes import Changes
from gapless.adapters.postgres.revisions.description import DescribedObject
from gapless.adapters.postgres.revisions.fills import Fills
from gapless.adapters.postgres.revisions.new_columns import uncommented
from gapless.adapters.postgres.revisions.row_checks import check_of_rows
from gapless.adapters.postgres.revisions.table_statements import (
    altered,
    columns_changed,
    dropping,
    renamed,
    renaming,
    table_named,
)
from gapless.adapters.postgres.sql.interim import interim_name

ON_TABLES = ("trigger", "constraint", "index", "statistics", "column")
"""The kinds of objects that lie on tables, in the order in which they go."""


def completion(changes: Changes, fills: Fills, ahead: Ahead | None) -> Iterator[str]:
    """The statements, in their order.

    Args:
        changes: what has changed.
        fills: what columns are filled with.
        ahead: what was made by earlier steps; None if this is the only one.
    """
    yield from (each for found in changes.created if found.kind == "extension" for each in found.statements)
    yield from renaming(changes)
    yield from _going(changes)
    yield from _renamed(changes)
    for changed in changes.tables:
        is_added = ahead is not None and ahead.reaches(changed.table.name)
        yield from columns_changed(changed, fills, added_ahead=is_added)
        yield from uncommented(changed, fills) if is_added else ()
    if ahead is not None:
        for table, column in ahead.required():
            yield altered(table, f"DROP CONSTRAINT {interim_name('column', table, column.name)}")
    new = {table.name for table in changes.new_tables}
    for found in changes.created:
        if found.kind != "extension":
            yield from _coming(changes, found, ahead, in_new=found.table in new)
            yield from _comment(found)
    for found in (*(now for _, now in changes.renamed), *changes.remarked):
        yield from _comment(found)
    yield from _last_look(changes)


def _going(changes: Changes) -> Iterator[str]:
    """What is no longer there, or has to make room for what comes; with a table goes what lies on it."""
    for kind in ON_TABLES:
        going = [found for found in changes.dropped if found.kind == kind and found.table not in changes.dropped_tables]
        # Foreign keys first, which depend on the keys and indexes of other tables.
        yield from map(dropping, sorted(going, key=lambda found: not (found.kind == "constraint" and found.to)))
    if changes.dropped_tables:
        yield f"DROP TABLE {', '.join(map(table_named, changes.dropped_tables))}"
    functions = [found for found in changes.dropped if found.kind == "function"]
    yield from (dropping(found) for found in functions if not _is_among(changes.created, found))


def _renamed(changes: Changes) -> Iterator[str]:
    """Objects get other names: by way of one that nobody has, if the other one is still taken."""
    taken = {was.name for was, _ in changes.renamed}
    apart = [(was, now) for was, now in changes.renamed if now.name in taken]
    for was, now in apart:
        yield renamed(attrs.evolve(now, name=interim_name(now.kind, now.table, now.name)), was.name)
    for was, now in changes.renamed:
        yield renamed(now, interim_name(now.kind, now.table, now.name) if (was, now) in apart else was.name)


def _is_among(others: Iterable[DescribedObject], function: DescribedObject) -> bool:
    """Whether one of others is the same function, for the same arguments: what calls it may stay where it is."""
    return any(other.place == function.place and other.to == function.to for other in others)


def _coming(changes: Changes, found: DescribedObject, ahead: Ahead | None, *, in_new: bool) -> Iterable[str]:
    """The statements that make an object, or put into its place what was made ahead."""
    if in_new and found.is_in_table:
        return ()
    if ahead is not None and ahead.has(found):
        return (renamed(found, interim_name(found.kind, found.table, found.name)),)
    if found.kind == "function" and _is_among(changes.dropped, found):
        create, *rights = found.statements
        return (create.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1), *rights)
    return found.statements


def _comment(found: DescribedObject) -> Iterator[str]:
    if found.comment:
        yield found.comment


def _last_look(changes: Changes) -> Iterator[str]:
    """Rules that triggers enforce are asked once more, when nobody can write any more what they have not seen."""
    enforced = [rule for rule in changes.asked if rule.locks]
    if enforced:
        tables = dict.fromkeys(table for rule in enforced for table in rule.locks)
        yield f"LOCK TABLE {', '.join(map(table_named, tables))} IN SHARE ROW EXCLUSIVE MODE"
        yield check_of_rows(enforced, None)
