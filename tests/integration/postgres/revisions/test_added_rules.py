"""Rules that one chain adds to the tables of another: they come, change and go with its revisions, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import postgres
from gapless.adapters.postgres import PostgresStore
from gapless.kit import (
    AddedRules,
    AdmissionGuard,
    AtLeastOne,
    AtMost,
    Catalogue,
    Check,
    Entity,
    Exclusion,
    Index,
    OnDelete,
    Reference,
    Revisions,
    Rule,
    Transition,
    Unique,
    adds_rules_to,
    length,
    previous,
    row,
    rules_of,
    supplement,
)
from gapless.kit.errors import DatabaseDiffers, RevisionFailed
from tests.integration.postgres.revisions.packages import Package
from tests.integration.postgres.revisions.test_any_difference import differences_from_nothing
from tests.integration.postgres.revisions.wards import Form, Ward, catalogue_of
from tests.properties import Portal

THEIRS = catalogue_of(Form(rooms="before", linked=False, most=4, guarded=True))
VISITS = THEIRS.by_stored["visits"]
ROOMS = THEIRS.by_stored["rooms"]
OWN_OBJECTS = "SELECT obj_description(oid, 'pg_proc') FROM pg_proc WHERE proname LIKE 'visits%' ORDER BY proname"


class Visit(Protocol):
    """The fields of visits on which rules are added."""

    ward: int
    label: str
    size: int
    starts: datetime
    ends: datetime
    room: int


def added(*names: str, limit: int = 2, longest: int = 9) -> Catalogue:
    """The catalogue of wards with some of these rules added to visits."""

    def rules(given: object) -> Iterator[Rule]:
        visit = cast(Visit, given)
        home = next(rule for rule in VISITS.of_kind(Reference) if rule.name == "visits_ward_fkey")
        every: Mapping[str, Callable[[str], Rule]] = {
            "label_short": lambda name: Check(name, "A label is short.", length(visit.label) <= longest),
            "size_unique": lambda name: Unique(name, "That size is taken.", (visit.ward, visit.size)),
            "idx_visits_at": lambda name: Index(name, "Finds visits by time.", (visit.ward, visit.starts)),
            "never_together": lambda name: Exclusion(
                name, "Somebody is there.", (visit.ward,), start=visit.starts, end=visit.ends
            ),
            "in_a_room": lambda name: Reference(
                name, "The room is there.", (visit.ward, visit.room), ROOMS.entity, OnDelete.SET_NULL
            ),
            "label_kept": lambda name: Transition(name, "A label stays.", visit.label == previous(visit).label),
            "beds_there": lambda name: AdmissionGuard(name, "The ward has no bed.", home, row(Ward).beds > 0),
            "big_ones": lambda name: AtMost(name, "There are enough.", home, of=visit.size > 100, limit=limit),
            "one_small": lambda name: AtLeastOne(
                name, "One is small.", home, of=visit.size < 10, while_parent=row(Ward).is_open
            ),
        }
        yield from (every[name](name) for name in names)

    return THEIRS + cast("AddedRules[Ward]", adds_rules_to(VISITS.entity)(rules))


@attrs.frozen(kw_only=True, slots=True)
class Terms(Entity):
    """How many good visits a ward has, if not two."""

    ward: int
    most: int = 2
    version: int = 0


@rules_of(Terms, "terms", belongs_to=lambda terms: terms.ward, key=("ward",))
def terms_rules(terms: Terms) -> Iterator[Rule]:
    """They are a ward's."""
    yield Reference("terms_ward_fkey", "The ward is there.", terms.ward, Ward, OnDelete.CASCADE)


def limited() -> Catalogue:
    """The catalogue with a limit on visits that stands in the terms of a ward."""

    def rules(_: object) -> Iterator[Rule]:
        home = next(rule for rule in VISITS.of_kind(Reference) if rule.name == "visits_ward_fkey")
        yield AtMost("visits_by_terms", "That is enough.", home, of=True, limit=supplement(Terms).most)

    return THEIRS + terms_rules + adds_rules_to(VISITS.entity)(rules)


ALL = (
    *("label_short", "size_unique", "idx_visits_at", "never_together", "in_a_room"),
    *("label_kept", "beds_there", "big_ones", "one_small"),
)
STEPS = (added("label_short"), added(*ALL), added(*ALL[::2], limit=3, longest=12), added())
"""What the chain declares, one revision after the other."""


@pytest.fixture
def theirs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, package: Package) -> Revisions:
    """The chain whose tables these are; the other one goes beyond it."""
    made = Package(Path(tmp_path_factory.mktemp("theirs")), monkeypatch)
    made.write(THEIRS)
    package.beyond = THEIRS
    return Revisions(package=made.name, catalogue=THEIRS, schema="wards", version_table="base_version")


async def own_objects(engine: AsyncEngine) -> list[object]:
    """What says of the functions of the table's own rules what they were made from."""
    async with engine.connect() as connection:
        return [*(await connection.execute(sa.text(OWN_OBJECTS))).scalars()]


