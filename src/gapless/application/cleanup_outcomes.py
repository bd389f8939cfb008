"""The outcomes of a cleanup, one for each unit of work, and its report."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias, TypeVar

import attrs

from gapless.application.refusals import reason_of
from gapless.application.retries import retrying
from gapless.kit.audit import Actor
from gapless.kit.errors import CommitUnknown, ConcurrencyConflict, DeadlineExceeded, GaplessError, RowUnreadable
from gapless.kit.ids import RootId
from gapless.kit.row_keys import RowKey

T = TypeVar("T")

CLEANUP = Actor.system("cleanup")

logger = logging.getLogger("gapless.cleanup")


def _counted(rows: Mapping[str, int]) -> Mapping[str, int]:
    return {table: number for table, number in rows.items() if number}


@attrs.frozen(kw_only=True)
class Purged:
    """The rows that one unit of work has removed for good.

    Attributes:
        root_id: the root of the rows; None for processed commands, which are forgotten for all
            roots together.
        root: the name of that root's entity: "Clinic"; None for processed commands.
        is_gone: whether the root itself was removed, with everything that it still had.
        rows: the number of rows by table, without tables of which none was removed. Rows that only cascade, such as the
            notes of a call, do not count.
        unlinked: how many rows no longer refer to a row that was released, by table, without tables that have none.
    """

    root_id: RootId | None
    root: str | None = None
    is_gone: bool = False
    rows: Mapping[str, int] = attrs.field(factory=dict, converter=_counted)
    unlinked: Mapping[str, int] = attrs.field(factory=dict, converter=_counted)


@attrs.frozen(kw_only=True)
class Blocked:
    """What stays, because a rule refuses its removal.

    Attributes:
        root_id: the root that it belongs to.
        root: the name of that root's entity: "Clinic".
        label: what people call that root, such as its slug; None for a processed command, and if the catalogue
            declares no such text.
        entity: what stays: "Clinic", or "Doctor" or "ProcessedCommand" for rows of a root that stays.
        rule: the rule that refuses the removal, such as "invoices_clinic_id_fkey"; if no rule does, the code of
            the error, such as "statement_refused" for a trigger of the host.
        count: for a root, how many rows keep it, or None if only the store knows; else how many rows stay.
    """

    root_id: RootId
    root: str
    label: str | None
    entity: str
    rule: str
    count: int | None


@attrs.frozen(kw_only=True)
class Unfinished:
    """A unit of work that others were in the way of; the next run has to finish it.

    Attributes:
        root_id: the root of the rows; None for processed commands.
        root: the name of that root's entity: "Clinic"; None for processed commands.
        code: the code of the error: "concurrency_conflict", "deadline_exceeded" or "commit_unknown".
    """

    root_id: RootId | None
    root: str | None = None
    code: str


@attrs.frozen(kw_only=True)
class Unreadable:
    """What stays because some rows can't be read, until somebody mends them.

    Attributes:
        rows: the keys of these rows; somebody wrote them with the checks off.
    """

    rows: tuple[RowKey, ...]


Outcome: TypeAlias = "Purged | Blocked | Unfinished | Unreadable"
Tell: TypeAlias = "Callable[[Outcome], None]"


@attrs.frozen(kw_only=True)
class CleanupReport:
    """What a cleanup has done, and what it had to leave.

    Attributes:
        roots: the roots that were removed, in this order.
        roots_of: the same by the name of their entity, for each whose rows a cleanup removes, in the order of the
            catalogue.
        rows: the number of removed rows by table, removed alone or with their root; with the processed commands
            that were forgotten because they had expired.
        blocked: what stays because a rule refuses its removal.
        unfinished: what the next run has to finish.
        unreadable: the keys of the rows that can't be read. They stay, and so does a deleted root that has one.
        unlinked: how many rows no longer refer to a row that was released, by table.
    """

    roots: tuple[RootId, ...]
    rows: Mapping[str, int]
    blocked: tuple[Blocked, ...]
    unfinished: tuple[Unfinished, ...]
    unreadable: tuple[RowKey, ...] = ()
    unlinked: Mapping[str, int] = MappingProxyType({})
    roots_of: Mapping[str, tuple[RootId, ...]] = MappingProxyType({})


def tell_unreadable(rows: tuple[RowKey, ...], tell: Tell) -> None:
    """Tells which rows can't be read, if there are any."""
    if rows:
        tell(Unreadable(rows=rows))


def report_of(
    outcomes: Iterable[Outcome], tables: Iterable[str], linking: Iterable[str] = (), roots: Iterable[str] = ()
) -> CleanupReport:
    """Makes the report of a cleanup from its outcomes, in their order, for these tables, in theirs.

    Args:
        outcomes: the outcomes.
        tables: the tables from which rows were removed.
        linking: the tables whose rows were unlinked.
        roots: the names of the entities of the roots that can be removed.
    """
    told = tuple(outcomes)
    purged = [outcome for outcome in told if isinstance(outcome, Purged)]
    gone = [(each.root, each.root_id) for each in purged if each.is_gone and each.root_id is not None]
    return CleanupReport(
        roots=tuple(root_id for _, root_id in gone),
        roots_of={name: tuple(root_id for root, root_id in gone if root == name) for name in roots},
        rows={table: sum(outcome.rows.get(table, 0) for outcome in purged) for table in tables},
        blocked=tuple(outcome for outcome in told if isinstance(outcome, Blocked)),
        unfinished=tuple(outcome for outcome in told if isinstance(outcome, Unfinished)),
        unreadable=tuple(
            dict.fromkeys(row for outcome in told if isinstance(outcome, Unreadable) for row in outcome.rows)
        ),
        unlinked={table: sum(outcome.unlinked.get(table, 0) for outcome in purged) for table in linking},
    )


async def attempted(
    operation: Callable[[], Awaitable[T]], root: str | None = None, root_id: RootId | None = None
) -> T | Unfinished | Unreadable:
    """Runs one unit of work of a cleanup, and runs it again a few times if others are in the way.

    Args:
        operation: opens its own unit of work each time.
        root: the name of the entity of the root whose rows it removes; None if it removes rows of all.
        root_id: the key of that root.

    Returns:
        What the operation returns; or that the next run has to try again; or which rows can't be read.
    """
    await asyncio.sleep(0)  # between two units others may run, and a cancellation may arrive, on every store
    try:
        return await retrying(operation)
    except (ConcurrencyConflict, DeadlineExceeded, CommitUnknown) as error:
        return Unfinished(root_id=root_id, root=root, code=error.code)
    except RowUnreadable as error:
        return Unreadable(rows=error.rows)


def blocking(refusal: GaplessError, root_id: RootId, entity: str) -> str:
    """What refuses a removal, for the report; it is written to the log as well."""
    logger.warning("root %s is not cleaned up (%s): %s", root_id, entity, refusal)
    return reason_of(refusal)
