"""A store that is closed: nothing begins any more, and what is open goes on. These laws close the store they get."""

import asyncio

import pytest

from gapless.domain.users import User
from gapless.kit.errors import StoreUnavailable
from gapless.kit.ports import Store
from gapless.kit.rights import Uses
from gapless.testing.laws.openings import OF_ONE, Opening
from gapless.testing.voice.hosted import Folder
from gapless.testing.voice.rows import NOW, a_folder, a_user, an_entry, assert_waits, founded

OPENINGS: dict[str, Opening] = {**OF_ONE, "across": lambda store, _: store.across()}
every_opening = pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS.keys())


@every_opening
async def test_closed_store_opens_nothing(store: Store, opening: Opening) -> None:
    """Whoever opens something on a closed store, or asks it, gets StoreUnavailable; closing it twice is no error."""
    home = (await founded(store)).id
    await store.aclose()
    await store.aclose()
    with pytest.raises(StoreUnavailable):
        async with opening(store, home):
            pytest.fail("it was opened")
    for asked in (store.require_rights(Uses(Folder, adds=True)), store.require_not_ahead(NOW)):
        with pytest.raises(StoreUnavailable):
            await asked


@every_opening
async def test_what_was_made_before_does_not_open(store: Store, opening: Opening) -> None:
    """A unit or a reading that was made before the store was closed can't be entered afterwards."""
    early = opening(store, (await founded(store)).id)
    await store.aclose()
    with pytest.raises(StoreUnavailable):
        async with early:
            pytest.fail("it was opened")


async def test_what_is_open_goes_on(store: Store) -> None:
    """A unit that is open when the store is closed writes and commits, and a reading beside it sees that."""
    home = (await founded(store)).id
    async with store.reading(home) as reading, store.reading(home, snapshot=True) as snapshot:
        assert await snapshot.of(Folder).count() == 0
        async with store.across() as across, store.unit(home) as unit:
            await unit.of(User).add(a_user(home), an_entry(home))
            await store.aclose()
            await unit.of(Folder).add(a_folder(home))
            await unit.commit()
            assert await across.of(Folder).count(lambda row: row.organization_id == home) == 1
            await across.commit()
        assert (await reading.of(User).count(), await reading.of(Folder).count()) == (2, 1)
        assert (await snapshot.of(User).count(), await snapshot.of(Folder).count()) == (1, 0)


async def test_who_waits_for_the_lock_goes_on(store: Store) -> None:
    """A unit that waits for the lock when the store is closed has begun already: it gets the lock, and commits."""
    home = (await founded(store)).id

    async def wait_and_write() -> int:
        async with store.unit(home) as unit:
            await unit.of(Folder).add(a_folder(home))
            count = await unit.of(Folder).count()
            await unit.commit()
        return count

    async with store.unit(home) as unit:
        await unit.of(Folder).add(a_folder(home))
        waiting = asyncio.create_task(wait_and_write())
        await assert_waits(waiting)
        await store.aclose()
        await unit.commit()
    assert await waiting == 2
