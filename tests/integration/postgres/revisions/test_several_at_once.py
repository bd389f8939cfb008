"""What one revision does to several columns, names and chains at once, each of which would be simple alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import cast

import attrs
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import postgres
from gapless.kit import (
    AtLeastOne,
    AtMost,
    BigInteger,
    Catalogue,
    Check,
    Entity,
    Model,
    OnDelete,
    Reference,
    Revisions,
    Rule,
    any_of,
    is_null,
    negate,
    rules_of,
)
from gapless.kit.errors import DeclarationError, RevisionFailed, StoreUnavailable
from gapless.kit.model import Validated
from gapless.postgres import Decisions
from tests.integration.postgres.revisions.packages import Package
from tests.integration.postgres.revisions.test_any_difference import differences_from_nothing
from tests.integration.postgres.revisions.wards import Ward, ward_rules
from tests.properties import Portal

Yields = Callable[[Validated], Iterator[Rule]]
WARDS = Catalogue((ward_rules,))
FIELDS = {"ward": int, "id": int}
ROWS = "INSERT INTO wards VALUES (1, 2, true, 1); INSERT INTO things"


def nothing(_: Validated) -> Iterator[Rule]:
    """No rule but that of its root."""
    yield from ()


def is_field(kind: object) -> bool:
    """Whether this is a field with a default, and not a type alone."""
    return isinstance(kind, type(attrs.field()))


def things(fields: Mapping[str, object], more: Yields = nothing, table: str = "things") -> Catalogue:
    """A ward with things that have these fields and rules."""
    kinds = {**FIELDS, **fields}
    given = {name: kind if is_field(kind) else attrs.field(type=cast(type, kind)) for name, kind in kinds.items()}
    given["version"] = attrs.field(type=int, default=0)
    entity = attrs.make_class("Thing", given, bases=(Entity,), frozen=True, kw_only=True, slots=True)

    def rules(thing: Validated) -> Iterator[Rule]:
        ward = cast(int, attrgetter("ward")(thing))
        yield Reference(f"{table}_ward_fkey", "A thing is in a ward.", ward, Ward, OnDelete.CASCADE)
        yield from more(thing)

    made = rules_of(entity, table, belongs_to=attrgetter("ward"))(rules)
    return WARDS + cast("Model[Validated]", made)


def checks(*names: str) -> Yields:
    """Checks of different limits, by names in their order."""

    def rules(thing: Validated) -> Iterator[Rule]:
        for limit, name in enumerate(names, start=10):
            yield Check(name, "It is small.", cast(int, attrgetter("a")(thing)) < limit)

    return rules


def counted(kind: type[AtMost | AtLeastOne], name: str = "things_counted") -> Yields:
    """A rule that counts things below their ward."""

    def rules(thing: Validated) -> Iterator[Rule]:
        said, ward = "It is in a ward.", cast(int, attrgetter("ward")(thing))
        home = Reference(f"{name}_home", said, ward, Ward, OnDelete.CASCADE)
        yield home
        if kind is AtMost:
            yield AtMost(name, "So many.", home, of=True, limit=1)
        else:
            yield AtLeastOne(name, "So many.", home, of=True)

    return rules


async def made(engine: AsyncEngine, package: Package, catalogue: Catalogue, rows: str = "") -> None:
    """The first revision, and rows."""
    package.write(catalogue)
    await postgres.migrate(engine, revisions=package.chain(catalogue))
    async with engine.begin() as connection:
        await connection.exec_driver_sql("SET LOCAL search_path = wards")
        for statement in filter(None, rows.split("; ")):
            await connection.exec_driver_sql(statement)


async def followed(
    engine: AsyncEngine, package: Package, now: Catalogue, decisions: Decisions, *, online: bool
) -> None:
    """The next revision, behind which the database is as the catalogue makes it from nothing."""
    package.write(now, decisions, online=online)
    await postgres.migrate(engine, revisions=package.chain(now))
    assert await postgres.differences(engine, revisions=package.chain(now)) == ()
    async with engine.begin() as connection:
        assert await differences_from_nothing(connection, now, "wards") == []


def ordered(thing: Validated) -> Rule:
    """The first thing of two is not greater than the second."""
    first, second = attrgetter("a", "b")(thing)
    return Check("things_in_order", "The first is the smaller one.", first <= second)


def _known(thing: Validated) -> Rule:
    first, second = attrgetter("a", "b")(thing)
    return Check("things_known", "The second is known.", any_of(first < 0, negate(is_null(second))))


SEVERAL = {
    "types that exchange their values": (
        things({"a": int, "b": int}),
        f"{ROWS} VALUES (1, 1, 3, 9, 1)",
        things({"a": BigInteger, "b": BigInteger}),
        Decisions(fills={"things.a": "b", "things.b": "a"}),
        (9, 3),
    ),
    "a new column from one that goes": (
        things({"a": int, "c": str}),
        f"{ROWS} VALUES (1, 1, 3, 'x', 1)",
        things({"b": int, "a": int}),
        Decisions(drops={"things.c"}, fills={"things.b": "length(c) + a"}),
        (3, 4),
    ),
    "compared columns of another type": (
        things({"a": int, "b": int}, lambda thing: iter([ordered(thing)])),
        f"{ROWS} VALUES (1, 1, 3, 9, 1)",
        things({"a": BigInteger, "b": BigInteger}, lambda thing: iter([ordered(thing)])),
        Decisions(),
        (3, 9),
    ),
    "names of rules that are exchanged": (
        things({"a": int, "b": int}, checks("things_one", "things_two", "things_three")),
        f"{ROWS} VALUES (1, 1, 3, 9, 1)",
        things({"a": int, "b": int}, checks("things_three", "things_one", "things_two")),
        Decisions(),
        (3, 9),
    ),
    "a rule about a value that is written": (
        things({"a": int}),
        f"{ROWS} VALUES (1, 1, 3, 1)",
        things({"a": int, "b": int | None}, lambda thing: iter([_known(thing)])),
        Decisions(fills={"things.b": "a"}),
        (3, 3),
    ),
    "a name that goes over to a new rule": (
        things({"a": int, "b": int}, checks("things_one")),
        f"{ROWS} VALUES (1, 1, 3, 9, 1)",
        things({"a": int, "b": int}, checks("things_two", "things_one")),
        Decisions(),
        (3, 9),
    ),
}


@pytest.mark.parametrize("online", [True, False], ids=["in steps", "at once"])
@pytest.mark.parametrize("name", SEVERAL)
def test_several_at_once(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, name: str, *, online: bool
) -> None:
    """Each column gets its value from the row as it was, and each name goes where it belongs."""
    before, rows, now, decisions, expected = SEVERAL[name]

    async def law() -> None:
        await made(engine_of_wards, package, before, rows)
        await followed(engine_of_wards, package, now, decisions, online=online)
        async with engine_of_wards.begin() as connection:
            found = await connection.exec_driver_sql("SELECT a, b FROM wards.things")
            assert [tuple(each) for each in found] == [expected]

    portal(law())


@pytest.mark.parametrize(
    ("kind", "rows", "said"),
    [
        (AtMost, f"{ROWS} VALUES (1, 1, 1), (1, 2, 1)", "things_counted by 1 of wards, with the keys"),
        (AtLeastOne, "INSERT INTO wards VALUES (1, 2, true, 1)", "things_counted by 1 of wards, with the keys"),
    ],
)
def test_rows_of_another_chain_are_asked(
    portal: Portal,
    engine_of_wards: AsyncEngine,
    package: Package,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    *,
    kind: type[AtMost | AtLeastOne],
    rows: str,
    said: str,
) -> None:
    """A rule that counts below rows that another chain makes is asked of them; its author may let them be."""
    theirs = Package(tmp_path_factory.mktemp("theirs"), monkeypatch)
    package.beyond = WARDS

    async def law() -> None:
        theirs.write(WARDS)
        base = Revisions(package=theirs.name, catalogue=WARDS, schema="wards", version_table="base_version")
        await postgres.migrate(engine_of_wards, revisions=base)
        await made(engine_of_wards, package, things({}), rows)
        now = things({}, counted(kind))
        with pytest.raises(RevisionFailed, match=said):
            await followed(engine_of_wards, package, now, Decisions(), online=True)
        for file in package.folder.glob("ward_0002.*"):
            file.unlink()
        package.write(now, Decisions(tolerated={"things_counted"}))
        await postgres.migrate(engine_of_wards, revisions=package.chain(now))
        async with engine_of_wards.begin() as connection:
            assert await differences_from_nothing(connection, now, "wards") == []

    portal(law())


def test_a_column_that_another_chain_needs_too_stays(
    portal: Portal,
    engine_of_wards: AsyncEngine,
    package: Package,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What two chains keep on one table for their rules is there as long as one of them needs it."""
    theirs = Package(tmp_path_factory.mktemp("theirs"), monkeypatch)
    counting = things({}, counted(AtMost))
    beds = things({}, counted(AtMost, "beds_counted"), "beds")

    async def law() -> None:
        base = Revisions(package=theirs.name, catalogue=WARDS, schema="wards", version_table="base_version")
        theirs.write(WARDS)
        await postgres.migrate(engine_of_wards, revisions=base)
        package.beyond = WARDS
        await made(engine_of_wards, package, counting)
        theirs.write(beds)
        await postgres.migrate(engine_of_wards, revisions=attrs.evolve(base, catalogue=beds))
        package.beyond = beds
        both = Catalogue((*beds.models, counting.models[-1]))
        package.write(both)
        await postgres.migrate(engine_of_wards, revisions=package.chain(both))
        async with engine_of_wards.begin() as connection:
            assert await differences_from_nothing(connection, both, "wards") == []

    portal(law())


def test_what_stands_for_the_schema_is_refused(package: Package) -> None:
    """A text of the catalogue that a revision would read as its schema is refused, and not changed in silence."""
    for text in ("{schema}", "schema_of_the_revision"):
        named = things({"c": str}, lambda thing: iter([Check("things_c", "C.", attrgetter("c")(thing) != text)]))  # noqa: B023
        with pytest.raises(DeclarationError, match="stands for the schema in a revision"):
            package.write(named)


def test_a_host_whose_transaction_sees_no_others_is_refused(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package
) -> None:
    """In a host's own transaction the last look at the rows has to see what others have committed."""

    def upgraded(connection: Connection) -> None:
        chain = package.chain(WARDS)
        postgres.upgrade_to(Operations(MigrationContext.configure(connection)), "ward_0001", revisions=chain)

    async def law() -> None:
        package.write(WARDS)
        async with engine_of_wards.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                with pytest.raises(StoreUnavailable, match="READ COMMITTED"):
                    await connection.run_sync(upgraded)

    portal(law())
