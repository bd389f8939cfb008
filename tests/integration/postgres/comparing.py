"""What is told of a database after something was done to it."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres.verification.comparison import Declaration, differences_of
from gapless.bootstrap import DEFAULT_REVISIONS
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue

MARKS = {item.name: mark for item, mark in Declaration.of(GAPLESS, "gapless").marks}


async def told(engine: AsyncEngine, statements: Sequence[str], catalogue: Catalogue = GAPLESS) -> list[str]:
    """The sentences about a database after these statements, which are taken back."""
    async with engine.connect() as connection:
        for statement in statements:
            text = statement
            for name in [name for name in MARKS if f"{{{name}}}" in statement]:
                text = text.replace(f"{{{name}}}", MARKS[name])
            await connection.exec_driver_sql(text)
        found = await differences_of(connection, Declaration.of(catalogue, "gapless", DEFAULT_REVISIONS))
        await connection.rollback()
    return [difference.sentence for difference in found]
