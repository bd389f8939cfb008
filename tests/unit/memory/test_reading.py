"""Readings, and work over all organizations."""

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit import negate
from gapless.kit.assignments import assign
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import NotFound, QueryRefused, UnitOfWorkClosed, UnitOfWorkFailed
from gapless.kit.outbox import OutboxEvent
from tests.voice.hosted import HOSTED, Document, Folder, Stamp
from tests.voice.rows import a_folder, a_user, an_audit_record, an_event, created

pytestmark = pytest.mark.asyncio


async def test_each_read_sees_the_newest_state() -> None:
    """A reading sees what was committed since it was opened."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.reading(home.id) as reading:
        assert await reading.of(User).count() == 1
        async with store.unit(home.id) as unit:
            added = await unit.of(User).add(a_user(home.id), an_audit_record(home.id))
            await unit.commit()
        assert await reading.of(User).get(added.id) is added
        assert await reading.of(Organization).get(home.id) == home


async def change_folders(store: MemoryStore, home: Organization, changed: Folder) -> Folder:
    """Adds a folder, changes one and removes all others, in one unit; returns the added one."""
    async with store.unit(home.id) as unit:
        folders = unit.of(Folder)
        await folders.delete_where(lambda folder: negate(folder.id == changed.id))
        await folders.save(attrs.evolve(await folders.get(changed.id), label="changed"))
        added = await folders.add(a_folder(home.id))
        await unit.commit()
    return added


async def test_a_snapshot_sees_one_moment() -> None:
    """Whatever others add, change or remove meanwhile, every read is of the moment of the opening."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    async with store.unit(home.id) as unit:
        rows = await unit.of(Folder).add_all([a_folder(home.id) for _ in range(3)])
        await unit.commit()
    async with store.reading(home.id, snapshot=True) as first:
        added = await change_folders(store, home, rows[0])
        async with store.reading(home.id, snapshot=True) as second:
            await change_folders(store, home, rows[0])
            assert {row.version for row in await second.of(Folder).find()} == {1, 2}
            assert await second.of(Folder).get(added.id) is added
        await change_folders(store, home, rows[0])
        assert set(await first.of(Folder).find()) == set(rows)
        assert await first.of(Folder).get(rows[0].id) is rows[0]
        with pytest.raises(NotFound):
            await first.of(Folder).get(added.id)


async def test_a_snapshot_is_forgotten_at_its_end() -> None:
    """Commits remember earlier rows only for snapshots of their organization that are open."""
    store = MemoryStore(GAPLESS)
    home, other = await created(store), await created(store)
    snapshots = store._database.committed.snapshots
    async with store.reading(home.id, snapshot=True), store.reading(home.id, snapshot=True):
        async with store.reading(other.id, snapshot=True), store.unit(home.id) as unit:
            await unit.of(User).add(a_user(home.id), an_audit_record(home.id))
            await unit.commit()
        assert [len(view.replaced["users"]) for view in snapshots[home.id.int]] == [1, 1]
        assert list(snapshots) == [home.id.int]
    assert snapshots == {}


async def test_a_reading_is_used_inside_its_block() -> None:
    """Before and after, a reading is closed; it is opened once."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    for snapshot in (False, True):
        opening = store.reading(home.id, snapshot=snapshot)
        async with opening as reading:
            users = reading.of(User)
            await users.find()
        with pytest.raises(UnitOfWorkClosed):
            await users.find()
        with pytest.raises(UnitOfWorkClosed):
            await opening.__aenter__()


async def test_a_job_reads_and_writes_rows_of_all_organizations() -> None:
    """Rows come by id, then by organization; the job sees its own writes, and others see them after its commit."""
    store = MemoryStore(GAPLESS)
    homes = [await created(store) for _ in range(3)]
    shared = an_event(homes[0].id).id
    for home in homes:
        async with store.unit(home.id) as unit:
            await unit.outbox.add_all([an_event(home.id, id=shared), an_event(home.id, attempts=5)])
            await unit.commit()
    async with store.system() as system:
        outbox = system.of(OutboxEvent)
        found = await outbox.find(lambda row: row.attempts == 0)
        assert [row.root_id for row in found] == sorted(home.id for home in homes)
        assert await outbox.update_where(lambda row: row.attempts == 5, lambda row: (assign(row.attempts, 6),)) == 3
        assert await outbox.delete_where(lambda row: row.id == shared) == 3
        assert await outbox.count() == await outbox.count(lambda row: row.version == 2) == 3
        async with store.system() as other:
            assert await other.of(OutboxEvent).count() == 6
        await system.commit()
        with pytest.raises(UnitOfWorkClosed):
            await outbox.find()
    for home in homes:
        async with store.reading(home.id) as reading:
            assert [row.attempts for row in await reading.outbox.find()] == [6]


async def test_a_job_that_is_left_without_a_commit_keeps_nothing() -> None:
    """As every unit of work."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        await unit.outbox.add(an_event(home.id))
        await unit.commit()
    async with store.system() as system:
        await system.of(OutboxEvent).delete_where(lambda row: row.attempts == 0)
    async with store.reading(home.id) as reading:
        assert await reading.outbox.count() == 1


@pytest.mark.parametrize("entity", [Organization, User, AuditRecord, Folder, Document])
async def test_a_job_does_not_write_what_needs_the_lock(entity: type[Organization]) -> None:
    """What is audited, counted, guarded or append-only is read across organizations and not written."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    async with store.system() as system:
        repository = system.of(entity)
        assert await repository.count() == (1 if entity in {Organization, User, AuditRecord} else 0)
        with pytest.raises(QueryRefused):
            await repository.delete_where(lambda row: row.created_at == home.created_at)
        with pytest.raises(UnitOfWorkFailed):
            await system.commit()


async def test_a_job_may_write_what_is_bound_by_nothing() -> None:
    """An entity with references alone is free."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    async with store.system() as system:
        assert await system.of(Stamp).delete_where(lambda row: row.created_at == home.created_at) == 0
        await system.commit()
