"""For each use case a world in which it has something to do, with right arguments.

What is right follows from the type of an argument and from the catalogue: an id is that of a row, which the use cases
make; an enumeration has members; and what is called as a field of the entity that comes back has a value of that field.
The tables below hold the rest.
"""

import enum
from collections.abc import Awaitable, Callable
from typing import cast

from gapless.domain.calls import Call, CallId, CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.domain.phone_numbers import PhoneNumberId
from gapless.domain.subscriptions import Subscription, SubscriptionStatus
from gapless.domain.users import User
from gapless.kit.ids import UserId
from gapless.kit.model import Validated
from gapless.kit.root_removal import keeping
from tests.drawn_values import value_of
from tests.every import OF_ID, SERVICES, USE_CASES, UseCase, entity_with, methods_of, parameters, types_of
from tests.unit.services.states import (
    LATER,
    LONG,
    LONG_AGO,
    NEXT,
    START,
    Scene,
    active_call,
    deleted_item,
    downgrading,
    expired,
    finished_call,
    free_number,
    inactive_item,
    inactive_member,
    known_member,
    leaving_members,
    marked,
    member,
    nothing,
    open_invoice,
    overdue,
    phone_number,
    removed_member,
    storing,
    subscribed,
)

HERE = "tests/unit/services/arguments.py"
# What acts by itself, with nobody to say who acts, and in several units of work.
JOBS = {"cleanup.purge_expired"}
# What is done in several units of work, so that a run which was stopped is finished by the next one.
IN_PARTS = {*JOBS, "members.erase"}


def unheard(_: object) -> None:
    """Is told how a cleanup goes on, and does nothing."""


async def furnished(scene: Scene) -> None:
    """The organization has something of everything that goes with it."""
    for entity in GOING:
        await FURNISHED.get(entity, _there(entity))(scene)


async def deleted_home(scene: Scene) -> None:
    """The organization is deleted, with all that goes with it."""
    await furnished(scene)
    await scene.app.organizations.delete(scene.home, actor=scene.actor)


async def deleted_long_ago(scene: Scene) -> None:
    """The organization was deleted long ago, with all that goes with it."""
    await furnished(scene)
    now, scene.clock.time = scene.clock.time, LONG_AGO
    await scene.app.organizations.delete(scene.home, actor=scene.actor)
    scene.clock.time = now


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
# What is made for an argument of a use case that needs it in a state of its own.
MADE: dict[str, Callable[[Scene], Awaitable[object]]] = {
    "subscriptions.schedule_downgrade.users_to_deactivate": leaving_members,
    "members.reactivate.user_id": inactive_member,
    "members.restore.user_id": removed_member,
    "members.erase.user_id": known_member,
    "phone_numbers.add.number": free_number,
    "calls.rate.call_id": finished_call,
    "call_notes.annotate.call_id": finished_call,
    "knowledge.activate.item_id": inactive_item,
    "knowledge.restore.item_id": deleted_item,
    "invoices.settle.invoice_id": open_invoice,
}
# What is made for an id, by its type, where a row in any state will not do.
IDS: dict[object, Callable[[Scene], Awaitable[object]]] = {
    UserId: member,
    PhoneNumberId: phone_number,
    CallId: active_call,
}
# How an organization comes to have something, where the first use case that gives it will not do.
FURNISHED: dict[type[Validated], Callable[[Scene], Awaitable[object]]] = {
    User: member,
    Call: finished_call,
    Subscription: subscribed,
}
# Arguments that are right in any world, by their name or by that of their use case before it.
RIGHT: dict[str, object] = {
    "owner_email": "eve@globex.com",
    "owner_name": "Eve",
    "plan": "large",
    "subscriptions.schedule_downgrade.plan": "small",
    "reason": "on leave",
    "calls.finish.status": CallStatus.COMPLETED,
    "subscriptions.ending_before.status": SubscriptionStatus.ACTIVE,
    "started_from": START,
    "started_before": LATER,
    "active_only": True,
    "period_start": NEXT,
    "period_end": LATER,
    "trial": True,
    "event_id": "evt_9",
    "at": LATER,
    "due_at": LATER,
    "size": 20,
    "retention": LONG,
    "batch": 1000,
    "progress": unheard,
    "after": None,
    "before": None,
    "limit": 10,
    "resource_type": "user",
    "resource_id": "1",
}
OWN = {"organization_id", "root_id", "actor", "slug"}
"""What every world has of its own."""
KEPT = {model.entity for model, _ in keeping(GAPLESS)}
GOING = tuple(
    model.entity
    for model in GAPLESS.models
    if model is not GAPLESS.root and model.entity not in KEPT and model.entity.__module__.startswith("gapless.domain.")
)
"""What goes with an organization, beside what the kit keeps of it; what keeps it from being purged does not."""


