"""Law 11, the order of the checks of a write: of any two faults the error names the first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import combinations
from typing import cast

import attrs
import pytest

from gapless.kit import model_of
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import GaplessError, RuleViolated
from gapless.kit.ids import RootId
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Team
from gapless.testing.laws.rows import NOW, an_audit_record, an_event, fresh_id


@attrs.frozen
class WrongWrite:
    """A write of a member: the row, its audit record, and an event that goes along."""

    row: Member
    audit: AuditRecord | None
    event: OutboxEvent


Fault = Callable[[WrongWrite], WrongWrite]


def of_row(column: str, value: object) -> Fault:
    """The row with another value in a column."""
    return lambda attempt: attrs.evolve(attempt, row=model_of(type(attempt.row)).evolved(attempt.row, {column: value}))


NO_AUDIT_RECORD: Fault = lambda attempt: attrs.evolve(attempt, audit=None)  # noqa: E731  # one of many, most of them made
BROKEN_AUDIT_RECORD: Fault = lambda attempt: attrs.evolve(  # noqa: E731  # as above
    attempt, audit=model_of(AuditRecord).evolved(cast(AuditRecord, attempt.audit), {"action": ""})
)
BROKEN_EVENT: Fault = lambda attempt: attrs.evolve(  # noqa: E731  # as above
    attempt, event=model_of(OutboxEvent).evolved(attempt.event, {"attempts": -1})
)
ANOTHERS = of_row("organization_id", fresh_id())
NO_ID = of_row("id", None)
GONE = of_row("id", fresh_id())
STALE = of_row("version", 7)
AUDITED_FIELD = of_row("name", "Somebody else")
UNREPRESENTABLE = of_row("last_seen_at", "now")
REFUSED = of_row("name", "x")
UNCHANGEABLE = of_row("created_at", NOW.replace(year=2001))

TOLD = (NO_AUDIT_RECORD, BROKEN_AUDIT_RECORD, BROKEN_EVENT)
THERE = (NO_ID, GONE, STALE)
ORDERS: dict[str, tuple[Fault, ...]] = {
    "add": (*TOLD, ANOTHERS, UNREPRESENTABLE, REFUSED),
    "save": (*TOLD, ANOTHERS, *THERE, UNREPRESENTABLE, REFUSED, UNCHANGEABLE),
    "save_unaudited": (BROKEN_EVENT, ANOTHERS, *THERE, AUDITED_FIELD, UNREPRESENTABLE),
    "remove": (*TOLD, ANOTHERS, *THERE),
}


async def refusal(store: Store, team: Team, home: RootId, write: str, attempt: WrongWrite) -> tuple[type, str]:
    """The error that refuses a write, and its rule if it has one."""
    told: tuple[object, ...] = () if write == "save_unaudited" else (attempt.audit,)
    async with store.unit(home) as unit:
        method = cast("Callable[..., Awaitable[object]]", getattr(unit.of(team.member), write))
        with pytest.raises(GaplessError) as caught:
            await method(attempt.row, *told, (attempt.event,))
    error = caught.value
    return type(error), error.rule if isinstance(error, RuleViolated) else ""


@pytest.mark.parametrize("write", ORDERS)
async def test_of_two_faults_the_first_is_named(store: Store, team: Team, write: str) -> None:
    """The order: record, events, tenant, key, row, version, audited fields, data types; then the rules over a row."""
    home = (await team.created(store)).id
    (owner,) = await team.members(store, home)
    row = team.a_member(home) if write == "add" else owner
    whole = WrongWrite(row, an_audit_record(home), an_event(home))
    faults = ORDERS[write]
    alone = {fault: await refusal(store, team, home, write, fault(whole)) for fault in faults}
    assert len(set(alone.values())) >= len(faults) - 1  # no id and a missing row: one error
    for first, second in combinations(faults, 2):
        assert await refusal(store, team, home, write, first(second(whole))) == alone[first]
    await team.assert_untouched(store, home)
