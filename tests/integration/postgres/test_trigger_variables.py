"""The names that a column may not have, because a trigger's function has a variable of that name."""

import asyncpg
import pytest

from gapless.kit.servability import TRIGGERS_VARIABLES
from tests.integration.databases import connected

# Those that the manual of PL/pgSQL lists, for triggers of rows and of events, in its order.
LISTED = (
    *("found", "new", "old", "tg_name", "tg_when", "tg_level", "tg_op", "tg_relid", "tg_relname", "tg_table_name"),
    *("tg_table_schema", "tg_nargs", "tg_argv", "tg_event", "tg_tag"),
)


async def is_variable(connection: asyncpg.Connection, name: str) -> bool:
    """Whether the function of a trigger knows a name that no column has."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(
            "CREATE TEMP TABLE tried (id int); CREATE FUNCTION pg_temp.asks() RETURNS trigger LANGUAGE plpgsql AS "
            f"'BEGIN PERFORM {name}; RETURN NEW; END'; "
            "CREATE TRIGGER asks BEFORE INSERT ON tried FOR EACH ROW EXECUTE FUNCTION pg_temp.asks()"
        )
        await connection.execute("INSERT INTO tried VALUES (1)")
    except asyncpg.UndefinedColumnError:
        return False
    finally:
        await transaction.rollback()
    return True


@pytest.mark.asyncio
async def test_the_server_has_exactly_these_variables(database_url: str) -> None:
    """Of the names that the manual lists those are refused which the server has in the trigger of a row."""
    async with connected(database_url) as connection:
        known = {name for name in LISTED if await is_variable(connection, name)}
    assert known == set(TRIGGERS_VARIABLES)
