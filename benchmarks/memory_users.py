"""Units in memory over an audited entity: the User, with checks, a unique address, counted seats, and its records."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from benchmarks.memory_scene import ACTOR, PlainRows, Scene, Values
from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.audit_records import Recorder
from gapless.bootstrap import Parts, assembled
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.domain.values import parse_email_address
from gapless.kit.audit import AuditRecord
from gapless.kit.ids import OrganizationId, UserId
from gapless.kit.ports import UnitOfWork

SEATS = 1_000_000


@attrs.frozen(kw_only=True)
class Users(Scene[User]):
    """Users in a store and in a dict, with the audit records that tell of them."""

    async def step_ours(self, place: int) -> None:
        """One unit of work."""
        values = self.values[place]
        async with self.store.unit(self.home) as unit:
            await unit.of(User).add(values.added, values.audits[0])
            await unit.of(User).get(values.added.id)
            await unit.of(User).save(values.saved, values.audits[1])
            await unit.commit()

    async def step_plain(self, place: int) -> None:
        """The same with the dict, and a list for the audit records."""
        values, plain = self.values[place], self.plain
        await plain.add_audited(values.stored, values.audits[0])
        await plain.get(values.stored.id)
        await plain.save_audited(values.kept, values.audits[1])
        await plain.commit()

    async def taken_out(
        self, unit: UnitOfWork, values: Sequence[Values[User]]
    ) -> tuple[int, list[User], list[AuditRecord]]:
        """See Scene. The trail can only grow; its size makes no difference."""
        number = await unit.of(User).count()
        found = [await unit.of(User).get(each.kept.id) for each in values]
        audits = [await unit.audit_trail.get(audit.id) for each in values for audit in each.audits]
        removal = _recorder().audit("user.removed", found[0], None)
        for user in found:
            await unit.of(User).remove(user, removal)
        return number, found, audits


async def users_scene(size: int, steps: int, rounds: int) -> Users:
    """A store and a dict that hold this many users, and the values for so many rounds of steps."""
    store = MemoryStore(GAPLESS)
    app = assembled(store, Parts())
    created = await app.organizations.create("Acme", "acme", "ann@acme.org", "Ann", actor=ACTOR)
    organization = created.organization
    roomy = attrs.evolve(organization, team_members_quota=SEATS)
    stored = [created.owner]
    async with store.unit(organization.id) as unit:
        await unit.of(Organization).save(roomy, _recorder().audit("quota.raised", organization, roomy))
        if users := _users(organization.id, "old", size - 1):
            stored += await unit.of(User).add_all(users, _recorder().audit("user.invited", None, users[0]))
        await unit.commit()
    values = [_values(user) for user in _users(organization.id, "new", steps * rounds)]
    return Users(store=store, plain=PlainRows(stored), home=organization.id, size=size, steps=steps, values=values)


def _recorder() -> Recorder:
    return Recorder(UuidV7Factory(), SystemClock().now(), ACTOR)


def _users(home: OrganizationId, name: str, number: int) -> list[User]:
    now, ids = SystemClock().now(), UuidV7Factory()
    return [
        User(
            organization_id=home,
            id=UserId(ids.new()),
            created_at=now,
            email=parse_email_address(f"{name}{place}@acme.org"),
            name="Bob",
            role=Role.MANAGER,
        )
        for place in range(number)
    ]


def _values(user: User) -> Values[User]:
    stored, saved = attrs.evolve(user, version=1), attrs.evolve(user, version=1, name="Bill")
    recorder = _recorder()
    return Values(
        added=user,
        stored=stored,
        saved=saved,
        kept=attrs.evolve(saved, version=2),
        audits=(recorder.audit("user.invited", None, user), recorder.audit("user.renamed", stored, saved)),
    )
