"""A store of one's own: it keeps a journal of every unit of work that was committed, and can play it on another store.

Run a test or a demonstration on it in memory, and play the journal on PostgreSQL to look at what came of it there. The
store passes all laws: `python examples/journal_store.py` checks that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import Self, TypeVar, cast, overload
from uuid import UUID

import attrs

from gapless.adapters.memory import MemoryStore
from gapless.domain.ports import (
    A,
    AcrossRepository,
    AcrossUnit,
    AuditedRepository,
    P,
    Reading,
    Repository,
    Store,
    UnitOfWork,
)
from gapless.domain.rules import Catalogue, Entity
from gapless.domain.rules.model import Judged
from gapless.domain.values import OrganizationId
from gapless.testing.laws.checking import check_store

Row = TypeVar("Row")
Opener = Callable[[Store], UnitOfWork | AcrossUnit]


@attrs.frozen
class Call:
    """A call of a repository that was answered; a read too, since a save is compared with what the unit has read."""

    entity: type[Entity]
    method: str
    arguments: tuple[object, ...]
    named: Mapping[str, object]


@attrs.frozen
class Committed:
    """A unit that was committed: how to open one like it, and what was called in it."""

    opener: Opener
    calls: Sequence[Call]


@attrs.frozen
class Recorded:
    """A repository whose calls are written down as soon as they are answered."""

    repository: object
    entity: type[Entity]
    calls: list[Call]

    def __getattr__(self, method: str) -> Callable[..., Awaitable[object]]:
        asked = getattr(self.repository, method)

        async def call(*arguments: object, **named: object) -> object:
            answer = await asked(*arguments, **named)
            self.calls.append(Call(self.entity, method, arguments, named))
            return answer

        return call


class Journaled:
    """What both kinds of units have: a unit of the store inside, whose calls the journal hears of at its commit."""

    def __init__(self, opener: Opener, inner: Store, journal: list[Committed]) -> None:
        self._opener = opener
        self._unit = opener(inner)
        self._journal = journal
        self._calls: list[Call] = []

    async def __aenter__(self) -> Self:
        """Opens the unit inside."""
        await self._unit.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leaves the unit inside."""
        await self._unit.__aexit__(kind, error, traceback)

    async def commit(self) -> None:
        """Commits the unit inside, and writes it down if that was kept."""
        await self._unit.commit()
        self._journal.append(Committed(self._opener, self._calls))

    def _recorded(self, entity: type) -> Recorded:
        asked = cast(type[Entity], entity)  # whether it is audited is all the same here
        return Recorded(self._unit.of(asked), asked, self._calls)


class JournaledUnit(Journaled, UnitOfWork):
    """A unit of work of one organization."""

    @overload
    def of(self, entity: type[A]) -> AuditedRepository[A, UUID]: ...
    @overload
    def of(self, entity: type[P]) -> Repository[P, UUID]: ...
    def of(self, entity: type[Judged]) -> object:
        """As `UnitOfWork.of`."""
        return self._recorded(entity)

    @property
    def connection(self) -> object:
        """As `UnitOfWork.connection`."""
        return cast(UnitOfWork, self._unit).connection


class JournaledAcross(Journaled, AcrossUnit):
    """A unit of work over all organizations."""

    def of(self, entity: type[Row]) -> AcrossRepository[Row]:
        """As `AcrossUnit.of`."""
        return cast(AcrossRepository[Row], self._recorded(entity))


class JournalStore(Store):
    """A store around another one.

    Args:
        inner: where the rows are, as in a MemoryStore. Of a commit that is kept and yet cancelled, as may happen over a
            network, the journal would not tell.
    """

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self.journal: list[Committed] = []

    def unit(self, organization_id: OrganizationId, *, seconds: float | None = None) -> UnitOfWork:
        """As `Store.unit`."""
        return JournaledUnit(lambda store: store.unit(organization_id, seconds=seconds), self._inner, self.journal)

    def founding(self, organization_id: OrganizationId, *, seconds: float | None = None) -> UnitOfWork:
        """As `Store.founding`."""
        return JournaledUnit(lambda store: store.founding(organization_id, seconds=seconds), self._inner, self.journal)

    def reading(
        self, organization_id: OrganizationId, *, snapshot: bool = False
    ) -> AbstractAsyncContextManager[Reading]:
        """As `Store.reading`."""
        return self._inner.reading(organization_id, snapshot=snapshot)

    def across(self) -> AcrossUnit:
        """As `Store.across`."""
        return JournaledAcross(lambda store: store.across(), self._inner, self.journal)

    async def aclose(self) -> None:
        """Closes the store inside; the journal stays."""
        await self._inner.aclose()


async def play(journal: Sequence[Committed], store: Store) -> None:
    """Does again what a journal tells, on a store that has none of it yet: the same rows come of it, versions too."""
    for committed in journal:
        async with committed.opener(store) as unit:
            for call in committed.calls:
                await getattr(unit.of(call.entity), call.method)(*call.arguments, **call.named)
            await unit.commit()


@asynccontextmanager
async def opened(catalogue: Catalogue) -> AsyncIterator[JournalStore]:
    """A store with a journal around one in memory."""
    store = JournalStore(MemoryStore(catalogue))
    yield store
    await store.aclose()


if __name__ == "__main__":
    print(asyncio.run(check_store(opened)).as_text())
