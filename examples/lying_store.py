"""Two stores that lie, and how the laws catch them: `python examples/lying_store.py` prints what they say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from types import TracebackType
from typing import TypeVar, cast

from gapless import GaplessError, MemoryStore
from gapless.kit import Catalogue, Entity, Reading, ReadRepository, RootId, RowId, UnitOfWork
from gapless.testing import Factory, LawReport, check_store
from gapless.writing import Kind, Reader, StoreReading, StoreUnit

E = TypeVar("E", bound=Entity)
Row = TypeVar("Row")


class KeptUnit(StoreUnit):
    """A unit of work that has learnt from many a mock: whoever leaves it finds everything kept."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Commits, where a store has to forget."""
        with suppress(GaplessError):
            await self.commit()
        await super().__aexit__(kind, error, traceback)


class KeepingStore(MemoryStore):
    """A store whose rollback keeps what was written."""

    def unit(
        self, root_id: RootId | None = None, *, of: type | None = None, seconds: float | None = None
    ) -> UnitOfWork:
        """As `Store.unit`, or so it says."""
        return KeptUnit(self.unit_of_kind(Kind.UNIT, root_id, of, seconds))


class CountedRows(Reader[E]):
    """A repository that forgets to hide what is deleted when it counts."""

    async def count(self, where: Callable[[E], bool] | None = None, *, include_deleted: bool = False) -> int:
        """Counts all rows, whoever asks."""
        del include_deleted
        return await super().count(where, include_deleted=True)


class CountedReading(StoreReading):
    """A reading with such repositories."""

    def of(self, entity: type[Row]) -> ReadRepository[Row, RowId]:
        """As `Reading.of`."""
        transaction = self._unit.transaction
        model = transaction.catalogue.model(cast("type[Entity]", entity))
        return cast("ReadRepository[Row, RowId]", CountedRows(self._unit, model, transaction.rows(model)))


class CountingStore(MemoryStore):
    """A store whose readings count deleted rows as well."""

    def reading(
        self,
        root_id: RootId | None = None,
        *,
        of: type | None = None,
        snapshot: bool = False,
        seconds: float | None = None,
    ) -> AbstractAsyncContextManager[Reading]:
        """As `Store.reading`, or so it says."""
        return CountedReading(self.unit_of_kind(Kind.SNAPSHOT if snapshot else Kind.READING, root_id, of, seconds))


def opening(kind: type[MemoryStore]) -> Factory:
    """What opens stores of a kind for the laws."""

    @asynccontextmanager
    async def opened(catalogue: Catalogue) -> AsyncGenerator[MemoryStore]:
        store = kind(catalogue)
        yield store
        await store.aclose()

    return opened


async def main() -> dict[str, LawReport]:
    """What the laws of visibility and of deleted rows say about each store."""
    subjects = ("visibility", "deleted_rows")
    return {kind.__name__: await check_store(opening(kind), only=subjects) for kind in (KeepingStore, CountingStore)}


if __name__ == "__main__":
    for name, report in asyncio.run(main()).items():
        print(f"{name}\n\n{report.as_text()}\n")
