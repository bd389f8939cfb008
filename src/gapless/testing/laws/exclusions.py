"""Law 11, exclusions: no two rows that agree overlap; this is checked at the write, with the unique rules."""

import asyncio
from datetime import datetime, timedelta
from itertools import permutations
from uuid import UUID

import attrs
import pytest

from gapless.kit import Check, Exclusion, model_of
from gapless.kit.assignments import assign
from gapless.kit.errors import ConcurrencyConflict, RuleViolated
from gapless.kit.ids import RootId
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.bookings import Booking, BookingId
from gapless.testing.laws.parts import Bookings, Team, rule_of
from gapless.testing.laws.rows import NOW, fresh_id

ROOM, SEATS = (rule.name for rule in model_of(Booking).of_kind(Exclusion))


def at(hour: int | None) -> datetime | None:
    """The time so many hours from now; None for None."""
    return None if hour is None else NOW + timedelta(hours=hour)


Hours = tuple[int | None, int | None]
APART: tuple[tuple[Hours, Hours], ...] = (
    ((1, 3), (3, 5)),  # a range that begins where another ends
    ((1, 3), (4, 5)),
    ((1, 3), (1, 1)),  # an empty range: at the start of another, inside of it, and twice
    ((1, 3), (2, 2)),
    ((2, 2), (2, 2)),
    ((None, None), (2, 2)),
    ((None, 3), (3, None)),
    ((None, 3), (3, 4)),
)
OVERLAPPING: tuple[tuple[Hours, Hours], ...] = (
    ((1, 3), (2, 4)),
    ((1, 3), (1, 3)),
    ((1, 9), (2, 3)),
    ((1, 3), (1, 2)),
    ((1, 3), (2, 3)),
    ((None, 3), (2, 4)),
    ((None, 3), (None, 1)),
    ((1, None), (2, 3)),
    ((1, None), (9, None)),
    ((None, None), (1, 2)),
    ((None, None), (None, None)),
)


def booked(bookings: Bookings, organization_id: RootId, hours: Hours, **values: object) -> Booking:
    """A booking of one room; all these bookings are of the same room."""
    return bookings.a_booking(organization_id, **{"starts_at": at(hours[0]), "ends_at": at(hours[1]), **values})


async def refused(bookings: Bookings, unit: UnitOfWork, *rows: Booking) -> str:
    """The rule that refuses these bookings when they are added in one statement."""
    with pytest.raises(RuleViolated) as caught:
        await unit.of(bookings.booking).add_all(rows)
    return caught.value.rule


async def moved(bookings: Bookings, unit: UnitOfWork, room: str) -> str:
    """The rule that refuses a write which moves all bookings into one room; "" if no rule does."""
    try:
        await unit.of(bookings.booking).update_where(
            lambda row: row.version >= 0, lambda row: (assign(row.room, room),)
        )
    except RuleViolated as error:
        return error.rule
    return ""


async def test_ranges_that_do_not_overlap_stand_side_by_side(store: Store, team: Team, bookings: Bookings) -> None:
    """Ranges are half open, so a range may begin where another ends, and an empty range may be anywhere."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        for number, (first, second) in enumerate(each for pair in APART for each in permutations(pair)):
            await unit.of(bookings.booking).add(booked(bookings, organization.id, first, room=f"{number}"))
            await unit.of(bookings.booking).add(booked(bookings, organization.id, second, room=f"{number}"))
        await unit.commit()


async def test_ranges_that_overlap_exclude_each_other(store: Store, team: Team, bookings: Bookings) -> None:
    """The second of two overlapping rows is refused: in the same statement, in the same unit, and in a later unit."""
    organization = await team.created(store)
    for first, second in (each for pair in OVERLAPPING for each in permutations(pair)):
        here, later = booked(bookings, organization.id, first), booked(bookings, organization.id, second)
        async with store.unit(organization.id) as unit:
            assert await refused(bookings, unit, here, later) == ROOM
        async with store.unit(organization.id) as unit:
            kept = await unit.of(bookings.booking).add(here)
            await unit.commit()
        async with store.unit(organization.id) as unit:
            assert await refused(bookings, unit, later) == ROOM
        async with store.unit(organization.id) as unit:
            await unit.of(bookings.booking).remove(kept)
            await unit.of(bookings.booking).add(later)
            assert await refused(bookings, unit, here) == ROOM
        async with store.unit(organization.id) as unit:
            await unit.of(bookings.booking).remove(kept)
            await unit.commit()


async def test_only_rows_that_agree_exclude_each_other(store: Store, team: Team, bookings: Bookings) -> None:
    """Rows exclude each other only in the same room and root, and only if the condition is true for both."""
    home, other = await team.created(store), await team.created(store)
    hours: Hours = (1, 3)
    async with store.unit(home.id) as unit:
        await unit.of(bookings.booking).add_all(
            [
                booked(bookings, home.id, hours),
                booked(bookings, home.id, hours, room="Blue "),
                booked(bookings, home.id, hours, room="blue"),
                booked(bookings, home.id, hours, room=None),
                booked(bookings, home.id, hours, room=None),
                booked(bookings, home.id, hours, is_cancelled=True),
                booked(bookings, home.id, hours, is_cancelled=True),
            ]
        )
        await unit.commit()
    async with store.unit(other.id) as unit:
        await unit.of(bookings.booking).add(booked(bookings, other.id, hours))
        await unit.commit()


async def test_a_range_is_handed_on(store: Store, team: Team, bookings: Bookings) -> None:
    """A range is free as soon as its row has another range, is cancelled or is gone, and can then be taken again."""
    organization = await team.created(store)
    home = organization.id
    async with store.unit(home) as unit:
        rows = unit.of(bookings.booking)
        first = await rows.add(booked(bookings, home, (1, 3)))
        first = await rows.save(attrs.evolve(first, starts_at=at(2)))  # its own old range does not exclude it
        second = await rows.add(booked(bookings, home, (1, 2)))
        cancelled = await rows.save(attrs.evolve(first, is_cancelled=True))
        third = await rows.add(booked(bookings, home, (2, 5)))
        await rows.remove(third)
        back = await rows.save(attrs.evolve(cancelled, is_cancelled=False))
        await unit.commit()
    for row in (attrs.evolve(second, ends_at=at(3)), attrs.evolve(back, starts_at=None)):
        async with store.unit(home) as unit:
            with pytest.raises(RuleViolated, match=ROOM):
                await unit.of(bookings.booking).save(row)


async def test_ranges_are_not_exchanged_row_by_row(store: Store, team: Team, bookings: Bookings) -> None:
    """Two rows can't exchange their ranges by two saves: the first save takes a range that is not free."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        one, other = await unit.of(bookings.booking).add_all(
            [booked(bookings, organization.id, (1, 3)), booked(bookings, organization.id, (3, 5))]
        )
        with pytest.raises(RuleViolated, match=ROOM):
            await unit.of(bookings.booking).save(attrs.evolve(one, starts_at=other.starts_at, ends_at=other.ends_at))


