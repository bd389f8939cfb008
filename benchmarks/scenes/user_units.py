"""Units over an audited row: a user, with checks, a unique address, counted seats, and its audit records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import attrs

from benchmarks.contenders.dicts import DictRows, Row
from benchmarks.measurement import Step
from benchmarks.scenes.companies import add_members, company_in_memory
from benchmarks.scenes.units import ACTOR, PreparedIds, Taken, UnitScene, prepared_ids
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.audit_records import Recorder
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role, User
from gapless.domain.values import EmailAddress
from gapless.kit.audit import ActorKind
from gapless.kit.ids import AuditRecordId, UserId
from gapless.kit.ports import Store, UnitOfWork

INVITED, RENAMED = "user.invited", "user.renamed"


async def users_scene(size: int, steps: int) -> UnitScene:
    """A store that holds this many users, and the units of so many steps, of all rounds together."""
    company = await company_in_memory()
    await add_members(company, size)
    ids, records, now, dicts = prepared_ids(steps), prepared_ids(2 * steps), SystemClock().now(), DictRows()
    emails = [EmailAddress(f"new{place}@acme.org") for place in range(steps)]
    return UnitScene(
        entity=User,
        store=company.app.store,
        dicts=dicts,
        home=company.id,
        ids=ids,
        ours=_ours(company.app.store, company.id, ids, emails, Recorder(PreparedIds(records), now, ACTOR)),
        plain=_plain(dicts, company.id, ids, emails, PreparedIds(records), now),
        taken_out=_taking_out({each: records[2 * at : 2 * at + 2] for at, each in enumerate(ids)}),
    )


def _ours(
    store: Store, home: OrganizationId, ids: Sequence[UUID], emails: Sequence[EmailAddress], recorder: Recorder
) -> Step:
    async def step(place: int) -> None:
        async with store.unit(home) as unit:
            user = User(
                organization_id=home,
                id=UserId(ids[place]),
                created_at=recorder.at,
                email=emails[place],
                name="Bob",
                role=Role.MANAGER,
            )
            await unit.of(User).add(user, recorder.audit(INVITED, None, user))
            before = await unit.of(User).get(user.id)
            after = attrs.evolve(before, name="Bill")
            await unit.of(User).save(after, recorder.audit(RENAMED, before, after))
            await unit.commit()

    return step


def _plain(  # what is kept where, and what a user and its records are made of
    rows: DictRows,
    home: OrganizationId,
    ids: Sequence[UUID],
    emails: Sequence[EmailAddress],
    records: PreparedIds,
    now: datetime,
) -> Step:
    async def step(place: int) -> None:
        user_id = ids[place]
        user = user_row(home, user_id, emails[place], Role.MANAGER, now)
        invited = record_row(home, records.new(), INVITED, ("user", user_id), now, user)
        await rows.add_audited(user_id, user, invited)
        before = await rows.get(user_id)
        renamed = record_row(home, records.new(), RENAMED, ("user", user_id), now, {"name": "Bill"})
        renamed["before"] = {"name": before["name"]}
        await rows.save_audited(user_id, {**before, "name": "Bill", "version": 2}, renamed)
        await rows.commit()

    return step


def user_row(home: UUID, id: UUID, email: EmailAddress, role: Role, now: datetime) -> Row:
    """A new user in a dict."""
    return {
        "organization_id": home,
        "id": id,
        "created_at": now,
        "email": email,
        "name": "Bob",
        "role": role,
        "version": 1,
    }


def record_row(home: UUID, record_id: UUID, action: str, resource: tuple[str, UUID], now: datetime, after: Row) -> Row:
    """The audit record of an addition, in a dict."""
    return {
        "organization_id": home,
        "id": record_id,
        "created_at": now,
        "actor_kind": ActorKind.SYSTEM,
        "job": ACTOR.job,
        "action": action,
        "resource_type": resource[0],
        "resource_id": resource[1],
        "after": after,
    }


def _taking_out(records: Mapping[UUID, Sequence[UUID]]) -> Callable[[UnitOfWork, Sequence[UUID]], Awaitable[Taken]]:
    async def taken_out(unit: UnitOfWork, ids: Sequence[UUID]) -> Taken:
        """The trail can only grow. Records are got by id: after a search, an index would follow each unit."""
        users = [await unit.of(User).get(UserId(user_id)) for user_id in ids]
        found = [await unit.audit_trail.get(AuditRecordId(each)) for user_id in ids for each in records[user_id]]
        removal = Recorder(UuidV7Factory(), SystemClock().now(), ACTOR)
        for user in users:
            await unit.of(User).remove(user, removal.audit("user.removed", user, None))
        return users, found

    return taken_out
