"""Both stores keep who acts and who deletes, whatever type the ids of users have, and refuse an id of another type."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from typing import cast
from uuid import UUID

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.audit_trail import AuditTrail
from gapless.application.cleanup import Cleanup
from gapless.application.pages import page_of
from gapless.kit import Actor, AuditedEntity, Deletion, RuleViolated, UserKey, assign, deleted, deleting
from gapless.kit.audit import ActorKind, ArchivedAuditRecord, AuditRecord
from gapless.kit.errors import InvalidValue
from gapless.kit.ports import Store
from gapless.testing.laws.rows import a_deletion, an_audit_record
from tests.clinics.places import made_of
from tests.clinics.practices import KINDS, Practices, practices
from tests.stores import STORES, store_of

NUMBERS = count(1)
pytestmark = pytest.mark.asyncio(loop_scope="session")


@attrs.frozen
class Ward:
    """A practice on a store, and two users of it."""

    store: Store
    service: Practices
    id: int

    @property
    def ann(self) -> UserKey:
        """A user who acts here alone."""
        return self.service.kind.user(2 * self.id)

    @property
    def bob(self) -> UserKey:
        """Another one."""
        return self.service.kind.user(2 * self.id + 1)

    @property
    def trail(self) -> AuditTrail:
        """The trail of the store."""
        return AuditTrail(store=self.store, catalogue=self.service.catalogue)

    def visit(self, **values: object) -> AuditedEntity:
        """A visit that nobody has deleted."""
        fields = {"is_deleted": False, "deleted_at": None, "deleted_by": None, "deletion_id": None, "version": 0}
        given = {"practice": self.id, "id": UuidV7Factory().new(), **fields, **values}
        return made_of(self.service.visit, **given)

    def record(self, user: UserKey | None, **values: object) -> AuditRecord:
        """The audit record of what a user did, or a job."""
        if user is None:
            return an_audit_record(self.id, **values)
        return an_audit_record(self.id, actor_kind=ActorKind.USER, user_id=user, job=None, **values)

    async def wrote(self, user: UserKey | None, **values: object) -> AuditRecord:
        """Adds a visit as a user, or as a job; returns its record."""
        record = self.record(user, **values)
        async with self.store.unit(self.id) as unit:
            await unit.of(self.service.visit).add(self.visit(), record)
            await unit.commit()
        return record


@pytest.fixture(scope="module", params=[(name, by) for name in KINDS for by in (False, True)], ids=str)
def service(request: pytest.FixtureRequest) -> Practices:
    """The service of each type of ids, which its catalogue says, or the entity of the users has."""
    name, by_entity = request.param
    return practices(KINDS[name], by_entity=by_entity)


@pytest_asyncio.fixture(scope="module", params=STORES)
async def store(request: pytest.FixtureRequest, engine: AsyncEngine, service: Practices) -> AsyncIterator[Store]:
    """A store of the service; PostgreSQL has the tables in a schema of their own."""
    # Each has a name of its own: the server keeps plans of statements that name a table of other columns.
    schema = f"practices_{next(NUMBERS)}"
    async with store_of(request.param, engine, service.catalogue, schema) as found:
        yield found


async def ward_on(store: Store, service: Practices) -> Ward:
    """A practice without a visit."""
    ward = Ward(store, service, next(NUMBERS))
    fields = {"is_deleted": False, "deleted_at": None, "deleted_by": None, "deletion_id": None, "version": 0}
    row = made_of(service.practice, id=ward.id, **fields)
    async with store.creating(ward.id) as unit:
        await unit.of(service.practice).add(row, an_audit_record(ward.id))
        await unit.commit()
    return ward


@pytest_asyncio.fixture
async def ward(store: Store, service: Practices) -> Ward:
    """A practice without a visit."""
    return await ward_on(store, service)


async def keeps_who_acted(ward: Ward) -> None:
    """The law: the trail says who did what, and lists what one user did."""
    mine = await ward.wrote(ward.ann)
    other = await ward.wrote(ward.bob)
    found = (await ward.trail.of_user(ward.id, ward.ann)).items
    assert [(record.id, record.user_id, type(record.user_id)) for record in found] == [
        (mine.id, ward.ann, type(ward.ann))
    ]
    assert [record.id for record in (await ward.trail.of_user(ward.id, ward.bob)).items] == [other.id]
    async with ward.store.reading(ward.id) as reading:
        kept = {record.id: record.user_id for record in await reading.audit_trail.find()}
    assert (kept[mine.id], kept[other.id]) == (ward.ann, ward.bob)
    assert list(kept.values()).count(None) == 1


async def test_the_trail_says_who_acted(ward: Ward) -> None:
    """A record is read with the user whom it named, of the type that he was named by, and found by him."""
    await keeps_who_acted(ward)


@pytest.mark.parametrize(("said", "kept"), [("number", "text"), ("text", "uuid"), ("uuid", "number")])
async def test_a_store_with_other_ids_is_seen(said: str, kept: str) -> None:
    """Planted: a store whose trail has ids of another type than the service breaks that law."""
    other = practices(KINDS[kept])
    ward = await ward_on(MemoryStore(other.catalogue), attrs.evolve(other, kind=KINDS[said]))
    with pytest.raises(RuleViolated):
        await keeps_who_acted(ward)


async def test_an_id_of_another_type_is_refused(ward: Ward) -> None:
    """A record, a deletion and a listing of a user who can be none say what is expected, and nothing is kept."""
    kind = ward.service.kind
    with pytest.raises(RuleViolated, match=kind.expected) as caught:
        await ward.wrote(kind.wrong)
    assert (caught.value.rule, caught.value.fields) == ("audit_logs_user_id_storable", ("user_id",))
    with pytest.raises(InvalidValue, match=kind.expected) as refused:
        await ward.trail.of_user(ward.id, kind.wrong)
    assert refused.value.fields == ("user_id",)
    with pytest.raises(InvalidValue):
        await ward.trail.of_user(ward.id, cast(UserKey, None))
    with pytest.raises(RuleViolated, match=kind.expected) as marked:
        deleted(ward.visit(), attrs.evolve(a_deletion(), by=kind.wrong))  # type: ignore[type-var]  # fields of a kind
    assert marked.value.fields == ("deleted_by",)
    async with ward.store.unit(ward.id) as unit:
        with pytest.raises(RuleViolated, match="deleted_by"):
            await unit.of(ward.service.visit).update_where(
                lambda _: True,
                lambda row: deleting(row, attrs.evolve(a_deletion(), by=kind.wrong)),  # type: ignore[arg-type]  # as above
                ward.record(None),
            )
    async with ward.store.reading(ward.id) as reading:
        assert await reading.of(ward.service.visit).count(include_deleted=True) == 0
        assert await reading.audit_trail.count() == 1


async def test_a_deleted_row_says_who_deleted_it(ward: Ward) -> None:
    """What one user deletes, alone or in a set, is found by that user, and a cleanup keeps the trail of it."""
    visits = ward.service.visit
    await ward.wrote(ward.bob)
    deletion: Deletion = attrs.evolve(a_deletion(), by=ward.ann)
    async with ward.store.unit(ward.id) as unit:
        (row,) = await unit.of(visits).find()
        alone = deleted(row, deletion)  # type: ignore[type-var]  # fields of a kind
        await unit.of(visits).save(alone, ward.record(ward.ann))
        await unit.of(visits).add(ward.visit(), ward.record(ward.bob))
        gone = await unit.of(visits).update_where(
            lambda _: True,
            lambda each: deleting(each, deletion),  # type: ignore[arg-type]  # as above
            ward.record(ward.ann),
        )
        assert gone == 1
        await unit.commit()

    def by_ann(visit: object) -> bool:
        return cast(bool, visit.deleted_by == ward.ann)  # type: ignore[attr-defined]  # as above

    async with ward.store.reading(ward.id) as reading:
        assert await reading.of(visits).count(by_ann, include_deleted=True) == 2
    cleanup = Cleanup(store=ward.store, clock=SystemClock(), ids=UuidV7Factory(), catalogue=ward.service.catalogue)
    report = await cleanup.purge_expired(timedelta(0))
    assert (report.rows["visits"], report.blocked) == (2, ())
    assert len((await ward.trail.of_user(ward.id, ward.ann)).items) == 2


async def test_a_purged_root_says_who_deleted_it(ward: Ward) -> None:
    """The archive of a root that is gone names the users as its trail did."""
    await ward.wrote(ward.bob)
    async with ward.store.unit(ward.id) as unit:
        rows = unit.of(ward.service.practice)
        deletion = attrs.evolve(a_deletion(), by=ward.ann)
        gone = deleted(await rows.get(ward.id), deletion)  # type: ignore[type-var]  # fields of a kind
        await rows.save(gone, ward.record(ward.ann))
        await unit.commit()
    cleanup = Cleanup(store=ward.store, clock=SystemClock(), ids=UuidV7Factory(), catalogue=ward.service.catalogue)
    assert ward.id in (await cleanup.purge_expired(timedelta(0))).roots
    found = (await ward.trail.of_purged_root(ward.id)).items
    assert [record.user_id for record in found] == [None, ward.ann, ward.bob, None]
    assert {type(record) for record in found} == {ArchivedAuditRecord}


async def test_a_page_goes_on_behind_a_user(ward: Ward) -> None:
    """Records are listed by their user in pages; a cursor of a service with other users is refused."""
    for user in (ward.bob, ward.ann, None, ward.ann):
        await ward.wrote(user)
    found: list[UserKey | None] = []
    after = None
    async with ward.store.reading(ward.id) as reading:
        while True:
            page = await page_of(reading.audit_trail, None, lambda record: record.user_id, after, 2)
            found += [record.user_id for record in page.items]
            if page.next is None:
                break
            after = page.next
    assert found == [ward.ann, ward.ann, ward.bob, None, None]
    other = practices(KINDS["text" if ward.service.kind is not KINDS["text"] else "uuid"])
    there = await ward_on(MemoryStore(other.catalogue), other)
    await there.wrote(there.ann)
    async with there.store.reading(there.id) as reading:
        first = await page_of(reading.audit_trail, None, lambda record: record.user_id, None, 1)
    async with ward.store.reading(ward.id) as reading:
        with pytest.raises(InvalidValue, match="belongs to another catalogue"):
            await page_of(reading.audit_trail, None, lambda record: record.user_id, first.next, 2)


async def test_what_a_person_leaves_is_found_by_the_person(ward: Ward) -> None:
    """A set-based erasure of where a user acted from finds the records of that user alone."""
    await ward.wrote(ward.ann, ip_address="192.0.2.1")
    await ward.wrote(ward.bob, ip_address="192.0.2.2")
    async with ward.store.unit(ward.id) as unit:
        number = await unit.of(AuditRecord).update_where(
            lambda record: record.user_id == ward.ann, lambda record: (assign(record.ip_address, None),)
        )
        await unit.commit()
    assert number == 1
    async with ward.store.reading(ward.id) as reading:
        kept = {record.user_id: record.ip_address for record in await reading.audit_trail.find()}
    assert (kept[ward.ann], kept[ward.bob]) == (None, "192.0.2.2")


async def test_an_actor_is_of_any_type() -> None:
    """An actor is made before anybody knows the catalogue: of an id of each type."""
    assert [Actor.user(kind.user(1)).user_id for kind in KINDS.values()] == [kind.user(1) for kind in KINDS.values()]
    assert Actor.user(UUID(int=1), ip_address="192.0.2.1").job is None