async def test_a_set_based_write_moves_ranges_together(store: Store, team: Team, bookings: Bookings) -> None:
    """A write that brings several rows into one room is refused if they overlap there, and kept if they don't."""
    organization = await team.created(store)
    home = organization.id
    for hours, rule in (((1, 3), ROOM), ((None, None), ROOM), ((3, 5), ""), ((2, 2), "")):
        async with store.unit(home) as unit:
            await unit.of(bookings.booking).add_all(
                [booked(bookings, home, (1, 3), room="one"), booked(bookings, home, hours, room="two")]
            )
            assert await moved(bookings, unit, "three") == rule


async def test_ranges_are_checked_after_the_row_in_their_order(store: Store, team: Team, bookings: Bookings) -> None:
    """Checks come first, then uniques and exclusions, then references; of two broken exclusions the first is named."""
    organization = await team.created(store)
    desk, taken = fresh_id(), booked(bookings, organization.id, (1, 3))
    seated = attrs.evolve(taken, desk_id=desk, first_seat=1, next_seat=4)
    backwards = attrs.evolve(seated, id=BookingId(fresh_id()))
    object.__setattr__(backwards, "ends_at", at(0))
    async with store.unit(organization.id) as unit:
        await unit.of(bookings.booking).add(seated)
        await unit.commit()
    cases = (
        (backwards, rule_of(bookings.booking, Check, "ends_at")),
        (attrs.evolve(seated, id=BookingId(fresh_id())), ROOM),
        (attrs.evolve(seated, id=BookingId(fresh_id()), room="Red"), SEATS),
        (attrs.evolve(seated, id=BookingId(fresh_id()), room="Red", first_seat=3, next_seat=None), SEATS),
    )
    for row, rule in cases:
        async with store.unit(organization.id) as unit:
            assert await refused(bookings, unit, row) == rule
    async with store.unit(organization.id) as unit:
        await unit.of(bookings.booking).add(
            attrs.evolve(seated, id=BookingId(fresh_id()), room="Red", first_seat=4, next_seat=None)
        )
        await unit.commit()


async def test_units_of_two_organizations_do_not_take_one_range(store: Store, team: Team, bookings: Bookings) -> None:
    """If two roots take overlapping seats at the same time, one gets them, and the other is refused."""
    homes = [await team.created(store) for _ in range(2)]
    for _ in range(3):
        desk = fresh_id()
        sitting = [sit(store, bookings, home.id, desk, first) for first, home in enumerate(homes)]
        results = await asyncio.gather(*sitting, return_exceptions=True)
        (refusal,) = (result for result in results if result is not None)
        assert isinstance(refusal, (RuleViolated, ConcurrencyConflict))
        kept = []
        for home in homes:
            async with store.reading(home.id) as reading:
                kept += [row for row in await reading.of(bookings.booking).find() if row.desk_id == desk]
        assert len(kept) == 1


async def sit(store: Store, bookings: Bookings, home: RootId, desk: UUID, first: int) -> None:
    """Takes two seats at a desk, in a unit of its own."""
    async with store.unit(home) as unit:
        await unit.of(bookings.booking).add(
            bookings.a_booking(home, room=None, desk_id=desk, first_seat=first, next_seat=first + 2)
        )
        await asyncio.sleep(0)
        await unit.commit()


async def test_seats_of_another_organization_are_taken(store: Store, team: Team, bookings: Bookings) -> None:
    """An exclusion without the root among its fields holds for the rows of all roots together."""
    home, other = await team.created(store), await team.created(store)
    desk = fresh_id()
    async with store.unit(home.id) as unit:
        await unit.of(bookings.booking).add(bookings.a_booking(home.id, desk_id=desk, first_seat=1, next_seat=4))
        await unit.commit()
    async with store.unit(other.id) as unit:
        assert (
            await refused(bookings, unit, bookings.a_booking(other.id, desk_id=desk, first_seat=0, next_seat=2))
            == SEATS
        )
    async with store.unit(other.id) as unit:
        await unit.of(bookings.booking).add(bookings.a_booking(other.id, desk_id=desk, first_seat=0, next_seat=1))
        await unit.commit()
