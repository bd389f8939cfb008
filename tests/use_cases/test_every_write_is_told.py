"""No public way writes an audited row without its audit record, be it a port or a use case (GAP-213)."""

import inspect
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import cast

import attrs
import pytest

from gapless.adapters.system import UuidV7Factory
from gapless.adapters.writing.repository import StoreRepository
from gapless.application.audit_records import Recorder
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role, User
from gapless.kit.assignments import assign
from gapless.kit.audit import Actor
from gapless.kit.errors import AuditRecordRequired, QueryRefused
from gapless.kit.ids import UserId
from gapless.kit.ports import AuditedRepository, ReadRepository, SystemRepository
from gapless.services.members import Members
from gapless.services.organizations import CreatedOrganization
from tests.every import parameters
from tests.unit.services.arguments import CALLABLE, HERE, JOBS, furnished, method_of, prepared, row_of
from tests.use_cases.deletions import deleted_long_ago, purge
from tests.use_cases.telling import AUDITED, Sight, changed, seen, untold
from tests.use_cases.worlds import World

pytestmark = pytest.mark.asyncio

Write = Callable[..., Awaitable[object]]
SOME_DAY = datetime(2020, 1, 1, tzinfo=UTC)
RECORDED = [use_case for use_case in CALLABLE if "actor" in parameters(use_case)]
SILENT = [use_case for use_case in CALLABLE if use_case not in (*RECORDED, *JOBS)]


def writes_of(port: type) -> dict[str, inspect.Signature]:
    """What a port offers beyond reading."""
    found = inspect.getmembers(port, inspect.isfunction)
    return {
        name: inspect.signature(method)
        for name, method in found
        if not name.startswith("_") and not hasattr(ReadRepository, name)
    }


def arguments_of(write: inspect.Signature, row: User) -> list[object]:
    """Arguments for a write of this row, but the audit record and whatever may be left out."""
    named: dict[str, object] = {
        "entity": row,
        "entities": [row],
        "where": lambda other: other.created_at == row.created_at,
        "assign": lambda other: (assign(other.created_at, row.created_at),),
    }
    required = [parameter for parameter in write.parameters.values() if parameter.default is parameter.empty]
    return [named[parameter.name] for parameter in required if parameter.name not in ("self", "audit")]


async def one_of_each(world: World) -> list[User]:
    """A row of each audited entity; each has what is asked of a user."""
    await furnished(world)
    return [cast(User, await row_of(world, model.entity)) for model in AUDITED]


async def carried_out(world: World, use_case: str) -> tuple[Sight, Sight]:
    """Carries out a use case with right arguments; returns what was seen before and after."""
    arguments = await prepared(world, use_case)
    before = await seen(world.store, [world.home])
    result = await method_of(world, use_case)(**arguments)
    homes = [world.home, *([result.organization.id] if isinstance(result, CreatedOrganization) else [])]
    return before, await seen(world.store, homes)


async def test_what_is_audited() -> None:
    """Every column of an audited entity is audited, but for those that are counted or seen all the time."""
    unaudited = {model.name: {column.name for column in model.unaudited} for model in AUDITED}
    assert {name: columns for name, columns in unaudited.items() if columns} == {
        "Organization": {
            "used_minutes",
            "used_storage",
            *(f"{quota}_warning_{level}_sent" for quota in ("quota", "storage") for level in (80, 90, 100)),
        },
        "User": {"last_seen_at"},
        "KnowledgeItem": {"usage_count", "last_used_at"},
    }


async def test_each_write_of_the_port_takes_a_record() -> None:
    """What an audited repository offers beyond reading takes a record and has none by itself, but for one method."""
    writes = writes_of(AuditedRepository)
    silent = {name for name, write in writes.items() if "audit" not in write.parameters}
    assert silent == {"save_unaudited"}
    assert all(writes[name].parameters["audit"].default is inspect.Parameter.empty for name in writes.keys() - silent)
    assert writes.keys() > {"add", "save", "remove", "update_where", "delete_where"}


@pytest.mark.gap("GAP-213")
async def test_each_write_without_a_record_is_refused(world: World) -> None:
    """Of no audited entity anything is written without an audit record, by whatever method; nothing is changed."""
    rows = await one_of_each(world)
    before = await world.everything(GAPLESS)
    for row in rows:
        for name, signature in writes_of(AuditedRepository).items():
            given = attrs.evolve(row, created_at=SOME_DAY) if name == "save_unaudited" else row
            async with world.store.unit(world.home) as unit:
                write = cast("Write", getattr(unit.of(type(row)), name))
                with pytest.raises(AuditRecordRequired):
                    await write(*arguments_of(signature, given))
    assert await world.everything(GAPLESS) == before


