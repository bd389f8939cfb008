"""The organization is deleted and restored, and some stay deleted."""

from __future__ import annotations

from gapless.demo.player import Player
from gapless.demo.story.calls import note
from gapless.demo.story.cast import BILLING, SIGNUP, Cast, call_of, create_another, invited, number_of, stranger
from gapless.demo.story.phone_numbers import add_number
from gapless.domain.phone_numbers import PhoneNumberId, Provider

TRIED = 2  # with every so many-th organization is tried what can be done while it is deleted
MARKED = 4  # every so many-th organization is marked for erasure, which has to be lifted before its restore
ERASED = 14  # every so many-th one is marked when it stays deleted


async def deletion(player: Player, cast: Cast) -> None:
    """Not while somebody calls; then it is deleted, nobody gets in, and it comes back as far as it can."""
    home, actor = cast.organization_id, cast.actor
    number = await number_of(player, cast)
    await _called(player, cast, number)
    if cast.number % MARKED == 0:
        await player.play("mark", lambda app: app.organizations.mark_for_erasure(home, "asked by mail", actor=actor))
        await player.play("mark again", lambda app: app.organizations.mark_for_erasure(home, "again", actor=actor))
    await player.play("delete", lambda app: app.organizations.delete(home, actor=actor))
    if cast.number % TRIED == 0:
        await _deleted(player, cast, number)
    if cast.number % MARKED == 0:
        await player.play("restore the marked", lambda app: app.organizations.restore(home, actor=actor))
        await player.play("lift the mark", lambda app: app.organizations.lift_erasure(home, actor=actor))
    await player.play("restore the organization", lambda app: app.organizations.restore(home, actor=actor))
    await player.play("restore it again", lambda app: app.organizations.restore(home, actor=actor))
    if number is not None:
        await add_number(player, cast, "add the number again", cast.company.numbers[0], Provider.TWILIO)


async def _called(player: Player, cast: Cast, number: PhoneNumberId | None) -> None:
    """A call is going on when the organization is to be deleted."""
    home = cast.organization_id
    if number is None:
        return
    call = await player.play("start the last call", lambda app: app.calls.start(home, number))
    if call is not None:
        await player.play("delete while called", lambda app: app.organizations.delete(home, actor=cast.actor))
        await player.play("finish the last call", lambda app: app.calls.finish(home, call.id, outcome="farewell"))


async def _deleted(player: Player, cast: Cast, number: PhoneNumberId | None) -> None:
    """What is tried with an organization that is deleted."""
    home, actor = cast.organization_id, cast.actor
    await player.play("delete again", lambda app: app.organizations.delete(home, actor=actor))
    await invited(player, cast, stranger("latecomer"), "invite into the deleted")
    await player.play("restore a member there", lambda app: app.members.restore(home, cast.member(0), actor=actor))
    await player.play("read the deleted", lambda app: app.organizations.get(home))
    await create_another(player, "create with its slug", cast.company.slug)
    if cast.number % MARKED == 2:
        await _nothing_enters(player, cast, number)


async def _nothing_enters(player: Player, cast: Cast, number: PhoneNumberId | None) -> None:
    """Nothing that belongs to a live organization is taken; but an invoice can be issued, for it still owes."""
    home, actor, question = cast.organization_id, cast.actor, cast.company.questions[0]
    await add_number(player, cast, "add a number there", cast.company.numbers[0], Provider.VAPI)
    if number is not None:
        await player.play("call the deleted", lambda app: app.calls.start(home, number))
    call = await call_of(player, cast)
    if call is not None:
        await note(player, cast, call, cast.founder, "Who was that?")
        await player.play("rate a call of the deleted", lambda app: app.calls.rate(home, call, call_quality=2))
    await player.play(
        "ask there",
        lambda app: app.knowledge.add(home, question.question, question.answer, question.category, actor=actor),
    )
    await player.play("store there", lambda app: app.usage.add_storage(home, 1))
    await player.play("payment fails there", lambda app: app.subscriptions.payment_failed(home, "late", actor=BILLING))
    invoices = await player.play("list what it owes", lambda app: app.invoices.list_invoices(home, limit=1))
    if invoices is not None and invoices.items:
        newest = invoices.items[0].id
        await player.play("issue to the deleted", lambda app: app.invoices.issue(home, newest, actor=BILLING))


async def end(player: Player, cast: Cast) -> None:
    """The organization is deleted for good; of some nothing is to be kept, not even the trail."""
    home = cast.organization_id
    if cast.number % ERASED == 0:
        await player.play("mark at the end", lambda app: app.organizations.mark_for_erasure(home, "end", actor=SIGNUP))
    await player.play("delete for good", lambda app: app.organizations.delete(home, actor=SIGNUP))
