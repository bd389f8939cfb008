"""Behind the face of a unit of PostgreSQL: the connection that it works by."""

from __future__ import annotations

from typing import cast

from gapless.adapters.postgres.connections.requests import UnitConnection
from gapless.adapters.postgres.transaction import PostgresTransaction
from gapless.adapters.writing.units import StoreReading, StoreSystemUnit, StoreUnit


def session_of(unit: object) -> UnitConnection:
    """The session of a unit or a reading."""
    opened = cast("StoreUnit | StoreReading | StoreSystemUnit", unit)._unit
    return cast(PostgresTransaction, opened.transaction).unit_connection
