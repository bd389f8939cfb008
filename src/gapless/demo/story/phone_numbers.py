"""The numbers at which an organization is called: they come, are labelled and forwarded, and go."""

from __future__ import annotations

from typing import cast as typed

from gapless.demo.player import Player
from gapless.demo.story.cast import Cast, number_of
from gapless.domain.phone_numbers import PhoneNumber, PhoneNumberId, Provider

PROVIDERS = (Provider.VAPI, Provider.TWILIO)


async def numbers(player: Player, cast: Cast) -> None:
    """Numbers are added until the plan allows no more; the first is labelled, and passed on to somebody at night."""
    home, actor = cast.organization_id, cast.actor
    for place, own in enumerate(cast.company.numbers):
        await add_number(player, cast, "add a number", own, PROVIDERS[place % len(PROVIDERS)])
    number = await number_of(player, cast)
    if number is not None:
        night = cast.company.callers[0]
        await player.play("label", lambda app: app.phone_numbers.label(home, number, "Main line", actor=actor))
        await player.play("forward", lambda app: app.phone_numbers.forward(home, number, night, actor=actor))


async def add_number(
    player: Player, cast: Cast, step: str, number: str, provider: Provider, display_name: str | None = None
) -> PhoneNumber | None:
    """Adds one number."""
    return await player.play(
        step,
        lambda app: app.phone_numbers.add(
            cast.organization_id, number, provider, display_name=display_name, actor=cast.actor
        ),
    )


async def number_troubles(player: Player, cast: Cast) -> None:
    """A number that it has already, numbers that are none, labels that are too long or the same."""
    home, actor = cast.organization_id, cast.actor
    taken = cast.company.numbers[0]
    await add_number(player, cast, "add a number that is taken", taken, Provider.VAPI)
    for wrong in ("12345", "+0123456789", f"{taken} ext. 7", "+1234567890123456", "+998\u0667112345"):
        await add_number(player, cast, "add what is no number", wrong, Provider.VAPI)
    await add_number(player, cast, "add at no provider", taken, typed(Provider, "pigeon"))
    await add_number(player, cast, "add with a long label", cast.company.numbers[-1], Provider.TWILIO, "a" * 51)
    number = await number_of(player, cast)
    if number is not None:
        for step, label in (("label anew", "Reception 🛎"), ("to the same", "Reception 🛎"), ("too long", "🛎" * 51)):
            await _label(player, cast, step, number, label)
        await player.play("forward wrongly", lambda app: app.phone_numbers.forward(home, number, "night", actor=actor))
        await player.play("forward no longer", lambda app: app.phone_numbers.forward(home, number, None, actor=actor))
        await player.play("read a number", lambda app: app.phone_numbers.get(home, number))
    await player.play("list one number", lambda app: app.phone_numbers.list_numbers(home, limit=1))


async def _label(player: Player, cast: Cast, step: str, number: PhoneNumberId, label: str) -> None:
    home = cast.organization_id
    await player.play(step, lambda app: app.phone_numbers.label(home, number, label, actor=cast.actor))


async def release(player: Player, cast: Cast) -> None:
    """A number can't be released while somebody calls it; afterwards it goes, and its calls forget it."""
    home, actor = cast.organization_id, cast.actor
    number = await number_of(player, cast, -1)
    if number is None:
        return
    call = await player.play("start a long call", lambda app: app.calls.start(home, number))
    await player.play("release", lambda app: app.phone_numbers.release(home, number, actor=actor))
    if call is not None:
        await player.play("finish the long call", lambda app: app.calls.finish(home, call.id))
    for step in ("release then", "release again"):
        await player.play(step, lambda app: app.phone_numbers.release(home, number, actor=actor))
    await player.play("call the released", lambda app: app.calls.start(home, number))
