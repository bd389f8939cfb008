"""The host's own SELECTs in memory: a function of the host's answers them, for nobody reads SQL here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import cast

from gapless.kit.errors import InvalidValue
from gapless.kit.plain import kind_of
from gapless.kit.ports import Reading
from gapless.kit.ports.selects import SelectConnection, SelectedRows, SqlAnswer

Row = Mapping[str, object]


class AnsweredConnection(SelectConnection):
    """What a reading has for a connection; see `SelectConnection`.

    Args:
        answer: the host's function.
        reading: the reading in which it is asked.
        require_open: refuses a reading that is not open, or has no time left.
    """

    def __init__(self, answer: SqlAnswer, reading: Reading, require_open: Callable[[], None]) -> None:
        self._answer = answer
        self._reading = reading
        self._require_open = require_open

    async def execute(self, statement: object, parameters: Row | None = None, /) -> SelectedRows:
        """As `SelectConnection.execute`."""
        self._require_open()
        rows = _rows(await self._answer(statement, parameters, self._reading))
        self._require_open()
        return _result(rows)

    async def scalar(self, statement: object, parameters: Row | None = None, /) -> object:
        """As `SelectConnection.scalar`."""
        found = (await self.execute(statement, parameters)).all()
        return found[0][0] if found else None


def require_answer(given: SqlAnswer | None) -> SqlAnswer | None:
    """Gives back what is to answer statements.

    Raises:
        InvalidValue: it can't be called.
    """
    asked: object = given
    if asked is not None and not callable(asked):
        said = f"sql= is a coroutine function of a statement, its parameters and the reading, not {kind_of(given)}."
        raise InvalidValue("sql", said, fields=("sql",))
    return given


def _rows(given: object) -> list[Row]:
    """The rows that a function has answered.

    Raises:
        InvalidValue: they are no mappings, or do not have the same columns.
    """
    if not isinstance(given, Iterable) or isinstance(given, Mapping):
        raise _refusal(f"it answers with {kind_of(given)}")
    rows = [*given]
    names = tuple(rows[0]) if rows and isinstance(rows[0], Mapping) else ()
    for row in rows:
        if not isinstance(row, Mapping):
            raise _refusal(f"there is {kind_of(row)} among them")
        if not row or tuple(row) != names:
            raise _refusal(f"one has ({', '.join(map(str, row))}), and the first ({', '.join(map(str, names))})")
    return cast("list[Row]", rows)


def _refusal(found: str) -> InvalidValue:
    said = "sql= answers with rows that are mappings from the names of the same columns to their values"
    return InvalidValue("sql", f"{said}; {found}.", fields=("sql",))


def _result(rows: list[Row]) -> SelectedRows:
    """The rows as SQLAlchemy gives them, so that a host reads both alike."""
    from sqlalchemy.engine import IteratorResult  # noqa: PLC0415  # nothing else of this store needs it
    from sqlalchemy.engine.result import SimpleResultMetaData  # noqa: PLC0415  # as above

    # An answer without rows has a column all the same, or SQLAlchemy would take it for that of a write.
    names = [*rows[0]] if rows else ["nothing"]
    values = (tuple(row[name] for name in names) for row in rows)
    return cast(SelectedRows, IteratorResult(SimpleResultMetaData(names), iter(values)))
