"""What jobs do for all organizations when the month is long over: events are delivered, what was deleted is purged."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from gapless.application.cleanup_outcomes import CleanupReport
from gapless.application.retention import DEFAULT_RETENTION
from gapless.bootstrap import Gapless
from gapless.demo.player import Player
from gapless.domain.organizations import OrganizationId
from gapless.domain.subscriptions import SubscriptionStatus
from gapless.kit.audit import Actor
from gapless.kit.outbox import OutboxEvent

LONG_AFTER = timedelta(days=180)  # later than every deletion, by more than what is deleted is kept
COMMANDS_FORGOTTEN = timedelta(days=400)
DECADE = timedelta(days=3650)
BATCH = 8  # rows of an entity in one unit of work: fewer than most organizations have
EVENTS = 40
JOB = Actor.system("support")


async def ending(player: Player) -> None:
    """Plays the jobs, and asks for what is gone.

    Args:
        player: on which store; its story is that of no organization.
    """
    player.wait(LONG_AFTER)
    for status in SubscriptionStatus:
        await _ending_soonest(player, status, 20)
    await _ending_soonest(player, SubscriptionStatus.ACTIVE, 0)
    await player.play("deliver no events", lambda app: _delivered(player, app, 0))
    await player.play("deliver events", lambda app: _delivered(player, app, EVENTS))
    await _purge(player, "purge in no batches", DEFAULT_RETENTION, 0)
    await _purge(player, "purge what is older than a decade", DECADE, BATCH)
    report = await _purge(player, "purge", DEFAULT_RETENTION, BATCH)
    await _purge(player, "purge again", DEFAULT_RETENTION, BATCH)
    if report is not None:
        await _missed(player, report)
    player.wait(COMMANDS_FORGOTTEN)
    await _purge(player, "purge a year later", DEFAULT_RETENTION, BATCH)


async def _ending_soonest(player: Player, status: SubscriptionStatus, limit: int) -> None:
    at = player.now
    await player.play("find what ends", lambda app: app.subscriptions.ending_before(status, at, limit=limit))


async def _delivered(player: Player, app: Gapless, limit: int) -> tuple[OutboxEvent, ...]:
    """The events that were due first, as their handler heard of them."""
    if app.outbox is not None:
        await app.outbox.deliver_due(limit)
    return tuple(player.heard)


async def _purge(player: Player, step: str, retention: timedelta, batch: int) -> CleanupReport | None:
    return await player.play(step, lambda app: app.cleanup.purge_expired(retention, batch=batch))


async def _missed(player: Player, report: CleanupReport) -> None:
    """What is gone is not found, what is blocked can't be restored, and of both one can ask."""
    which = {"the purged": report.roots, "the blocked": [kept.root_id for kept in report.blocked]}
    for name, organizations in which.items():
        for organization_id in organizations[:1]:
            await _miss(player, name, cast(OrganizationId, organization_id))


async def _miss(player: Player, which: str, id: OrganizationId) -> None:
    await player.play(f"read {which}", lambda app: app.organizations.get(id))
    await player.play(f"restore {which}", lambda app: app.organizations.restore(id, actor=JOB))
    await player.play(f"read the trail of {which}", lambda app: app.audit_trail.of_root(id, limit=3))
    await player.play(f"read the archive of {which}", lambda app: app.audit_trail.of_purged_root(id, limit=3))
    await player.play(f"list the calls of {which}", lambda app: app.calls.list_calls(id, limit=3))
