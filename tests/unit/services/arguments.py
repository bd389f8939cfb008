"""Every use case of every service, and for each a world in which it has something to do, with right arguments."""

import inspect
import typing
from collections.abc import Awaitable, Callable
from typing import cast

from gapless.bootstrap import Gapless
from gapless.domain.calls import CallStatus, Handler
from gapless.domain.phone_numbers import Provider
from gapless.domain.subscriptions import SubscriptionStatus
from gapless.domain.users import Language, Role
from tests.unit.services.states import (
    LATER,
    LONG,
    NEXT,
    START,
    Scene,
    active_call,
    deleted_home,
    deleted_item,
    downgrading,
    draft,
    expired,
    finished_call,
    free_number,
    furnished,
    inactive_item,
    inactive_member,
    item,
    known_member,
    leaving_members,
    marked,
    member,
    note,
    nothing,
    open_invoice,
    overdue,
    phone_number,
    removed_member,
    storing,
    subscribed,
)

UseCase = Callable[..., Awaitable[object]]
# What is no service: the ports themselves, and the background task, whose one argument its own tests try.
NO_SERVICES = {"store", "jobs", "outbox"}
SERVICES: dict[str, type] = {
    name: kind for name, kind in typing.get_type_hints(Gapless).items() if name not in NO_SERVICES
}
USE_CASES = [
    f"{service}.{name}"
    for service, kind in SERVICES.items()
    for name, _ in inspect.getmembers(kind, inspect.isfunction)
    if not name.startswith("_")
]


# What acts by itself, with nobody to say who acts, and in several units of work.
JOBS = {"cleanup.purge_expired"}
# What is done in several units of work, so that a run which was stopped is finished by the next one.
IN_PARTS = {*JOBS, "team.erase"}


def unheard(_: object) -> None:
    """Is told how a cleanup goes on, and does nothing."""


# What a use case needs beside what its arguments name; of a service, what all of its use cases do that are not named.
STATES: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "organizations.delete": furnished,
    "organizations.restore": deleted_home,
    "organizations.lift_erasure": marked,
    "subscriptions": subscribed,
    "subscriptions.subscribe": nothing,
    "subscriptions.cancel": downgrading,
    "subscriptions.cancel_downgrade": downgrading,
    "subscriptions.change_plan": downgrading,
    "subscriptions.execute_scheduled_downgrade": downgrading,
    "subscriptions.payment_succeeded": overdue,
    "usage.free_storage": storing,
    "usage.reset_for_period": storing,
    "cleanup": expired,
}
# What is made for an argument, by its name or by that of its use case before it.
MADE: dict[str, Callable[[Scene], Awaitable[object]]] = {
    "user_id": member,
    "handled_by_user_id": member,
    "users_to_deactivate": leaving_members,
    "team.reactivate.user_id": inactive_member,
    "team.restore.user_id": removed_member,
    "team.erase.user_id": known_member,
    "phone_numbers.add.number": free_number,
    "phone_number_id": phone_number,
    "call_id": active_call,
    "calls.rate.call_id": finished_call,
    "note_id": note,
    "item_id": item,
    "knowledge.activate.item_id": inactive_item,
    "knowledge.restore.item_id": deleted_item,
    "invoice_id": draft,
    "invoices.settle.invoice_id": open_invoice,
}
# Arguments that are right in any world, named as above.
RIGHT: dict[str, object] = {
    "name": "Tom",
    "owner_email": "eve@globex.com",
    "owner_name": "Eve",
    "plan": "large",
    "subscriptions.schedule_downgrade.plan": "small",
    "billing_email": "bills@globex.com",
    "owner_language": Language.ENGLISH,
    "email": "tom@acme.org",
    "role": Role.ADMIN,
    "language": Language.ENGLISH,
    "reason": "on leave",
    "provider": Provider.TWILIO,
    "display_name": "Front desk",
    "forwarding_number": "+12025550123",
    "caller_number": "+998901234567",
    "handled_by": Handler.HUMAN,
    "status": CallStatus.COMPLETED,
    "outcome": "sold",
    "sentiment": "glad",
    "call_quality": 5,
    "ai_confidence": 90,
    "started_from": START,
    "started_before": LATER,
    "body": "Asks for a discount.",
    "question": "Where are you?",
    "answer": "In the old town.",
    "category": "places",
    "active_only": True,
    "period_start": NEXT,
    "period_end": LATER,
    "trial": True,
    "event_id": "evt_9",
    "subscriptions.ending_before.status": SubscriptionStatus.ACTIVE,
    "at": LATER,
    "number": "2026-9",
    "amount_minor": 4900,
    "currency": "EUR",
    "due_at": LATER,
    "size": 20,
    "retention": LONG,
    "batch": 1000,
    "progress": unheard,
    "after": None,
    "limit": 10,
    "resource_type": "user",
    "resource_id": "1",
}


def parameters(use_case: str) -> list[str]:
    """The names of what a use case takes."""
    service, name = use_case.split(".")
    return list(inspect.signature(getattr(SERVICES[service], name)).parameters)[1:]


def method_of(scene: Scene, use_case: str) -> UseCase:
    """The use case, ready to be called."""
    service, name = use_case.split(".")
    return cast("UseCase", getattr(getattr(scene.app, service), name))


async def prepared(scene: Scene, use_case: str) -> dict[str, object]:
    """Brings the world into a state in which the use case has something to do; returns right arguments.

    Raises:
        LookupError: the use case takes an argument of which no table says what is right.
    """
    state = STATES.get(use_case, STATES.get(use_case.partition(".")[0], nothing))
    await state(scene)
    own = {"organization_id": scene.home, "actor": scene.actor, "slug": f"globex-{scene.home.hex}"}
    return {name: own[name] if name in own else await _right(scene, use_case, name) for name in parameters(use_case)}


async def _right(scene: Scene, use_case: str, name: str) -> object:
    for key in (f"{use_case}.{name}", name):
        if key in MADE:
            return await MADE[key](scene)
        if key in RIGHT:
            return RIGHT[key]
    raise LookupError(f"say what is right for {name} of {use_case}")
