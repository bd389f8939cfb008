"""Rows that are there and break a rule that a revision brings: told by rule and keys, and nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import attrs
import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless import postgres
from gapless.adapters.postgres.revisions import changes
from gapless.kit.errors import RevisionFailed
from gapless.postgres import Decisions
from tests.integration.postgres.inspection import describe
from tests.integration.postgres.revisions.packages import Package, decisions_between
from tests.integration.postgres.revisions.test_any_difference import NOON, add_visit, fill
from tests.integration.postgres.revisions.wards import Form, catalogue_of
from tests.properties import Portal

Spoil = Callable[[AsyncConnection, Form], Awaitable[None]]
BEFORE = Form(longest=None, note="nullable", rooms="before")
UNLINKED = attrs.evolve(BEFORE, linked=False)


async def long_label(connection: AsyncConnection, form: Form) -> None:
    """One visit has a label that is too long."""
    await add_visit(connection, form, 1, 7, **{form.label: "x" * 41})


async def same_label(connection: AsyncConnection, form: Form) -> None:
    """Two visits have one label."""
    await add_visit(connection, form, 1, 7, **{form.label: "visit 0"})


async def overlapping(connection: AsyncConnection, form: Form) -> None:
    """Two visits overlap."""
    await add_visit(connection, form, 1, 7, starts=NOON + timedelta(minutes=10), ends=NOON + timedelta(minutes=20))


async def nobodys_room(connection: AsyncConnection, form: Form) -> None:
    """A visit is in a room that is not there."""
    await add_visit(connection, form, 1, 7, room=99)


async def others_room(connection: AsyncConnection, form: Form) -> None:
    """A visit is in a room of another ward."""
    await add_visit(connection, form, 1, 7, room=2)


async def no_note(connection: AsyncConnection, form: Form) -> None:
    """A visit has no note."""
    await add_visit(connection, form, 1, 7, note=None)


async def third_visit(connection: AsyncConnection, form: Form) -> None:
    """A ward has more visits than the limit."""
    for number in (7, 8):
        await add_visit(connection, form, 1, number)


async def no_visit(connection: AsyncConnection, _: Form) -> None:
    """An open ward has no visit."""
    await connection.exec_driver_sql("INSERT INTO wards VALUES (3, 1000, true, 1)")


async def ugly_mood(connection: AsyncConnection, form: Form) -> None:
    """A visit has a mood that there is no more."""
    await add_visit(connection, form, 1, 7, mood="ugly")


def rule(change: Form, spoil: Spoil, *told: str, before: Form = BEFORE) -> object:
    """A form that brings a rule, what breaks it, and what is told."""
    return pytest.param(before, change, spoil, told, id=spoil.__name__)


RULES = [
    rule(attrs.evolve(BEFORE, longest=40), long_label, "visits_label_length by 1 of visits, with the keys (1,"),
    rule(attrs.evolve(BEFORE, unique="label"), same_label, "visits_unique by 2 of visits, with the keys (1,"),
    rule(attrs.evolve(BEFORE, apart=True), overlapping, "visits_apart by 2 of visits, with the keys (1,"),
    rule(attrs.evolve(BEFORE, most=3), third_visit, "visits_most by 1 of wards, with the keys (1)"),
    rule(attrs.evolve(BEFORE, one=True), no_visit, "visits_good by 1 of wards, with the keys (3)"),
    rule(BEFORE, nobodys_room, "visits_room_fkey by 1 of visits, with the keys (1,", before=UNLINKED),
    rule(
        attrs.evolve(BEFORE, by_id=True),
        others_room,
        "visits_room_fkey by 1 of visits, with the keys (1,",
        before=attrs.evolve(UNLINKED, by_id=True),
    ),
    rule(attrs.evolve(BEFORE, note="required"), no_note, "visits_note_required by 3 of visits, with the keys (1,"),
    rule(
        attrs.evolve(BEFORE, visits="appointments", label="order", longest=40, note="required", big=True),
        long_label,
        "visits_label_length by 1 of appointments, with the keys (1,",
        "appointments_note_required by 3 of appointments, with the keys (1,",
    ),
    rule(
        BEFORE,
        ugly_mood,
        "visits_mood_known by 1 of visits, with the keys (1,",
        before=attrs.evolve(BEFORE, moods=True),
    ),
]


async def law(
    engine: AsyncEngine, package: Package, before: Form, now: Form, spoil: Spoil, told: tuple[str, ...]
) -> None:
    """The upgrade is refused and told; nothing has changed; once the rows are mended it goes on."""
    schema = f"{package.name}_old"
    package.write(catalogue_of(before))
    await postgres.migrate(engine, revisions=package.chain(catalogue_of(before)), schema=schema)
    async with engine.begin() as connection:
        await fill(connection, schema, before)
        await spoil(connection, before)
        was = await describe(connection, schema)
    decisions = attrs.evolve(decisions_between(before, now), fills={})
    package.write(catalogue_of(now), decisions)
    chain = package.chain(catalogue_of(now))
    with pytest.raises(RevisionFailed) as caught:
        await postgres.migrate(engine, revisions=chain, schema=schema)
    said = caught.value.message
    assert re.match("ward_0002.sql fails in line [35]: rows break rules that this revision brings: ", said), said
    assert all(part in said for part in told), said
    assert "visit 0" not in said
    async with engine.begin() as connection:
        assert await describe(connection, schema) == was
        await connection.exec_driver_sql(
            f"DELETE FROM {schema}.{before.visits} WHERE id >= '{UUID(int=107)}' AND ward = 1"  # noqa: S608  # names of the test
        )
        await connection.exec_driver_sql(f"DELETE FROM {schema}.wards WHERE id = 3")  # noqa: S608  # names of the test
        await connection.exec_driver_sql(f"UPDATE {schema}.{before.visits} SET note = 'n'")  # noqa: S608  # names of the test
    await postgres.migrate(engine, revisions=chain, schema=schema)
    assert await postgres.differences(engine, revisions=chain, schema=schema) == ()


@pytest.mark.parametrize(("before", "now", "spoil", "told"), RULES)
def test_rows_are_told_and_nothing_is_changed(
    portal: Portal,
    engine_of_wards: AsyncEngine,
    package: Package,
    before: Form,
    now: Form,
    spoil: Spoil,
    told: tuple[str, ...],
) -> None:
    """Of each kind of rule the rows that break it stop the upgrade by rule and keys, before anything is changed."""
    portal(law(engine_of_wards, package, before, now, spoil, told))


@pytest.mark.parametrize(
    ("now", "spoil"), [(attrs.evolve(BEFORE, most=3), third_visit), (attrs.evolve(BEFORE, one=True), no_visit)]
)
def test_a_rule_of_which_nobody_asks_is_found(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, now: Form, spoil: Spoil
) -> None:
    """Planted: if rows are not asked, a rule that triggers enforce comes to rows that break it, and the law says so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "_asked", lambda *_: ())
        with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
            portal(law(engine_of_wards, package, BEFORE, now, spoil, ()))


async def one_more(engine: AsyncEngine, schema: str, form: Form) -> None:
    """A ward gets one more visit."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql(f"SET LOCAL search_path = {schema}")
        await add_visit(connection, form, 1, 9)


def test_limits_may_be_lower_than_what_is_there(portal: Portal, engine_of_wards: AsyncEngine, package: Package) -> None:
    """If its author says so, a limit comes to rows that are over it, which may become fewer and not more."""

    async def over() -> None:
        now, schema = attrs.evolve(BEFORE, most=3), package.name
        package.write(catalogue_of(BEFORE))
        await postgres.migrate(engine_of_wards, revisions=package.chain(catalogue_of(BEFORE)), schema=schema)
        async with engine_of_wards.begin() as connection:
            await fill(connection, schema, BEFORE)
            await third_visit(connection, BEFORE)
        package.write(catalogue_of(now), Decisions(tolerated={"visits_most"}))
        chain = package.chain(catalogue_of(now))
        await postgres.migrate(engine_of_wards, revisions=chain, schema=schema)
        assert await postgres.differences(engine_of_wards, revisions=chain, schema=schema) == ()
        with pytest.raises(IntegrityError, match="visits_most"):
            await one_more(engine_of_wards, schema, now)

    portal(over())