async def test_nothing_audited_is_written_in_the_system_scope(world: World) -> None:
    """A unit over all organizations reads what is audited, and refuses to write it."""
    rows = await one_of_each(world)
    before = await world.everything(GAPLESS)
    for row in rows:
        for name, signature in writes_of(SystemRepository).items():
            async with world.store.system() as unit:
                repository = unit.of(type(row))
                assert await repository.count(lambda other: other.created_at <= row.created_at) > 0  # noqa: B023  # is awaited at once
                with pytest.raises(QueryRefused):
                    await cast("Write", getattr(repository, name))(*arguments_of(signature, row))
    assert await world.everything(GAPLESS) == before


@pytest.mark.gap("GAP-213")
@pytest.mark.parametrize("use_case", [*RECORDED, *JOBS])
async def test_what_a_use_case_changes_is_told(world: World, use_case: str) -> None:
    """Each row that was added, changed or removed is told by a record of its own or of its batch, with who acted."""
    before, after = await carried_out(world, use_case)
    assert untold(before, after) == []
    actors = {(audit.user_id, audit.job) for audit in after.since(before)}
    who = (None, "cleanup") if use_case in JOBS else (world.owner.id, None)
    assert actors == {who}, f"{use_case} changed nothing: write into STATES or MADE of {HERE} what it needs."


@pytest.mark.parametrize("use_case", SILENT)
async def test_who_is_not_told_who_acts_changes_nothing_audited(world: World, use_case: str) -> None:
    """A use case that takes no actor leaves every audited column as it is, and the trail too."""
    before, after = await carried_out(world, use_case)
    assert changed(before, after) == {}
    assert after.audits == before.audits


async def test_the_purge_of_an_organization_is_told_in_the_archive(world: World) -> None:
    """What goes with an organization is told by an audit record that is kept where nobody removes it."""
    await furnished(world)
    await deleted_long_ago(world)
    before = await seen(world.store, [world.home])
    await purge(world)
    after = await seen(world.store, [world.home])
    assert after.rows == {}
    assert untold(before, after) == []
    assert after.audits.keys() > before.audits.keys()


@attrs.frozen(kw_only=True)
class SilentTeam(Members):
    """A planted fault: a role is written like a counter."""

    async def change_role(self, organization_id: OrganizationId, user_id: UserId, role: Role, *, actor: Actor) -> User:
        """Changes the role, and does not say so."""
        self._recorder(actor)
        async with self._store.unit(organization_id) as unit:
            user = await unit.of(User).save_unaudited((await unit.of(User).get(user_id)).with_role(role))
            await unit.commit()
        return user


@attrs.frozen(kw_only=True)
class VagueTeam(Members):
    """A planted fault: the audit record does not say what has changed."""

    async def change_role(self, organization_id: OrganizationId, user_id: UserId, role: Role, *, actor: Actor) -> User:
        """Changes the role, and says that something was done."""
        recorder = Recorder(self._ids, self._clock.now(), actor)
        async with self._store.unit(organization_id) as unit:
            before = await unit.of(User).get(user_id)
            user = await unit.of(User).save(before.with_role(role), recorder.audit("user.changed", before, before))
            await unit.commit()
        return user


def with_team(world: World, team: type[Members]) -> World:
    """The world with this team service in the place of its own."""
    faulty = team(store=world.store, clock=world.clock, ids=UuidV7Factory(), catalogue=GAPLESS)
    return attrs.evolve(world, app=attrs.evolve(world.app, members=faulty))


async def test_a_role_is_no_counter(world: World) -> None:
    """A service that writes a role as if it needed no audit record is refused, and nothing is changed."""
    before = await seen(world.store, [world.home])
    with pytest.raises(AuditRecordRequired):
        await with_team(world, SilentTeam).app.members.change_role(
            world.home, world.owner.id, Role.ADMIN, actor=world.actor
        )
    assert await seen(world.store, [world.home]) == before


async def test_a_record_that_does_not_say_what_changed_is_noticed(world: World) -> None:
    """An audit record about the right row that leaves out the change does not tell it."""
    with pytest.raises(AssertionError):
        await test_what_a_use_case_changes_is_told(with_team(world, VagueTeam), "members.change_role")


@pytest.mark.parametrize("use_case", ["members.change_role", "organizations.delete", "phone_numbers.release"])
async def test_a_store_that_forgets_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch, use_case: str) -> None:
    """A repository that takes the audit record, and writes the rows without it, is caught."""
    arguments = await prepared(world, use_case)
    before = await seen(world.store, [world.home])
    forget_records(monkeypatch)
    await method_of(world, use_case)(**arguments)
    assert untold(before, await seen(world.store, [world.home])) != []


def forget_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plants a fault into both stores: what they write, they write without the audit record."""
    along = StoreRepository._side_records
    monkeypatch.setattr(StoreRepository, "_side_records", lambda self, _, events: along(self, None, events))
