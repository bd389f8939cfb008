"""What holds for every listing of every service: its pages hold it, and its cursors are its own."""

import re

import pytest

from gapless.kit.audit import ArchivedAuditRecord, AuditRecord
from gapless.kit.errors import InvalidValue, QueryRefused
from gapless.kit.model import Validated
from tests.use_cases.listings import OVER_ALL, PLACES, every_listing, furnished, listings_of, removed
from tests.use_cases.worlds import World, fails

pytestmark = pytest.mark.asyncio


async def test_pages_hold_the_listing(world: World) -> None:
    """Pages of any size, forwards and back, hold each row of a listing once, and a cursor is safe in a URL."""
    for listing in await every_listing(world.app, world.store, world.app.jobs):
        everything = (await listing.ask(limit=1000)).items
        assert len(everything) >= len(PLACES), f"Add five rows in tests/use_cases/listings.py for {listing.name}."
        for limit in (1, 2, len(everything) - 1, len(everything)):
            pages = [await listing.ask(limit=limit)]
            while (after := pages[-1].next) is not None:
                assert re.fullmatch("[A-Za-z0-9_-]{1,200}", after)
                pages.append(await listing.ask(after=after, limit=limit))
            assert [row for page in pages for row in page.items] == [*everything], listing.name
            assert [len(page.items) for page in pages[:-1]] == [limit] * (len(pages) - 1)
            back = [pages[-1]]
            while (before := back[-1].previous) is not None:
                back.append(await listing.ask(before=before, limit=limit))
            assert [row for page in reversed(back) for row in page.items] == [*everything], listing.name


async def test_a_page_goes_on_behind_a_row_that_is_gone(world: World) -> None:
    """Though the last row of a page is removed for good before the next is asked for, that has the rows behind it."""
    kept = set[type[Validated]]()
    for listing in await every_listing(world.app, world.store, world.app.jobs):
        everything = (await listing.ask(limit=1000)).items
        page = await listing.ask(limit=2)
        if not await removed(world.app.jobs, page.items[-1]):
            kept.add(type(page.items[-1]))
        assert (await listing.ask(after=page.next, limit=2)).items == everything[2:4], listing.name
    assert kept == {AuditRecord, ArchivedAuditRecord}


async def test_a_cursor_is_of_one_listing(world: World) -> None:
    """What one listing gives goes on in no other, and not in the same one of another organization."""
    found = await every_listing(world.app, world.store, world.app.jobs)
    after = {listing.name: (await listing.ask(limit=2)).next for listing in found}
    assert None not in after.values()
    elsewhere = {listing.name: listing for listing in listings_of(world.app, await furnished(world.app, world.store))}
    for listing in found:
        one = after[listing.name]
        both = await fails(lambda: listing.ask(after=one, before=one), QueryRefused)  # noqa: B023  # it runs at once
        assert both.fields == ("after", "before"), listing.name
        for name, cursor in after.items():
            if name != listing.name:
                error = await fails(lambda: listing.ask(after=cursor), InvalidValue)  # noqa: B023  # it runs at once
                assert "cursor" in error.message
                assert error.fields == ("after",)
        if listing.name != OVER_ALL:
            await fails(lambda: elsewhere[listing.name].ask(after=after[listing.name]), InvalidValue)  # noqa: B023


async def test_what_is_no_page_is_refused(world: World) -> None:
    """No listing goes on behind what it did not give, nor gives a page of no size."""
    for listing in listings_of(world.app, await furnished(world.app, world.store)):
        for after in ("", "x", str(world.new_id()), world.new_id(), 1, b"x", world.owner):
            error = await fails(lambda: listing.ask(after=after), InvalidValue)  # noqa: B023  # it runs at once
            assert error.fields == ("after",), listing.name
            error = await fails(lambda: listing.ask(before=after), InvalidValue)  # noqa: B023  # as above
            assert error.fields == ("before",), listing.name
            assert "`previous`" in error.message
        for limit in (0, 1001, True, "1", None):
            refused = await fails(lambda: listing.ask(limit=limit), QueryRefused)  # noqa: B023  # as above
            assert refused.fields == ("limit",), listing.name
