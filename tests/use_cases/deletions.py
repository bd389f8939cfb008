"""What was deleted in the year 2000, and a cleanup that finds nothing else: others share the database."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import attrs

from gapless.application.cleanup_outcomes import CleanupReport, Purged
from gapless.domain.calls import Call, CallNote, CallNoteId, Handler
from gapless.domain.invoices import Invoice, InvoiceId
from gapless.domain.knowledge import KnowledgeItem, KnowledgeItemId
from gapless.domain.users import User
from gapless.kit.columns import BigInteger
from gapless.kit.commands import ProcessedCommand
from gapless.kit.json_object import JsonObject
from tests.use_cases.belongings import call_to
from tests.use_cases.worlds import World

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
RETENTION = timedelta(days=20 * 365)
"""What was deleted long ago is expired, and nothing that was deleted in the year of the tests."""


async def deleted_long_ago(world: World) -> None:
    """Deletes the organization, long ago."""
    now, world.clock.time = world.clock.time, LONG_AGO
    await world.app.organizations.delete(world.home, actor=world.actor)
    world.clock.time = now


async def removed_long_ago(world: World, user: User) -> None:
    """Deletes one user, long ago."""
    now, world.clock.time = world.clock.time, LONG_AGO
    await world.app.members.remove(world.home, user.id, actor=world.actor)
    world.clock.time = now


async def purge(
    world: World,
    *,
    batch: int = 1000,
    progress: Callable[[Purged], None] | None = None,
    retention: timedelta = RETENTION,
) -> CleanupReport:
    """Removes what was deleted long ago."""
    return await world.app.cleanup.purge_expired(retention, batch=batch, progress=progress)


def blocked_in(world: World, report: CleanupReport) -> list[tuple[str, str, int | None]]:
    """What is blocked in the organization: the entity, the rule, the number."""
    mine = [blocked for blocked in report.blocked if blocked.root_id == world.home]
    assert all((blocked.root, blocked.label) == ("Organization", world.organization.slug) for blocked in mine)
    return [(blocked.entity, blocked.rule, blocked.count) for blocked in mine]


def steps_in(world: World, told: Sequence[Purged]) -> list[Purged]:
    """What was told of the organization."""
    return [purged for purged in told if purged.root_id == world.home]


async def add_calls(world: World, number: int, handler: User | None = None) -> list[Call]:
    """Adds calls that are over, handled by the AI or by a user."""
    calls = [call_to(world, None) for _ in range(number)]
    if handler is not None:
        calls = [attrs.evolve(call, handled_by=Handler.HUMAN, handled_by_user_id=handler.id) for call in calls]
    await world.add(*calls)
    return calls


async def add_note(world: World, call: Call, user: User) -> None:
    """Adds a user's note on a call."""
    await world.add(
        CallNote(
            organization_id=world.home,
            id=CallNoteId(world.new_id()),
            created_at=world.clock.now(),
            call_id=call.id,
            user_id=user.id,
            body="Asks again.",
        )
    )


async def add_items(world: World, number: int, deleted_at: datetime | None = None) -> list[KnowledgeItem]:
    """Adds items to the knowledge base, deleted ones if a time is given."""
    items = [
        KnowledgeItem(
            organization_id=world.home,
            id=KnowledgeItemId(world.new_id()),
            created_at=world.clock.now(),
            question="When do you open?",
            answer="At nine in the morning.",
            category="hours",
            is_deleted=deleted_at is not None,
            deleted_at=deleted_at,
        )
        for _ in range(number)
    ]
    await world.add(*items)
    return items


async def add_command(world: World, key: str, expires_at: datetime | None) -> None:
    """Adds a command that was handled."""
    await world.add(
        ProcessedCommand(
            root_id=world.home,
            kind="test",
            key=key,
            created_at=LONG_AGO,
            result=JsonObject({}),
            expires_at=expires_at,
        )
    )


async def add_invoice(world: World, number: str = "2026-1") -> Invoice:
    """Adds an invoice."""
    invoice = Invoice(
        organization_id=world.home,
        id=InvoiceId(world.new_id()),
        created_at=world.clock.now(),
        number=number,
        amount_minor=BigInteger(4900),
        currency="EUR",
        period_start=world.clock.now() - timedelta(days=30),
        period_end=world.clock.now(),
    )
    await world.add(invoice)
    return invoice
