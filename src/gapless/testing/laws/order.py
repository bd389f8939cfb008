"""Law 6: `find` has a stated order, the same in every store, and gives the page after a row."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import attrs
import pytest
from hypothesis import strategies as st

from gapless.kit import all_of, descending, negate
from gapless.kit.characters import trimmed
from gapless.kit.errors import QueryRefused
from gapless.kit.ids import UserId
from gapless.kit.ports import Store
from gapless.testing.laws.examples import every_example
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Team
from gapless.testing.laws.rows import IDS, NOW, an_audit_record, an_event, fresh_id

# Letters that locales, and UTF-16, sort in another order than their code points.
LETTERS = "aBbÄäzZ \u0301é\uffff\U0001f600_-1"
COLUMNS: dict[str, Callable[[Member], object]] = {
    "name": lambda user: user.name,
    "last_seen_at": lambda user: user.last_seen_at,
    "deactivation_reason": lambda user: user.deactivation_reason,
    "deleted_by": lambda user: user.deleted_by,
    "version": lambda user: user.version,
    "id": lambda user: user.id,
}

times = st.sampled_from([NOW + timedelta(microseconds=n) for n in range(3)])
rows = st.fixed_dictionaries(
    {
        "name": st.text(LETTERS, min_size=2, max_size=4).filter(trimmed),
        "last_seen_at": st.none() | times,
        "deactivation_reason": st.none() | st.text(LETTERS, max_size=3),
        "deleted_by": st.none() | st.sampled_from([UserId(UUID(int=n << 64)) for n in (1, 2, 2**63 - 1)]),
    }
)
orders = st.lists(
    st.tuples(st.sampled_from(sorted(COLUMNS)), st.booleans()), max_size=4, unique_by=lambda part: part[0]
)


@attrs.frozen
class OrderedQuery:
    """The rows that there are, the order in which they are found, and the length of a page."""

    rows: list[dict[str, object]]
    parts: list[tuple[str, bool]]
    page: int


def asked(parts: list[tuple[str, bool]]) -> Callable[[Member], object]:
    """The order as a caller writes it."""
    return lambda user: tuple(descending(COLUMNS[name](user)) if down else COLUMNS[name](user) for name, down in parts)


def expected(users: list[Member], parts: list[tuple[str, bool]]) -> list[Member]:
    """The rows in that order, worked out without the library."""
    found = sorted(users, key=lambda user: user.id)
    for name, down in reversed(parts):
        present = [user for user in found if getattr(user, name) is not None]
        present.sort(key=lambda user: getattr(user, name), reverse=down)
        found = present + [user for user in found if getattr(user, name) is None]
    return found


async def test_order_and_pages(store: Store, team: Team) -> None:
    """Rows are ordered by value, texts by code point, nulls last, ties by id; the pages have each row exactly once."""

    async def walk(asked_for: OrderedQuery) -> None:
        organization = await team.created(store)
        users = [team.a_member(organization.id, version=1, **values) for values in asked_for.rows]
        async with store.unit(organization.id) as unit:
            await unit.of(team.member).delete_where(
                lambda row: row.role == team.role.OWNER, an_audit_record(organization.id)
            )
            await unit.of(team.member).add_all(users, an_audit_record(organization.id))
            order = asked(asked_for.parts) if asked_for.parts else None
            found = await unit.of(team.member).find(order=order)
            assert list(found) == expected(users, asked_for.parts)
            paged: list[Member] = []
            while batch := await unit.of(team.member).find(
                order=order, after=paged[-1] if paged else None, limit=asked_for.page
            ):
                assert len(batch) <= asked_for.page
                paged.extend(batch)
            assert paged == list(found)

    await every_example(40, st.builds(OrderedQuery, st.lists(rows, max_size=9), orders, st.integers(1, 4)), walk)


async def test_pages_go_on_when_rows_come_and_go(store: Store, team: Team) -> None:
    """A page goes on after the last row of the page before, even if that row is gone and others came before it."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        audit = an_audit_record(organization.id)
        users = await unit.of(team.member).add_all(
            [team.a_member(organization.id, name=f"name {n}") for n in range(4)], audit
        )
        first = await unit.of(team.member).find(order=lambda user: user.name, limit=3)
        await unit.of(team.member).remove(first[-1], audit)
        await unit.of(team.member).add(team.a_member(organization.id, name="Aaron"), audit)
        rest = await unit.of(team.member).find(order=lambda user: user.name, after=first[-1])
        assert rest == (users[2], users[3])


