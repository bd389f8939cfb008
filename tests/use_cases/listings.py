"""Every listing of every service, found by its signature, and an organization that has several rows for each."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import attrs

from gapless.application.pages import Page
from gapless.bootstrap import Gapless
from gapless.domain.calls import Call, CallNote
from gapless.domain.invoices import Invoice
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.subscriptions import Subscription, SubscriptionStatus
from gapless.domain.users import User
from gapless.kit import AuditedEntity, Entity, model_of
from gapless.kit.audit import Actor, ActorKind, ArchivedAuditRecord, AuditRecord
from gapless.kit.model import Validated
from gapless.kit.ports import Repository, Store
from gapless.kit.soft_deletion import deleted
from tests.every import LISTINGS, parameters, returned
from tests.unit.services.arguments import maker_of, method_of, prepared
from tests.use_cases.worlds import TurnedClock
from tests.voice.rows import (
    NOW,
    a_call,
    a_deletion,
    a_note,
    a_number,
    a_subscription,
    a_user,
    an_audit_record,
    an_invoice,
    an_item,
    created,
)

Asked = Callable[..., Awaitable[Page[Validated]]]
PLACES = range(5)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
ADDED = {User, PhoneNumber, Call, CallNote, KnowledgeItem, Invoice, Subscription, AuditRecord, ArchivedAuditRecord}
"""What is listed of rows in more states than one, which are added by hand."""
OF_A_ROOT = ("organization_id", "root_id")
OF_PURGED, OVER_ALL = "audit_trail.of_purged_root", "subscriptions.ending_before"


@attrs.frozen
class Listing:
    """A listing of a service with what it is asked for, but for the page.

    Attributes:
        name: the service and the use case.
        ask: asks for a page, by `after` and `limit`.
    """

    name: str
    ask: Asked


def needed(use_case: str) -> list[str]:
    """What a listing has to be given."""
    return [name for name, parameter in parameters(use_case).items() if parameter.default is parameter.empty]


def listings_of(app: Gapless, arguments: Mapping[str, object]) -> tuple[Listing, ...]:
    """Every use case of an application that has pages, with these arguments by their names."""
    return tuple(Listing(use_case, _bound(app, use_case, arguments)) for use_case in LISTINGS)


def _bound(app: Gapless, use_case: str, arguments: Mapping[str, object]) -> Asked:
    service, name = use_case.split(".")
    method = getattr(getattr(app, service), name)
    unknown = set(needed(use_case)) - arguments.keys()
    assert not unknown, f"Write into furnished of tests/use_cases/listings.py what {use_case} is given: {unknown}."
    given = {name: arguments[name] for name in needed(use_case)}
    return lambda **page: cast("Awaitable[Page[Validated]]", method(**given, **page))


async def furnished(app: Gapless, store: Store) -> dict[str, object]:
    """Creates an organization with five rows of everything that is listed; returns the arguments of its listings."""
    home = (await created(store)).id
    await _made_by_use_cases(Furnished(app, home, store))
    async with store.unit(home) as unit:
        audit = an_audit_record(home)
        times = [NOW + timedelta(minutes=place // 2) for place in PLACES]
        users = await unit.of(User).add_all([a_user(home, is_active=False) for _ in PLACES], audit)
        gone = await unit.of(User).add_all([a_user(home) for _ in PLACES], audit)
        for user in gone:
            await unit.of(User).save(deleted(user, a_deletion()), audit)
        await unit.of(PhoneNumber).add_all([a_number(home) for _ in PLACES], audit)
        calls = await unit.of(Call).add_all([a_call(home, started_at=time) for time in times])
        await unit.of(CallNote).add_all([a_note(calls[0], users[-1]) for _ in PLACES])
        items = [an_item(home, usage_count=place // 2) for place in PLACES]
        await unit.of(KnowledgeItem).add_all(items, audit)
        for item in await unit.of(KnowledgeItem).add_all([an_item(home) for _ in PLACES], audit):
            await unit.of(KnowledgeItem).save(deleted(item, a_deletion()), audit)
        await unit.of(Invoice).add_all([an_invoice(home, created_at=time) for time in times], audit)
        person = {"actor_kind": ActorKind.USER, "user_id": users[-1].id, "job": None}
        for time in times:
            await unit.of(AuditRecord).add(an_audit_record(home, created_at=time, **person))
        await unit.commit()
    await _subscribed(store)
    about = {**dict.fromkeys(OF_A_ROOT, home), "call_id": calls[0].id, "user_id": users[-1].id, "category": "hours"}
    resource = {"resource_type": "user", "resource_id": "1"}
    return {**about, **resource, "status": SubscriptionStatus.ACTIVE, "at": LONG_AGO + timedelta(days=1000)}


async def _subscribed(store: Store) -> None:
    """Five organizations whose subscriptions ended long ago, before any other of the tests."""
    for place in PLACES:
        home, end = (await created(store)).id, LONG_AGO + timedelta(days=place // 2)
        period = {"current_period_start": LONG_AGO - timedelta(days=30), "current_period_end": end}
        async with store.unit(home) as unit:
            await unit.of(Subscription).add(a_subscription(home, **period), an_audit_record(home))
            await unit.commit()


async def archived(store: Store) -> dict[str, object]:
    """Removes an organization whose trail has five audit records; returns the arguments of its listings."""
    home = (await created(store)).id
    async with store.unit(home) as unit:
        for place in PLACES:
            await unit.of(AuditRecord).add(an_audit_record(home, created_at=NOW + timedelta(minutes=place // 2)))
        await unit.of(Organization).delete_where(lambda row: row.id == home, an_audit_record(home))
        await unit.commit()
    return {"root_id": home}


@attrs.frozen
class Furnished:
    """An organization whose rows the use cases make."""

    app: Gapless
    home: OrganizationId
    store: Store
    clock: TurnedClock = attrs.field(factory=TurnedClock)
    actor: Actor = attrs.field(factory=lambda: Actor.system("tests"))

    async def member(self) -> User:
        """One of its users."""
        async with self.store.reading(self.home) as reading:
            return (await reading.of(User).find(limit=1))[0]


async def _made_by_use_cases(home: Furnished) -> None:
    """Five rows of everything that is listed and that nobody adds below: by the use case that gives a new one."""
    for listing in LISTINGS:
        maker = maker_of(cast("type[Validated]", returned(listing)))
        if returned(listing) not in ADDED and maker is not None:
            for _ in PLACES:
                await method_of(home, maker)(**await prepared(home, maker))


async def every_listing(app: Gapless, store: Store, jobs: Store) -> tuple[Listing, ...]:
    """Every listing of an application, with five rows or more in each, which these stores are given."""
    arguments = await furnished(app, store)
    purged = listings_of(app, {**arguments, **await archived(jobs)})
    living = [listing for listing in listings_of(app, arguments) if listing.name != OF_PURGED]
    found = (*living, *(listing for listing in purged if listing.name == OF_PURGED))
    assert len(found) > 12, "so that no test is content with nothing"
    return found


async def removed(store: Store, row: Validated) -> bool:
    """Removes a row for good, whatever it is, unless its rows are kept for ever; returns whether it is gone."""
    if isinstance(row, AuditRecord | ArchivedAuditRecord):
        return False
    home = cast(OrganizationId, model_of(type(row)).tenant_of(row))
    async with store.unit(home) as unit:
        if isinstance(row, AuditedEntity):
            await unit.of(type(row)).remove(row, an_audit_record(home))
        else:
            await cast("Repository[Validated, UUID]", unit.of(cast("type[Entity]", type(row)))).remove(row)
        await unit.commit()
    return True
