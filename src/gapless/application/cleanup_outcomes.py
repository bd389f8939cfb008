"""What comes of a cleanup, unit of work by unit of work, and its report."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeAlias, TypeVar

import attrs

from gapless.application.refusals import reason_of
from gapless.application.retries import retrying
from gapless.kit.audit import Actor
from gapless.kit.errors import CommitUnknown, ConcurrencyConflict, DeadlineExceeded, GaplessError, RowUnreadable
from gapless.kit.ids import OrganizationId
from gapless.kit.row_keys import RowKey

T = TypeVar("T")

CLEANUP = Actor.system("cleanup")

logger = logging.getLogger("gapless.cleanup")


def _counted(rows: Mapping[str, int]) -> Mapping[str, int]:
    return {table: number for table, number in rows.items() if number}


@attrs.frozen(kw_only=True)
class Purged:
    """What one unit of work has removed for good.

    Attributes:
        organization_id: whose rows they were; None for processed commands, which are forgotten across all
            organizations.
        is_gone: whether the organization itself was removed, and with it whatever it still had.
        rows: how many rows by their table, none by nought; what goes along with them, as notes with a call, does not
            count.
    """

    organization_id: OrganizationId | None
    is_gone: bool = False
    rows: Mapping[str, int] = attrs.field(factory=dict, converter=_counted)


@attrs.frozen(kw_only=True)
class Blocked:
    """What stays because a rule keeps it from being removed.

    Attributes:
        organization_id: whose it is.
        label: what people call that organization, such as its slug; None of a processed command, which is forgotten
            without asking, and of an organization whose catalogue declares no such text.
        entity: what stays: "Organization", or a "User" or a "ProcessedCommand" of one that is not removed.
        rule: the rule that refuses the removal, "invoices_organization_id_fkey"; of a refusal that is no rule's the
            code of the error: "statement_refused" if a trigger of the host's refuses it.
        count: of an organization how many rows block it, or None if only the store's refusal is known; else how many
            rows stay.
    """

    organization_id: OrganizationId
    label: str | None
    entity: str
    rule: str
    count: int | None


@attrs.frozen(kw_only=True)
class Unfinished:
    """What others were in the way of, so that the next run has to finish it.

    Attributes:
        organization_id: whose rows they are; None for processed commands.
        code: the error's: "concurrency_conflict", "deadline_exceeded" or "commit_unknown".
    """

    organization_id: OrganizationId | None
    code: str


@attrs.frozen(kw_only=True)
class Unreadable:
    """What stays because rows can't be read, until somebody mends them.

    Attributes:
        rows: which rows; they were written with the checks off.
    """

    rows: tuple[RowKey, ...]


Outcome: TypeAlias = "Purged | Blocked | Unfinished | Unreadable"
Tell: TypeAlias = "Callable[[Outcome], None]"


@attrs.frozen(kw_only=True)
class CleanupReport:
    """What a cleanup has done, and what it had to leave.

    Attributes:
        organizations: those that are gone, in the order in which they went.
        rows: how many were removed, by table, one by one or with their organization; of processed commands those that
            were forgotten because their time was over.
        blocked: what a rule keeps.
        unfinished: what the next run has to finish.
        unreadable: the rows that can't be read, by table and key; they stay, and so does a deleted organization that
            they belong to.
    """

    organizations: tuple[OrganizationId, ...]
    rows: Mapping[str, int]
    blocked: tuple[Blocked, ...]
    unfinished: tuple[Unfinished, ...]
    unreadable: tuple[RowKey, ...] = ()


def tell_unreadable(rows: tuple[RowKey, ...], tell: Tell) -> None:
    """Tells which rows can't be read, if there are any."""
    if rows:
        tell(Unreadable(rows=rows))


def report_of(outcomes: Iterable[Outcome], tables: Iterable[str]) -> CleanupReport:
    """The report of a cleanup with these outcomes, in their order, about these tables, in theirs."""
    told = tuple(outcomes)
    purged = [outcome for outcome in told if isinstance(outcome, Purged)]
    gone = (outcome.organization_id for outcome in purged if outcome.is_gone and outcome.organization_id is not None)
    return CleanupReport(
        organizations=tuple(gone),
        rows={table: sum(outcome.rows.get(table, 0) for outcome in purged) for table in tables},
        blocked=tuple(outcome for outcome in told if isinstance(outcome, Blocked)),
        unfinished=tuple(outcome for outcome in told if isinstance(outcome, Unfinished)),
        unreadable=tuple(
            dict.fromkeys(row for outcome in told if isinstance(outcome, Unreadable) for row in outcome.rows)
        ),
    )


async def attempted(
    operation: Callable[[], Awaitable[T]], organization_id: OrganizationId | None = None
) -> T | Unfinished | Unreadable:
    """Runs one unit of work of a cleanup, some more times if others are in the way.

    Args:
        operation: opens its own unit of work each time.
        organization_id: whose rows it removes; None if those of all.

    Returns:
        What the operation returns, or that the next run has to try again, or which rows are to be mended first.
    """
    await asyncio.sleep(0)  # lets others run between two units, and a cancellation arrive, whatever the store
    try:
        return await retrying(operation)
    except (ConcurrencyConflict, DeadlineExceeded, CommitUnknown) as error:
        return Unfinished(organization_id=organization_id, code=error.code)
    except RowUnreadable as error:
        return Unreadable(rows=error.rows)


def blocking(refusal: GaplessError, organization_id: OrganizationId, entity: str) -> str:
    """What blocks a removal, as its report says it; the log tells of it as well."""
    logger.warning("organization %s is not cleaned up (%s): %s", organization_id, entity, refusal)
    return reason_of(refusal)
