"""What a store gives to a caller: a unit of work, a reading, or a system unit."""

from __future__ import annotations

from types import TracebackType
from typing import Self, TypeVar, cast, overload

from gapless.adapters.writing.openings import SNAPSHOT
from gapless.adapters.writing.reader import Reader
from gapless.adapters.writing.repository import StoreRepository
from gapless.adapters.writing.system_scope import SystemRows
from gapless.adapters.writing.unit import Unit
from gapless.kit import ports
from gapless.kit.errors import QueryRefused
from gapless.kit.ids import RowId
from gapless.kit.model import Validated
from gapless.kit.ports.units import A, P

Row = TypeVar("Row")


class StoreUnit(ports.UnitOfWork):
    """A unit of work of one root, or of none; see `UnitOfWork`.

    Args:
        unit: its life, as its repositories share it.
    """

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._repositories: dict[type, object] = {}

    async def __aenter__(self) -> Self:
        """As `UnitOfWork.__aenter__`."""
        await self._unit.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Forgets what was not committed."""
        await self._unit.close()

    @overload
    def of(self, entity: type[A]) -> ports.AuditedRepository[A, RowId]: ...
    @overload
    def of(self, entity: type[P]) -> ports.Repository[P, RowId]: ...
    def of(self, entity: type[Validated]) -> object:
        """As `UnitOfWork.of`: one class serves both protocols, and checks at run time for the audit record."""
        # Only a plain class is looked up, because the hash of another object may do anything.
        found = self._repositories.get(entity) if type(entity) is type else None
        if found is None:
            found = _repository(self._unit, entity)
            self._repositories[entity] = found
        return found

    async def commit(self) -> None:
        """As `UnitOfWork.commit`."""
        await self._unit.commit()

    @property
    def connection(self) -> object:
        """As `UnitOfWork.connection`."""
        self._unit.require_open()
        return self._unit.transaction.connection


class StoreReading(ports.Reading):
    """Reads of one root, or of none; see `Reading`.

    Args:
        unit: its life, as its repositories share it.
    """

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def __aenter__(self) -> Self:
        """Opens the reading."""
        await self._unit.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Closes the reading."""
        await self._unit.close()

    def of(self, entity: type[Row]) -> ports.ReadRepository[Row, RowId]:
        """As `Reading.of`."""
        transaction = self._unit.transaction
        model = transaction.catalogue.model(cast("type[Validated]", entity))
        return cast("ports.ReadRepository[Row, RowId]", Reader(self._unit, model, transaction.rows(model)))

    @property
    def connection(self) -> ports.SelectConnection:
        """As `Reading.connection`."""
        with self._unit.reading:
            if self._unit.opening.kind is not SNAPSHOT:
                raise QueryRefused(
                    "A reading asks SELECTs of the host's own in its snapshot: open it by reading(…, snapshot=True)."
                )
            return self._unit.transaction.selects(self, self._unit.require_readable)


class StoreSystemUnit(ports.SystemUnit):
    """A unit of work over all roots; see `SystemUnit`.

    Args:
        unit: its life, as its repositories share it.
    """

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def __aenter__(self) -> Self:
        """As `SystemUnit.__aenter__`."""
        await self._unit.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Forgets what was not committed."""
        await self._unit.close()

    def of(self, entity: type[Row]) -> ports.SystemRepository[Row]:
        """As `SystemUnit.of`."""
        rows = SystemRows(_repository(self._unit, cast("type[Validated]", entity)))
        return cast("ports.SystemRepository[Row]", rows)

    async def commit(self) -> None:
        """As `UnitOfWork.commit`."""
        await self._unit.commit()


def _repository(unit: Unit, entity: type[Validated]) -> StoreRepository[Validated]:
    model = unit.transaction.catalogue.model(entity)
    return StoreRepository(unit, model, unit.transaction.rows(model))
