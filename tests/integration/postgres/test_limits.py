"""How PostgreSQL counts for a rule with a limit: as the declaration says, and no more rows than decide."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from uuid import UUID, uuid4

import asyncpg
import attrs
import pytest

from gapless.domain.organizations import OrganizationId
from gapless.kit import AtMost, Catalogue, Entity, OnDelete, Reference, Rule, model_of, row, rules_of
from gapless.kit.columns import BigInteger
from gapless.postgres import create_statements
from tests.integration.postgres.rows import add_organizations, add_users

pytestmark = pytest.mark.asyncio

LIMITS = (-(2**63), -5, -1, 0, 1, 2, 3, 2**63 - 1)
MANY, SEATS = 300, 7
READ = """
SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
WHERE relid = 'gapless.users'::regclass
"""
STOP = "\n                    LIMIT least(greatest(bound.most, 0), 9223372036854775806) + 1"


@attrs.frozen(kw_only=True, slots=True)
class Shelf(Entity):
    """A root with a limit of its own."""

    id: OrganizationId
    most: BigInteger


@attrs.frozen(kw_only=True, slots=True)
class Book(Entity):
    """What stands on a shelf, of which some are counted."""

    organization_id: OrganizationId
    id: UUID
    is_counted: bool


@rules_of(Shelf, "shelves", root=True)
def shelf_rules(_: Shelf) -> Iterator[Rule]:
    """Nothing holds of a shelf alone."""
    return iter(())


@rules_of(Book, "books", belongs_to=lambda book: book.organization_id)
def book_rules(book: Book) -> Iterator[Rule]:
    """A shelf has room for some books, and none for more than two that are counted."""
    yield (home := Reference("books_shelf", "A shelf.", book.organization_id, Shelf, OnDelete.CASCADE))
    yield AtMost("books_most", "Some.", home, of=True, limit=row(Shelf).most)
    yield AtMost("books_counted_most", "Two.", home, of=book.is_counted, limit=2)


LIBRARY = Catalogue((model_of(Shelf), model_of(Book)))


def expected(shelf: Shelf, books: list[Book]) -> str:
    """The rule that a shelf with these books breaks, by the declaration; "" if it breaks none."""
    changes = [(None, book) for book in books]
    rules = LIBRARY.invariants_of(Book)
    return next((found.rule.name for found in rules if found.is_violated((None, shelf), changes)), "")


async def answer(connection: asyncpg.Connection, shelf: Shelf, books: list[Book]) -> str:
    """The rule for which PostgreSQL refuses them; "" if it takes them."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute("INSERT INTO library.shelves (id, most) VALUES ($1, $2)", shelf.id, shelf.most)
        rows = [attrs.astuple(book) for book in books]
        await connection.executemany(
            "INSERT INTO library.books (organization_id, id, is_counted) VALUES ($1, $2, $3)", rows
        )
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except asyncpg.CheckViolationError as error:
        return str(error.constraint_name)
    finally:
        await transaction.rollback()
    return ""


async def test_every_limit_means_what_it_says(connection: asyncpg.Connection) -> None:
    """A limit that is negative, or as great as can be is held like any other, as the declaration has it."""
    await connection.execute("CREATE SCHEMA library")
    for statement in create_statements(LIBRARY, "library"):
        await connection.execute(statement)
    told: dict[str, int] = {}
    for most, number, counted in product(LIMITS, range(5), range(4)):
        if counted <= number:
            shelf = Shelf(id=OrganizationId(uuid4()), most=BigInteger(most))
            books = [Book(organization_id=shelf.id, id=uuid4(), is_counted=at < counted) for at in range(number)]
            rule = expected(shelf, books)
            assert await answer(connection, shelf, books) == rule, (most, number, counted)
            told[rule] = told.get(rule, 0) + 1
    assert min(told.values()) > 2
    assert set(told) == {"", "books_most", "books_counted_most"}


async def rows_read(connection: asyncpg.Connection, home: UUID) -> int:
    """How many users the server reads to refuse one more, for an organization that has far too many."""
    transaction = connection.transaction()
    await transaction.start()
    before = await connection.fetchval(READ)
    await add_users(connection, [(home, uuid4())], role="OPERATOR")
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        async with connection.transaction():
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert caught.value.constraint_name == "team_members_quota"
    after = await connection.fetchval(READ)
    await transaction.rollback()
    return int(after - before)


async def test_counting_stops_when_it_is_decided(connection: asyncpg.Connection) -> None:
    """One row beyond the limit decides, and no more are read; without that stop, all of them are."""
    home = uuid4()
    async with connection.transaction():
        await add_organizations(connection, [home])
        await add_users(connection, [(home, uuid4())])
        await add_users(connection, [(home, uuid4()) for _ in range(MANY)], role="OPERATOR")
    await connection.execute("UPDATE gapless.organizations SET team_members_quota = $1", SEATS)
    assert await rows_read(connection, home) == SEATS + 1
    function = "gapless.judge_team_members_quota()"
    definition = await connection.fetchval("SELECT pg_get_functiondef($1::regprocedure)", function)
    assert definition.count(STOP) == 1
    await connection.execute(definition.replace(STOP, ""))
    assert await rows_read(connection, home) > MANY
