"""A closed store: nothing new can begin, and what is open goes on. These laws close the store that they get."""

from contextlib import AsyncExitStack

import pytest

from gapless.kit.errors import StoreUnavailable
from gapless.kit.ports import Store
from gapless.kit.rights import Uses
from gapless.testing.laws.openings import OF_ONE, Opening
from gapless.testing.laws.parts import Plain, Team
from gapless.testing.laws.rows import NOW, an_audit_record, assert_waits, started

OPENINGS: dict[str, Opening] = {**OF_ONE, "system": lambda store, _: store.system()}
every_opening = pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS.keys())


@every_opening
async def test_closed_store_opens_nothing(store: Store, team: Team, plain: Plain, opening: Opening) -> None:
    """Opening anything on a closed store raises StoreUnavailable; closing it a second time is no error."""
    home = (await team.created(store)).id
    await store.aclose()
    await store.aclose()
    with pytest.raises(StoreUnavailable):
        async with opening(store, home):
            pytest.fail("it was opened")
    for asked in (store.require_rights(Uses(plain.row, adds=True)), store.require_not_ahead(NOW)):
        with pytest.raises(StoreUnavailable):
            await asked


@every_opening
async def test_what_was_made_before_does_not_open(store: Store, team: Team, opening: Opening) -> None:
    """A unit or a reading that was made before the close, but not entered, can't be entered afterwards."""
    early = opening(store, (await team.created(store)).id)
    await store.aclose()
    with pytest.raises(StoreUnavailable):
        async with early:
            pytest.fail("it was opened")


async def test_what_is_open_goes_on(store: Store, team: Team, plain: Plain) -> None:
    """A unit that is open when the store is closed writes and commits, and a reading beside it sees that."""
    home = (await team.created(store)).id
    async with store.reading(home) as reading, store.reading(home, snapshot=True) as snapshot:
        assert await snapshot.of(plain.row).count() == 0
        async with store.system() as system, store.unit(home) as unit:
            await unit.of(team.member).add(team.a_member(home), an_audit_record(home))
            await store.aclose()
            await unit.of(plain.row).add(plain.a_row(home))
            await unit.commit()
            assert await system.of(plain.row).count(lambda row: row.organization_id == home) == 1
            await system.commit()
        assert (await reading.of(team.member).count(), await reading.of(plain.row).count()) == (2, 1)
        assert (await snapshot.of(team.member).count(), await snapshot.of(plain.row).count()) == (1, 0)


async def test_who_waits_for_the_lock_goes_on(store: Store, team: Team, plain: Plain) -> None:
    """A unit that waits for the lock when the store is closed has begun already: it gets the lock and commits."""
    home = (await team.created(store)).id

    async def wait_and_write() -> int:
        async with store.unit(home) as unit:
            await unit.of(plain.row).add(plain.a_row(home))
            count = await unit.of(plain.row).count()
            await unit.commit()
        return count

    async with AsyncExitStack() as law:
        async with store.unit(home) as unit:
            await unit.of(plain.row).add(plain.a_row(home))
            waiting = started(law, wait_and_write())
            await assert_waits(waiting)
            await store.aclose()
            await unit.commit()
        assert await waiting == 2
