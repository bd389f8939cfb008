"""A store of one's own: it keeps a journal of every unit of work that was committed.

Run a test or a demonstration on it in memory, and play the journal on PostgreSQL to look at what came of it there. The
store passes all laws: `python examples/journal_store.py` checks that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from operator import methodcaller
from types import TracebackType
from typing import Self, cast

from gapless import MemoryStore
from gapless.kit import AcrossUnit, Catalogue, Entity, OrganizationId, Reading, Store, UnitOfWork, Uses
from gapless.testing import check_store

Opener = Callable[[Store], UnitOfWork]
Question = tuple[type[Entity], Callable[[object], Awaitable[object]]]


class Journaled(UnitOfWork):
    """A unit of the store inside. At its commit it is written down how it was opened, and what was asked in it."""

    def __init__(self, store: JournalStore, opener: Opener) -> None:
        self._store, self._opener, self._unit = store, opener, opener(store.inner)
        self._asked: list[Question] = []

    async def __aenter__(self) -> Self:
        """Opens the unit inside."""
        await self._unit.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves the unit inside."""
        await self._unit.__aexit__(kind, error, trace)

    def of(self, entity: type[Entity]) -> Asked:  # type: ignore[override]  # it answers to whatever the other one does
        """A repository that the journal hears of."""
        return Asked(self._unit.of(entity), entity, self._asked)

    async def commit(self) -> None:
        """Commits the unit inside, and writes it down if that was kept."""
        await self._unit.commit()
        self._store.journal.append((self._opener, self._asked))

    @property
    def connection(self) -> object:
        """As `UnitOfWork.connection`."""
        return self._unit.connection


class Asked:
    """A repository: what it was asked is kept when it has answered. Reads too, since a save compares with them."""

    def __init__(self, rows: object, entity: type[Entity], asked: list[Question]) -> None:
        self._rows, self._entity, self._asked = rows, entity, asked

    def __getattr__(self, method: str) -> Callable[..., Awaitable[object]]:
        async def call(*arguments: object, **named: object) -> object:
            question = methodcaller(method, *arguments, **named)
            answer: object = await question(self._rows)
            self._asked.append((self._entity, question))
            return answer

        return call


class JournalStore(Store):
    """A store around another one.

    Of a commit that is kept and yet cancelled, as may happen over a network, the journal would not tell.
    """

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.journal: list[tuple[Opener, list[Question]]] = []

    def unit(self, organization_id: OrganizationId, *, seconds: float | None = None) -> UnitOfWork:
        """As `Store.unit`."""
        return Journaled(self, methodcaller("unit", organization_id, seconds=seconds))

    def founding(self, organization_id: OrganizationId, *, seconds: float | None = None) -> UnitOfWork:
        """As `Store.founding`."""
        return Journaled(self, methodcaller("founding", organization_id, seconds=seconds))

    def across(self) -> AcrossUnit:
        """As `Store.across`."""
        return cast(AcrossUnit, Journaled(self, methodcaller("across")))

    def reading(
        self, organization_id: OrganizationId, *, snapshot: bool = False, seconds: float | None = None
    ) -> AbstractAsyncContextManager[Reading]:
        """As `Store.reading`."""
        return self.inner.reading(organization_id, snapshot=snapshot, seconds=seconds)

    async def require_rights(self, *jobs: Uses) -> None:
        """As `Store.require_rights`."""
        await self.inner.require_rights(*jobs)

    async def require_not_ahead(self, at: datetime) -> None:
        """As `Store.require_not_ahead`."""
        await self.inner.require_not_ahead(at)

    async def aclose(self) -> None:
        """Closes the store inside; the journal stays."""
        await self.inner.aclose()


async def play(journal: Iterable[tuple[Opener, list[Question]]], store: Store) -> None:
    """Asks a store that has none of it yet the same again: the same rows come of it, versions too."""
    for opener, asked in journal:
        async with opener(store) as unit:
            for entity, question in asked:
                await question(unit.of(entity))
            await unit.commit()


@asynccontextmanager
async def opened(catalogue: Catalogue) -> AsyncIterator[JournalStore]:
    """A store with a journal around one in memory."""
    store = JournalStore(MemoryStore(catalogue))
    yield store
    await store.aclose()


if __name__ == "__main__":
    print(asyncio.run(check_store(opened)).as_text())