async def test_condition_and_page_together(store: Store, team: Team) -> None:
    """A page holds only rows of its condition, and a limit greater than their number gives all of them."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        drawn = [
            team.a_member(organization.id, is_active=n % 2 == 0, name="same", email=f"z{n}@acme.org") for n in range(6)
        ]
        added = await unit.of(team.member).add_all(drawn, an_audit_record(organization.id))
        inactive = await unit.of(team.member).find(lambda user: negate(user.is_active), after=added[1], limit=100)
        assert [user.id for user in inactive] == sorted(user.id for user in added[3::2])
        await unit.commit()
    async with store.reading(organization.id) as reading:
        page = await reading.of(team.member).find(order=lambda user: descending(user.email), after=added[4], limit=2)
    assert page == (added[3], added[2])


async def test_order_over_all_organizations(store: Store, team: Team) -> None:
    """In system scope ties are broken by id, and then by root."""
    homes = sorted([(await team.created(store)).id for _ in range(3)])
    ids, kind = [IDS.new(), IDS.new()], f"law {fresh_id()}"
    for home in reversed(homes):
        async with store.unit(home) as unit:
            await unit.outbox.add_all([an_event(home, id=event_id, kind=kind) for event_id in reversed(ids)])
            await unit.commit()
    async with store.system() as system:
        from_all = system.of(type(an_event(homes[0])))
        found = await from_all.find(lambda event: event.kind == kind, order=lambda event: event.due_at)
        last = await from_all.find(lambda event: event.kind == kind, order=lambda event: event.due_at, after=found[3])
        down = await from_all.find(lambda event: event.kind == kind, order=lambda event: descending(event.id), limit=4)
    assert [(event.id, event.root_id) for event in found] == [(event_id, home) for event_id in ids for home in homes]
    assert last == found[4:]
    assert down == (*found[3:], found[0])


async def test_what_can_be_read_is_what_is_found(store: Store, team: Team) -> None:
    """If every row can be read, `find_readable` finds what `find` finds in every kind of unit."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        users = [team.a_member(organization.id, name=f"name {n}", is_active=n % 2 == 0) for n in range(6)]
        users[2] = attrs.evolve(users[2], is_deleted=True, deleted_at=NOW)
        await unit.of(team.member).add_all(users, an_audit_record(organization.id))
        await unit.commit()

    def ours(user: Member) -> bool:
        return all_of(user.organization_id == organization.id, negate(user.role == team.role.OWNER))

    async with store.unit(organization.id) as unit, store.reading(organization.id) as reading, store.system() as system:
        for listed in (unit.of(team.member), reading.of(team.member), system.of(team.member)):
            everything = await listed.find_readable(ours, include_deleted=True)
            assert everything.rows == await listed.find(ours, include_deleted=True)
            assert len(everything.rows) == len(users)
            asked = partial(listed.find_readable, ours, order=lambda user: descending(user.name))
            page = await asked(limit=2)
            assert [user.name for user in page.rows] == ["name 5", "name 4"]
            rest = await asked(after=page.rows[-1])
            assert [user.name for user in rest.rows] == ["name 3", "name 1", "name 0"]
            assert (page.left_out, rest.left_out, everything.left_out) == ((), (), ())


async def test_what_has_no_order_is_refused(store: Store, team: Team) -> None:
    """An order by a boolean, an enumeration, something that is not a field, or another row is refused."""
    organization = await team.created(store)
    async with store.reading(organization.id) as reading:
        for order in (lambda user: user.role, lambda user: user.is_active, lambda _: "name", lambda _: None):
            with pytest.raises(QueryRefused):
                await reading.of(team.member).find(order=order)
        with pytest.raises(QueryRefused):
            await reading.of(team.member).find(after=organization)  # type: ignore[arg-type]  # callers make such mistakes


async def test_after_needs_no_row_of_the_store(store: Store, team: Team) -> None:
    """A page may begin after a row that was never stored, because only its values count."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        added = await unit.of(team.member).add_all(
            [team.a_member(organization.id, name=name, role=team.role.ADMIN) for name in ("bb", "dd")],
            an_audit_record(organization.id),
        )
        between = attrs.evolve(team.a_member(organization.id, name="cc"), email="nobody@acme.org")
        found = await unit.of(team.member).find(
            lambda user: user.role == team.role.ADMIN, order=lambda user: user.name, after=between
        )
        assert found == (added[1],)
