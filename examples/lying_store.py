"""Two stores that lie, and how the laws catch them: `python examples/lying_store.py` prints what they say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Generic, Self, TypeVar, cast
from uuid import UUID

from gapless import GaplessError, MemoryStore
from gapless.kit import Catalogue, OrganizationId, Reading, ReadRepository, UnitOfWork
from gapless.testing import Factory, LawReport, check_store

Row = TypeVar("Row")


class KeptUnit:
    """A unit of work that has learnt from many a mock: whoever leaves it finds everything kept."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit, name)

    async def __aenter__(self) -> Self:
        """Opens the unit inside."""
        await self._unit.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Commits, where a store has to forget."""
        with suppress(GaplessError):
            await self._unit.commit()
        await self._unit.__aexit__(kind, error, traceback)


class KeepingStore(MemoryStore):
    """A store whose rollback keeps what was written."""

    def unit(self, organization_id: OrganizationId, *, seconds: float | None = None) -> UnitOfWork:
        """As `Store.unit`, or so it says."""
        return cast(UnitOfWork, KeptUnit(super().unit(organization_id, seconds=seconds)))


class CountedRows(Generic[Row]):
    """A repository that forgets to hide what is deleted when it counts."""

    def __init__(self, rows: ReadRepository[Row, UUID]) -> None:
        self._rows = rows

    def __getattr__(self, name: str) -> object:
        return getattr(self._rows, name)

    async def count(self, where: Callable[[Row], bool] | None = None, *, include_deleted: bool = False) -> int:
        """Counts all rows, whoever asks."""
        del include_deleted
        return await self._rows.count(where, include_deleted=True)


class CountedReading(Reading):
    """A reading with such repositories."""

    def __init__(self, inner: Reading) -> None:
        self._inner = inner

    def of(self, entity: type[Row]) -> ReadRepository[Row, UUID]:
        """As `Reading.of`."""
        return cast(ReadRepository[Row, UUID], CountedRows(self._inner.of(entity)))


class CountingStore(MemoryStore):
    """A store whose readings count deleted rows as well."""

    @asynccontextmanager
    async def reading(
        self, organization_id: OrganizationId, *, snapshot: bool = False, seconds: float | None = None
    ) -> AsyncIterator[Reading]:
        """As `Store.reading`, or so it says."""
        async with super().reading(organization_id, snapshot=snapshot, seconds=seconds) as reading:
            yield CountedReading(reading)


def opening(kind: type[MemoryStore]) -> Factory:
    """What opens stores of a kind for the laws."""

    @asynccontextmanager
    async def opened(catalogue: Catalogue) -> AsyncIterator[MemoryStore]:
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
