"""A store of one's own: it keeps a journal of every unit of work that was committed.

Run a test or a demonstration on it in memory, and play the journal on PostgreSQL to look at what came of it there. The
store passes all laws: `python examples/journal_store.py` checks that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from operator import methodcaller
from typing import cast

from gapless import MemoryStore
from gapless.kit import Catalogue, Entity, Model
from gapless.testing import check_store
from gapless.writing import Opening, Rows, Transaction, Transactions

Write = tuple[type[Entity], Callable[[object], Awaitable[object]]]
Journal = list[tuple[Opening, list[Write]]]


class Journaled:
    """A transaction around another one. At its commit it is written down how it was opened, and what was written."""

    def __init__(self, inner: Transaction, opening: Opening, journal: Journal) -> None:
        self._inner, self._opening, self._journal = inner, opening, journal
        self._written: list[Write] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def rows(self, model: Model[Entity]) -> Written:
        """Rows that the journal hears of."""
        return Written(self._inner.rows(model), model.entity, self._written)

    async def commit(self) -> None:
        """Commits the transaction inside, and writes it down if that was kept."""
        await self._inner.commit()
        self._journal.append((self._opening, self._written))


class Written:
    """The rows of an entity: each write is kept when the store has carried it out."""

    def __init__(self, rows: Rows[Entity], entity: type[Entity], written: list[Write]) -> None:
        self._rows, self._entity, self._written = rows, entity, written

    def __getattr__(self, name: str) -> object:
        return self._heard(name) if name in vars(Rows) else getattr(self._rows, name)

    def _heard(self, name: str) -> Callable[..., Awaitable[object]]:
        async def write(*arguments: object) -> object:
            call = methodcaller(name, *arguments)
            answer: object = await call(self._rows)
            self._written.append((self._entity, call))
            return answer

        return write


class JournalStore(MemoryStore):
    """A store in memory with a journal."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(catalogue)
        self.journal: Journal = []

    def transaction(self, opening: Opening) -> Transaction:
        """As `MemoryStore.transaction`."""
        return cast(Transaction, Journaled(super().transaction(opening), opening, self.journal))


async def play(journal: Iterable[tuple[Opening, list[Write]]], store: Transactions) -> None:
    """Does the same again on a store that has none of it yet: the same rows come of it, versions too."""
    for opening, written in journal:
        transaction = store.transaction(opening)
        try:
            await transaction.begin()
            for entity, write in written:
                await write(transaction.rows(transaction.catalogue.model(entity)))
            await transaction.commit()
        finally:
            await transaction.end()


@asynccontextmanager
async def opened(catalogue: Catalogue) -> AsyncGenerator[JournalStore]:
    """A store with a journal."""
    store = JournalStore(catalogue)
    yield store
    await store.aclose()


if __name__ == "__main__":
    print(asyncio.run(check_store(opened)).as_text())