def maker_of(entity: type[Validated]) -> str | None:
    """The first use case that gives a row of an entity without being told of one by its id; None if there is none."""
    for use_case in (f"{service}.{name}" for service, kind in SERVICES.items() for name in methods_of(kind)):
        if types_of(use_case)["return"] is entity:
            ids = {OF_ID.get(kind) for name, kind in types_of(use_case).items() if name not in (*OWN, "return")}
            if entity not in ids:
                return use_case
    return None


def _members_of(kind: object) -> list[enum.Enum]:
    return list(kind) if isinstance(kind, type) and issubclass(kind, enum.Enum) else []


def _unmade(entity: type[Validated]) -> str:
    return f"Write into IDS and FURNISHED of {HERE} how a {entity.__name__} comes to be: no use case gives a new one."


def lacking(use_case: str, name: str) -> str | None:
    """What to write where, so that there is a right value for an argument; None if there is one."""
    if name in OWN or {name, f"{use_case}.{name}"} & {*MADE, *RIGHT}:
        return None
    kind = types_of(use_case)[name]
    if kind in IDS or _members_of(kind) or entity_with(use_case, name):
        return None
    if kind not in OF_ID:
        return f"Write into RIGHT of {HERE} what is right for {name} of {use_case}."
    return None if maker_of(OF_ID[kind]) is not None else _unmade(OF_ID[kind])


def without_arguments() -> list[str]:
    """What to write where, for each argument that no table and no type says anything of."""
    return [said for use_case in USE_CASES for name in parameters(use_case) if (said := lacking(use_case, name))]


CALLABLE = tuple(
    use_case for use_case in USE_CASES if not any(lacking(use_case, name) for name in parameters(use_case))
)
"""The use cases that the tests carry out: one of them fails if there are others."""


def method_of(scene: Scene, use_case: str) -> UseCase:
    """The use case, ready to be called."""
    service, name = use_case.split(".")
    return cast("UseCase", getattr(getattr(scene.app, service), name))


async def prepared(scene: Scene, use_case: str) -> dict[str, object]:
    """Brings the world into a state in which the use case has something to do; returns right arguments.

    Raises:
        LookupError: nothing says what is right for one of them.
    """
    state = STATES.get(use_case, STATES.get(use_case.partition(".")[0], nothing))
    await state(scene)
    own = {
        "organization_id": scene.home,
        "root_id": scene.home,
        "actor": scene.actor,
        "slug": f"globex-{scene.home.hex}",
    }
    return {name: own[name] if name in own else await _right(scene, use_case, name) for name in parameters(use_case)}


async def row_of(scene: Scene, entity: type[Validated]) -> Validated:
    """A row of an entity in the organization: one that is there, or one that the use cases make.

    Raises:
        LookupError: no use case makes one.
    """
    async with scene.app.store.reading(scene.home) as reading:
        there = await reading.of(entity).find(limit=1)
    if there:
        return there[0]
    maker = maker_of(entity)
    if maker is None:
        raise LookupError(_unmade(entity))
    return cast("Validated", await method_of(scene, maker)(**await prepared(scene, maker)))


def _there(entity: type[Validated]) -> Callable[[Scene], Awaitable[object]]:
    return lambda scene: row_of(scene, entity)


async def _right(scene: Scene, use_case: str, name: str) -> object:
    for key in (f"{use_case}.{name}", name):
        if key in MADE:
            return await MADE[key](scene)
        if key in RIGHT:
            return RIGHT[key]
    if (said := lacking(use_case, name)) is not None:
        raise LookupError(said)
    kind = types_of(use_case)[name]
    if kind in IDS:
        return await IDS[kind](scene)
    if kind in OF_ID:
        return GAPLESS.model(OF_ID[kind]).key_of(await row_of(scene, OF_ID[kind]))[-1]
    if members := _members_of(kind):
        return members[-1]
    return await _field(scene, cast("type[Validated]", entity_with(use_case, name)), name)


async def _field(scene: Scene, entity: type[Validated], name: str) -> object:
    """A value of a field that none of the rows has which are there, if the use cases made them."""
    async with scene.app.store.reading(scene.home) as reading:
        number = await reading.of(entity).count(include_deleted=True)
    return value_of(entity, name, number)
