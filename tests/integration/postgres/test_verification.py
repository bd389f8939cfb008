"""What a database lacks of its catalogue is noticed, whatever it is, and told by the names of the rules."""

from collections.abc import AsyncIterator, Sequence
from itertools import chain

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.postgres.schema.creation import create_statements
from gapless.adapters.postgres.schema.tables import metadata
from gapless.adapters.postgres.sql.objects import (
    Constraint,
    DatabaseIndex,
    DatabaseStatistics,
    DatabaseTable,
    Function,
    Marked,
    Trigger,
)
from gapless.adapters.postgres.verification.comparison import Declaration, differences_of
from gapless.kit.object_names import FUNCTION, RELATION, STATISTICS, object_names
from tests.bulk import spread
from tests.clinics.networks import NETWORK
from tests.integration.postgres.tampering import column_tamperings, tamperings
from tests.voice.hosted import HOSTED

ELSEWHERE, RENAMED = "elsewhere", "renamed"
DECLARATION = Declaration.of(HOSTED, ELSEWHERE)
MARKS = {id(item): mark for item, mark in DECLARATION.marks}
FUNCTIONS = [item for item in DECLARATION.objects if isinstance(item, Function)]
TABLES = metadata(HOSTED, ELSEWHERE).tables.values()
TAMPERINGS = [
    *chain.from_iterable(tamperings(item, MARKS.get(id(item), ""), FUNCTIONS) for item in DECLARATION.objects),
    *chain.from_iterable(map(column_tamperings, TABLES)),
]
KINDS = sorted({tampering.what for tampering in TAMPERINGS})


@pytest_asyncio.fixture(scope="module")
async def hosted(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection that sees a schema with everything that gapless and a host declare, and never commits it.

    Nothing is found in it before the tests and after them, so that what each of them finds comes of its tampering.
    """
    async with engine.connect() as connection:
        await connection.exec_driver_sql(f"CREATE SCHEMA {ELSEWHERE}")
        for statement in create_statements(HOSTED, ELSEWHERE):
            await connection.exec_driver_sql(statement)
        assert await told(connection, ()) == []
        yield connection
        assert await told(connection, ()) == []
        await connection.rollback()


async def told(
    connection: AsyncConnection, statements: Sequence[str], declaration: Declaration = DECLARATION
) -> list[str]:
    """The sentences about a database after these statements, which are taken back."""
    await connection.exec_driver_sql("SAVEPOINT before")
    for statement in statements:
        await connection.exec_driver_sql(statement)
    found = await differences_of(connection, declaration)
    await connection.exec_driver_sql("ROLLBACK TO SAVEPOINT before")
    return [difference.sentence for difference in found]


def test_nothing_that_is_declared_is_spared() -> None:
    """Each object and each column is tampered with in several ways, and all but tables carry a fingerprint."""
    spared = {item.name for item in DECLARATION.objects if len(list(tamperings(item, "mark", FUNCTIONS))) < 4}
    assert spared == {"btree_gist"}  # for the objects that need it tell of it
    columns = [column for table in TABLES for column in table.columns]
    made = {(table.name, found.name) for table in TABLES for found in column_tamperings(table)}
    assert made == {(column.table.name, column.name) for column in columns}
    assert {item.name for item in DECLARATION.objects if isinstance(item, DatabaseTable)} == {
        table.name for table in TABLES
    }
    assert len({mark for _, mark in DECLARATION.marks}) == len(DECLARATION.marks)
    carried = {rule for item in DECLARATION.objects if isinstance(item, Marked) for rule in item.rules}
    assert carried >= {rule.name for _, rule in HOSTED if type(rule).__name__ not in ("DataType", "Required")}


def test_every_name_in_the_database_is_known_to_the_catalogue() -> None:
    """Each object has a name in the space in which a catalogue compares it, so that no other one can have it."""
    known = {(found.space, found.name) for found in object_names(HOSTED.models)}
    made: set[tuple[str, str]] = set()
    for item in DECLARATION.objects:
        match item:
            case DatabaseTable() | DatabaseIndex():
                made.add((RELATION, item.name))
            case DatabaseStatistics():
                made.add((STATISTICS, item.name))
            case Function(arguments=""):
                made.add((FUNCTION, item.name))
            case Constraint() | Trigger(deferred=True):
                made |= {(f"constraint on {item.table}", item.name)}
                made |= {(RELATION, item.name)} if getattr(item, "letter", "") in ("p", "x") else set()
            case _:
                pass
        if isinstance(item, Trigger):
            made.add((f"trigger on {item.table}", item.name))
    assert made - known == set()
    assert len(made) > 200


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", KINDS)
async def test_tampering_is_noticed(hosted: AsyncConnection, kind: str, *, every_row: bool) -> None:
    """Whatever somebody does to any object is told, with the names of the rules that are not enforced for it."""
    of_kind = [tampering for tampering in TAMPERINGS if tampering.what == kind]
    alone = [[tampering] for tampering in of_kind if tampering.stands_alone]
    alone = alone if every_row else [*spread(alone, 4)]
    # If none of all had a fingerprint, one sentence would stand for all.
    together = [tampering for tampering in of_kind if not tampering.stands_alone]
    for batch in (*alone, together):
        sentences = await told(hosted, [text for tampering in batch for text in tampering.statements])
        names = {name for tampering in batch for name in tampering.named}
        assert {name for name in names if not any(name in sentence for sentence in sentences)} == set(), batch


@pytest.mark.asyncio
async def test_what_is_gone_is_told_whatever_tables_are_called(own_engine: AsyncEngine, *, every_row: bool) -> None:
    """Where tables and columns have names of their own, each object that is dropped is told with its rules as well.

    Unless every row is asked for, some of them are dropped, spread over all.
    """
    declaration = Declaration.of(NETWORK, RENAMED)
    functions = [item for item in declaration.objects if isinstance(item, Function)]
    made = chain.from_iterable(tamperings(item, "mark", functions) for item in declaration.objects)
    dropped = [tampering for tampering in made if tampering.what.endswith(" dropped")]
    async with own_engine.connect() as connection:  # another one makes the extension as well, and commits nothing
        await connection.exec_driver_sql(f"CREATE SCHEMA {RENAMED}")
        for statement in create_statements(NETWORK, RENAMED):
            await connection.exec_driver_sql(statement)
        assert await told(connection, (), declaration) == []
        for tampering in dropped if every_row else spread(dropped, 20):
            sentences = await told(connection, tampering.statements, declaration)
            assert [name for name in tampering.named if not any(name in said for said in sentences)] == [], tampering
        await connection.rollback()
    rules = {name for tampering in dropped for name in tampering.named}
    assert rules >= {rule.name for _, rule in NETWORK if type(rule).__name__ not in ("DataType", "Required")}
