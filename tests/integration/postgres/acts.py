"""What a transaction of plain SQL does with the rows that a test has prepared for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeAlias, TypeVar

import asyncpg

P = TypeVar("P")
Act: TypeAlias = Callable[[asyncpg.Connection, P], Awaitable[None]]
"""What a transaction does in a place, which holds the rows of a test."""


class Acts(Generic[P]):
    """Makes the acts in places of one kind."""

    def sql(self, text: str, *given: Callable[[P], object]) -> Act[P]:
        """The act that executes a statement with values of the place."""

        async def act(connection: asyncpg.Connection, place: P) -> None:
            await connection.execute(text, *(value(place) for value in given))

        return act
