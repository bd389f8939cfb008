"""Plain values of each type, which are tried first where any value will do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import attrs

from gapless.kit.columns import ByType, ColumnType
from gapless.kit.json_object import JsonObject

MOMENT = datetime(2024, 2, 29, 12, tzinfo=UTC)
LATER = MOMENT + timedelta(minutes=5)
PLAIN_NUMBER = 5
SOME_ID = UUID(int=1)


@attrs.frozen
class Proposed:
    """The plain values of a type.

    Attributes:
        values: those that are tried first; of what is counted, before the ends of its range.
        bounds: of what has ranges, where one begins and where it ends.
    """

    values: tuple[object, ...] = ()
    bounds: tuple[object, object] | None = None


_NUMBERS = Proposed((PLAIN_NUMBER, 1, 0), (1, 2))
_IDS = Proposed((UUID(int=PLAIN_NUMBER), SOME_ID, UUID(int=0)))
PROPOSED: ByType[Proposed] = ByType(
    interpreter="The search for values",
    place="testing/strategies/proposals.py",
    needed="what is Proposed",
    by_type={
        ColumnType.TEXT: Proposed(),  # it goes by patterns and lengths
        ColumnType.ENUMERATION: Proposed(),  # its members are candidates
        ColumnType.INTEGER: _NUMBERS,
        ColumnType.BIG_INTEGER: _NUMBERS,
        ColumnType.DECIMAL: Proposed((Decimal(PLAIN_NUMBER), Decimal(1), Decimal(0)), (Decimal(1), Decimal(2))),
        ColumnType.BOOLEAN: Proposed(),  # both are candidates
        ColumnType.UUID: _IDS,
        ColumnType.UUIDS: Proposed(((), (SOME_ID,))),
        ColumnType.TIME: Proposed((MOMENT, LATER), (MOMENT, LATER)),
        ColumnType.JSON: Proposed((JsonObject({}),)),
        ColumnType.KEY: _IDS,
    },
)
