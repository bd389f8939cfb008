"""What is used of the quotas: storage, minutes until none are left, and the billing period that begins anew."""

from __future__ import annotations

from datetime import datetime, timedelta

from gapless.demo.pace import BETWEEN_STEPS
from gapless.demo.player import Player
from gapless.demo.story.billing import MONTH, SMALLEST
from gapless.demo.story.cast import BILLING, Cast, number_of
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumberId

MEBIBYTE = 2**20
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LEVELS = (80, 90, 100)  # percent


async def storage(player: Player, cast: Cast) -> None:
    """Recordings are stored until they don't fit, with warnings on the way; then room is made, as far as there is."""
    await _store(player, cast, "store", 7 * MEBIBYTE + 1)
    await _store(player, cast, "store nothing", 0)
    await _store(player, cast, "store less than nothing", -1)
    before = await _read(player, cast)
    if before is not None:
        await _store(player, cast, "store up to a warning", before.storage_quota * 85 // 100 - before.used_storage)
        await _store(player, cast, "store too much", before.storage_quota)
        await _free(player, cast, "make room", before.storage_quota // 2)
        await _free(player, cast, "make more room than was used", before.storage_quota)
        await _free(player, cast, "make less than no room", -1)
        await _store(player, cast, "store up to it again", before.storage_quota * 40 // 100)


async def _store(player: Player, cast: Cast, step: str, size: int) -> None:
    await player.play(step, lambda app: app.usage.add_storage(cast.organization_id, size))


async def _free(player: Player, cast: Cast, step: str, size: int) -> None:
    await player.play(step, lambda app: app.usage.free_storage(cast.organization_id, size))


async def _read(player: Player, cast: Cast) -> Organization | None:
    return await player.play("read what is used", lambda app: app.organizations.get(cast.organization_id))


async def minutes(player: Player, cast: Cast) -> None:
    """Long calls use up the minutes of a small plan; one that is going on is counted in full, and then none starts."""
    home = cast.organization_id
    number = await number_of(player, cast) if cast.company.plan == SMALLEST else None
    if number is None:
        return
    going_on = await player.play("start a call that goes on", lambda app: app.calls.start(home, number))
    for level in LEVELS:
        await _call_until(player, cast, number, level)
    await player.play("call without minutes", lambda app: app.calls.start(home, number))
    if going_on is not None:
        await player.play("finish what went on", lambda app: app.calls.finish(home, going_on.id))
    await player.play("call without minutes again", lambda app: app.calls.start(home, number))


async def _call_until(player: Player, cast: Cast, number: PhoneNumberId, percent: int) -> None:
    """A call that takes until so much of the quota is used; a step takes some minutes by itself."""
    home = cast.organization_id
    before = await _read(player, cast)
    call = await player.play("start a long call", lambda app: app.calls.start(home, number))
    if before is not None and call is not None:
        lacking = before.call_minutes_quota * percent // 100 - before.used_minutes
        player.wait(max(MINUTE * lacking - BETWEEN_STEPS, timedelta(0)))
        await player.play("finish the long call", lambda app: app.calls.finish(home, call.id))


async def periods(player: Player, cast: Cast) -> None:
    """The next billing period begins, and nothing is used in it yet; it begins once, and none before it."""
    before = await player.play("read the period", lambda app: app.subscriptions.get(cast.organization_id))
    if before is None:
        return
    start, end = before.current_period_start, before.current_period_end + DAY
    await _renew(player, cast, "give it one day more", start, end)
    player.wait(max(end - player.now, timedelta(0)))
    steps = {
        "renew too early": end - DAY,
        "renew too late": end + DAY,
        "renew": end,
        "renew again": end,
        "renew an earlier period": start,
    }
    for step, begin in steps.items():
        await _renew(player, cast, step, begin, begin + MONTH)
    await _reset(player, cast, "reset", end)
    await _store(player, cast, "store in the new period", MEBIBYTE)
    await _reset(player, cast, "reset again", end)
    await _reset(player, cast, "reset at no time", end.replace(tzinfo=None))
    number = await number_of(player, cast)
    if number is not None:
        await _call_until(player, cast, number, 1)


async def _renew(player: Player, cast: Cast, step: str, start: datetime, end: datetime) -> None:
    home = cast.organization_id
    await player.play(step, lambda app: app.subscriptions.renew(home, start, end, actor=BILLING))


async def _reset(player: Player, cast: Cast, step: str, start: datetime) -> None:
    home = cast.organization_id
    await player.play(step, lambda app: app.usage.reset_for_period(home, start, actor=BILLING))
