"""What a unit costs: counted in accesses to what is stored, not in time."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar, cast

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.adapters.memory.state import Committed, View
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from tests.voice.hosted import HOSTED, Document, Folder
from tests.voice.rows import a_document, a_folder, a_user, an_audit_record, an_event, created

pytestmark = pytest.mark.asyncio
K = TypeVar("K")
V = TypeVar("V")


class Work:
    """How many keys were looked up, changed or gone through."""

    done = 0


class Counted(dict[K, V]):
    """A dict that counts the work that is done on it; no way to copy it goes around."""

    def __init__(self, content: dict[K, V], work: Work) -> None:
        super().__init__(content)
        self.work = work

    def __getitem__(self, key: K) -> V:
        self.work.done += 1
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.work.done += 1
        return super().__contains__(key)

    def __setitem__(self, key: K, value: V) -> None:
        self.work.done += 1
        super().__setitem__(key, value)

    def __delitem__(self, key: K) -> None:
        self.work.done += 1
        super().__delitem__(key)

    def get(self, key: K, default: object = None) -> object:  # type: ignore[override]  # its overloads need not be told
        """Counts a look-up."""
        self.work.done += 1
        return super().get(key, cast(V, default))

    def pop(self, key: K, default: object = None) -> object:  # type: ignore[override]  # likewise
        """Counts a removal."""
        self.work.done += 1
        return super().pop(key, cast(V, default))

    def update(self, other: dict[K, V]) -> None:  # type: ignore[override]  # likewise
        """Counts each change."""
        for key, value in other.items():
            self[key] = value

    def _each(self, items: Iterable[V]) -> Iterator[V]:
        for item in items:
            self.work.done += 1
            yield item

    def __iter__(self) -> Iterator[K]:
        return cast("Iterator[K]", self._each(cast("Iterable[V]", super().__iter__())))

    def keys(self) -> Iterator[K]:  # type: ignore[override]  # likewise
        """Counts each key."""
        return iter(self)

    def values(self) -> Iterator[V]:  # type: ignore[override]  # likewise
        """Counts each value."""
        return self._each(super().values())

    def items(self) -> Iterator[tuple[K, V]]:  # type: ignore[override]  # likewise
        """Counts each item."""
        return cast("Iterator[tuple[K, V]]", self._each(cast("Iterable[V]", super().items())))


def count_work(committed: Committed) -> Work:
    """Puts counting dicts where the committed state is kept."""
    work = Work()
    committed.partitions = Counted(
        {
            tenant: Counted({table: Counted(rows, work) for table, rows in partition.items()}, work)
            for tenant, partition in committed.partitions.items()
        },
        work,
    )
    for owner, index in committed.indexes._derived.items():
        nested = {key: Counted(kept, work) if type(kept) is dict else kept for key, kept in index.items()}
        committed.indexes._derived[owner] = Counted(nested, work)
    return work


async def filled(number: int) -> tuple[MemoryStore, Organization]:
    """A store with that many rows of each kind, half of them in another organization."""
    store = MemoryStore(HOSTED)
    quotas = {"team_members_quota": number + 2, "phone_numbers_quota": number + 2}
    homes = [await created(store, **quotas) for _ in range(2)]
    for home in homes:
        folder = a_folder(home.id)
        async with store.unit(home.id) as unit:
            await unit.of(User).add_all([a_user(home.id) for _ in range(number // 2)], an_audit_record(home.id))
            await unit.of(Folder).add(folder)
            await unit.of(Document).add_all([a_document(home.id, folder.id) for _ in range(number // 2)])
            await unit.outbox.add_all([an_event(home.id) for _ in range(number // 2)])
            await unit.commit()
    return store, homes[0]


async def touch(store: MemoryStore, home: Organization) -> None:
    """One unit that does a little of everything that needs no search, while a snapshot and another unit are open."""
    folder = a_folder(home.id)
    async with store.reading(home.id, snapshot=True) as reading, store.creating(home.id) as overlapping:
        await overlapping.outbox.add(an_event(home.id))
        async with store.unit(home.id) as unit:
            user = await unit.of(User).add(a_user(home.id), audit := an_audit_record(home.id), [an_event(home.id)])
            await unit.of(User).save((await unit.of(User).get(user.id)).renamed("Bo"), audit)
            stored = await unit.of(Folder).add(folder)
            document = await unit.of(Document).add(a_document(home.id, folder.id, author_id=user.id))
            await unit.commit()
        async with store.unit(home.id) as unit:
            await unit.of(Document).save(attrs.evolve(document, title="Later"))
            await unit.of(Folder).remove(stored)
            await unit.commit()
        await overlapping.commit()
        await reading.of(Organization).get(home.id)


async def work_of(number: int, act: Callable[[MemoryStore, Organization], object]) -> int:
    """How much work an action is on a store with that many rows."""
    store, home = await filled(number)
    work = count_work(store._database.committed)
    await act(store, home)  # type: ignore[misc]  # an async function
    return work.done


async def test_what_a_unit_costs_does_not_depend_on_what_is_stored() -> None:
    """A unit goes to exactly as many stored keys among 10^2 rows as among 10^4."""
    few, many = [await work_of(number, touch) for number in (100, 10_000)]
    assert 0 < few == many


async def test_find_goes_through_one_entity_of_one_organization() -> None:
    """A search in a unit visits the rows that it may find, and no others."""

    async def search(store: MemoryStore, home: Organization) -> None:
        async with store.unit(home.id) as unit:
            assert await unit.of(Document).find(lambda row: row.title == "none") == ()

    few, many = [await work_of(number, search) for number in (100, 1_000)]
    assert many - few == (1_000 - 100) // 2


@pytest.mark.parametrize("fault", ["copies", "searches"])
async def test_work_that_grows_with_what_is_stored_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The count notices a store that copies its rows, and one that searches for a key."""
    opened, found = View.__init__, View.row

    def copying(view: View, committed: Committed) -> None:
        opened(view, committed)
        _ = [dict(rows) for partition in committed.partitions.values() for rows in partition.values()]

    def searching(view: View, table: str, key: tuple[object, ...]) -> object:
        _ = list(view.rows(table, key[0]))
        return found(view, table, key)

    if fault == "copies":
        monkeypatch.setattr(View, "__init__", copying)
    else:
        monkeypatch.setattr(View, "row", searching)
    few, many = [await work_of(number, touch) for number in (100, 1_000)]
    assert few < many
