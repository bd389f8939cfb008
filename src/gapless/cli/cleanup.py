"""The cleanup from the command line: it reports what it removes, step by step and at the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import attrs

from gapless import bootstrap
from gapless.application.cleanup_outcomes import Blocked, CleanupReport, Purged, Unfinished
from gapless.cli.declarations import Declared
from gapless.cli.tables import aligned
from gapless.kit import Catalogue, Model
from gapless.kit.errors import InvalidValue
from gapless.kit.model import Validated
from gapless.kit.recorded_rows import resource_type


def cleaned(
    database_url: str,
    about: Declared,
    schema: str | None,
    retention_days: int,
    tell: Callable[[str], None],
    *,
    pooler: bool = False,
) -> CleanupReport:
    """Purges what was soft-deleted long enough ago, and removes what was released.

    Args:
        database_url: the database.
        about: the catalogue, and the revisions that make its tables.
        schema: the PostgreSQL schema that holds the tables; None for that of the revisions.
        retention_days: for how many days deleted rows are kept.
        tell: called with one line for each unit of work.
        pooler: whether a pooler in transaction mode stands before the server.

    Raises:
        InvalidValue: the calendar does not have so many days.
        StoreUnavailable: the database can't be reached or used.
    """
    own = None if about.revisions is bootstrap.DEFAULT_REVISIONS else about.revisions
    opening = bootstrap.open(
        database_url, catalogue=about.catalogue, revisions=own, schema=about.schema(schema), pooler=pooler
    )
    return asyncio.run(_on_database(opening, about.catalogue, _retention(retention_days), tell))


async def _on_database(
    opening: AbstractAsyncContextManager[bootstrap.Gapless],
    catalogue: Catalogue,
    retention: timedelta,
    tell: Callable[[str], None],
) -> CleanupReport:
    async with opening as app:
        return await app.cleanup.purge_expired(
            retention, progress=lambda purged: tell(_progress_line(purged, catalogue))
        )


def _retention(days: int) -> timedelta:
    try:
        return timedelta(days=days)
    except OverflowError as error:
        raise InvalidValue("retention", f"The calendar has no {days} days: give fewer --retention-days.") from error


def _progress_line(purged: Purged, catalogue: Catalogue) -> str:
    """The line about what one unit of work has removed."""
    where = f"all {_words(catalogue.root.table)}"
    if purged.root_id is not None:
        where = f"{_root(catalogue, purged.root)} {purged.root_id}"
    return f"{where}: {_removed(purged)}"


def _removed(purged: Purged) -> str:
    numbers = [f"{_words(table)} {number}" for table, number in purged.rows.items()]
    numbers += [f"{_words(table)} unlinked {number}" for table, number in purged.unlinked.items()]
    return ", ".join([*numbers, *(["removed for good"] if purged.is_gone else [])])


def as_text(report: CleanupReport, catalogue: Catalogue = bootstrap.DEFAULT_CATALOGUE) -> str:
    """The report for people: what was removed, then one line for everything that had to stay."""
    gone = report.roots_of or {root.name: report.roots for root in catalogue.roots[:1]}
    rows = [(_words(_named(catalogue, name).table), str(len(ids))) for name, ids in gone.items()]
    rows += [(_words(table), str(number)) for table, number in report.rows.items()]
    rows += [(f"{_words(table)}, unlinked", str(number)) for table, number in report.unlinked.items()]
    kept = [_blocked_line(blocked, catalogue) for blocked in report.blocked]
    kept += [_unfinished_line(unfinished, catalogue) for unfinished in report.unfinished]
    kept += [f"Can't be read: {row}" for row in report.unreadable]
    return "\n".join(["Removed for good:", aligned(rows), *kept])


def _blocked_line(blocked: Blocked, catalogue: Catalogue) -> str:
    named = f"{blocked.label} ({blocked.root_id})" if blocked.label else str(blocked.root_id)
    what = f"{_root(catalogue, blocked.root)} {named}"
    if blocked.entity != blocked.root:
        what = f"{blocked.entity} of {what}"
    number = "" if blocked.count is None else f", rows: {blocked.count}"
    return f"Blocked: {what} by {blocked.rule}{number}"


def _unfinished_line(unfinished: Unfinished, catalogue: Catalogue) -> str:
    where = "handled commands"
    if unfinished.root_id is not None:
        where = f"{_root(catalogue, unfinished.root)} {unfinished.root_id}"
    return f"Left for the next run: {where} [{unfinished.code}]"


def _named(catalogue: Catalogue, root: str | None) -> Model[Validated]:
    """The root whose entity has this name."""
    return next((each for each in catalogue.roots if each.name == root), catalogue.root)


def _root(catalogue: Catalogue, root: str | None) -> str:
    """What people call a root whose entity has this name."""
    return resource_type(_named(catalogue, root).entity)


def _words(name: str) -> str:
    return name.replace("_", " ")


def to_json(report: CleanupReport) -> str:
    """The report for programs: one object, ids as text."""
    told = {**attrs.asdict(report, recurse=True), "unlinked": dict(report.unlinked), "roots_of": dict(report.roots_of)}
    return json.dumps(told, ensure_ascii=False, indent=2, default=str)
