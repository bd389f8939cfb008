"""Compiles statements to texts with numbered parameters, whatever a database calls its tables and columns.

SQLAlchemy looks for parameters in the finished text, and finds them in names such as `%(id)s` as well. So here each is
marked by characters that no name and no constant has, and only these are replaced.
"""

from __future__ import annotations

import re
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg

from gapless.kit.names import GREATEST_IDENTIFIER

_MARK = "\0"
_MARKED = re.compile(f"{_MARK}([^{_MARK}]+){_MARK}")
_SUFFIX = 6
"""How many bytes of a label SQLAlchemy keeps for a number."""


class _Compiler(asyncpg.PGCompiler_asyncpg):
    """Writes each parameter as its name between marks, with the cast that the dialect adds."""

    def bindparam_string(self, name: str, *given: Any, **more: Any) -> str:  # noqa: ANN401  # those of the method
        """The parameter as it stands in the text."""
        _, colons, cast_type = super().bindparam_string(name, *given, **more).partition("::")
        return f"{_MARK}{name}{_MARK}{colons}{cast_type}"


# Named parameters are not looked for in the finished text. No name of a column is cut, as labels of CTEs would be.
_DIALECT = asyncpg.dialect(paramstyle="named", label_length=GREATEST_IDENTIFIER + _SUFFIX)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves the constructor untyped
_DIALECT.statement_compiler = _Compiler


def numbered(statement: sa.ClauseElement) -> tuple[str, tuple[str, ...]]:
    """The text of a statement, with $1, $2 and so on for its parameters, and their names in this order."""
    compiled = cast(_Compiler, statement.compile(dialect=_DIALECT))
    names = tuple(dict.fromkeys(compiled.bind_names.values()))
    places = {name: f"${place}" for place, name in enumerate(names, 1)}
    return _MARKED.sub(lambda found: places[found[1]], str(compiled)), names