@pytest.mark.parametrize("online", [True, pytest.param(False, marks=pytest.mark.soak)])
def test_added_rules_come_change_and_go(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, theirs: Revisions, *, online: bool
) -> None:
    """Each revision leads to what would be made from nothing, and never touches what the other chain has made."""

    async def law() -> None:
        engine = engine_of_wards
        await postgres.migrate(engine, revisions=theirs)
        before = await own_objects(engine)
        assert len(before) == 2
        for catalogue in STEPS:
            package.write(catalogue, online=online)
            await postgres.migrate(engine, revisions=package.chain(catalogue))
            assert package.write(catalogue) is None
            async with engine.begin() as connection:
                assert await differences_from_nothing(connection, catalogue, "wards") == []
            for chain in (theirs, package.chain(catalogue)):
                assert await postgres.differences(engine, revisions=chain) == ()
            assert await own_objects(engine) == before

    portal(law())


def test_the_other_chain_goes_on(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, theirs: Revisions
) -> None:
    """A revision of the table's own chain that changes its counting rules leaves the added ones as they are."""
    changed = catalogue_of(Form(rooms="before", linked=False, most=3, one=True))

    async def law() -> None:
        engine = engine_of_wards
        await postgres.migrate(engine, revisions=theirs)
        now = added(*ALL)
        package.write(now)
        await postgres.migrate(engine, revisions=package.chain(now))
        async with engine.begin() as connection:
            for statement in postgres.create_statements(changed, "elsewhere_"):
                if "CREATE FUNCTION elsewhere_.visits_" in statement:
                    again = statement.replace("elsewhere_.", "wards.").replace("'elsewhere_.", "'wards.")
                    await connection.exec_driver_sql(again.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
        told = await postgres.differences(engine, revisions=package.chain(now))
        assert told
        assert not any(name in said for said in told for name in ("big_ones", "one_small", "beds_there"))

    portal(law())


def test_rows_that_break_an_added_rule_stop_the_upgrade(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, theirs: Revisions
) -> None:
    """They are told by rule and key before anything is changed."""
    rows = (
        "INSERT INTO wards.wards VALUES (1, 2, true, 1)",
        "INSERT INTO wards.visits SELECT 1, gen_random_uuid(), 'a long label', 5, now(), now(), 'good', null, 1",
    )

    async def law() -> None:
        await postgres.migrate(engine_of_wards, revisions=theirs)
        async with engine_of_wards.begin() as connection:
            for statement in rows:
                await connection.exec_driver_sql(statement)
        package.write(added("label_short"))
        with pytest.raises(RevisionFailed, match="label_short by 1 of visits, with the keys"):
            await postgres.migrate(engine_of_wards, revisions=package.chain(added("label_short")))

    portal(law())


@pytest.mark.parametrize(
    ("name", "dropping"),
    [
        ("idx_visits_at", "DROP INDEX wards.idx_visits_at"),
        ("label_short", "ALTER TABLE wards.visits DROP CONSTRAINT label_short"),
        ("big_ones", "DROP TRIGGER rule_added_big_ones ON wards.visits"),
        ("big_ones", "ALTER TABLE wards.visits DISABLE TRIGGER rule_changed_big_ones"),
        ("beds_there", "DROP TRIGGER rule_added_beds_there ON wards.visits"),
    ],
)
def test_what_is_missing_of_an_added_rule_is_told(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, theirs: Revisions, *, name: str, dropping: str
) -> None:
    """Planted: an object that is gone is a difference by the name of its rule, and no store is opened."""

    async def law() -> None:
        engine, now = engine_of_wards, added(*ALL)
        await postgres.migrate(engine, revisions=theirs)
        package.write(now, online=False)
        await postgres.migrate(engine, revisions=package.chain(now))
        await PostgresStore(engine, now, schema="wards").check()
        async with engine.begin() as connection:
            await connection.exec_driver_sql(dropping)
        with pytest.raises(DatabaseDiffers, match=name):
            await PostgresStore(engine, now, schema="wards").check()
        await PostgresStore(engine, THEIRS, schema="wards").check()

    portal(law())


@pytest.mark.parametrize("online", [True, False])
def test_a_limit_comes_with_the_table_in_which_it_stands(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, theirs: Revisions, *, online: bool
) -> None:
    """One revision makes both; wards with more than the default are told before, for none has terms by then."""
    rows = (
        "INSERT INTO wards.wards VALUES (7, 2, true, 1)",
        """INSERT INTO wards.visits SELECT 7, gen_random_uuid(), n::text, n, now(), now(), 'good', null, 1
        FROM generate_series(1, 3) AS n""",
    )

    async def law() -> None:
        engine, now = engine_of_wards, limited()
        await postgres.migrate(engine, revisions=theirs)
        async with engine.begin() as connection:
            for statement in rows:
                await connection.exec_driver_sql(statement)
        package.write(now, online=online)
        with pytest.raises(RevisionFailed, match=r"visits_by_terms by 1 of wards, with the keys 7|\(7\)"):
            await postgres.migrate(engine, revisions=package.chain(now))
        async with engine.begin() as connection:
            await connection.exec_driver_sql("DELETE FROM wards.visits WHERE size = 1")
        await postgres.migrate(engine, revisions=package.chain(now))
        async with engine.begin() as connection:
            assert await differences_from_nothing(connection, now, "wards") == []
            await connection.exec_driver_sql("DROP TRIGGER supplemented_visits_by_terms ON wards.terms")
        with pytest.raises(DatabaseDiffers, match="supplemented_visits_by_terms"):
            await PostgresStore(engine, now, schema="wards").check()

    portal(law())
