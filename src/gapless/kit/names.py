"""What a database calls tables and columns, where that is not what a declaration calls them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import attrs

from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.plain import is_of, kind_of, plain_text, shown

GREATEST_IDENTIFIER = 63
"""How many bytes PostgreSQL keeps of a name; of a longer one it drops the rest."""
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f]")
ColumnNames: TypeAlias = "Mapping[str, str] | Callable[[str], str]"
"""The columns by their fields, where they have other names; or a function that makes the one of the other."""


@attrs.frozen
class Names:
    """What a database calls a table and its columns: `Names("KnowledgeItem", camel_case)`.

    Names of rules, errors and audit records stay those of the declaration (decision 0058).

    Attributes:
        table: the table; None if it is called as it is declared.
        columns: the columns by the names of their fields, where they differ; or a function that makes the name of a
            column from that of its field, such as `camel_case`.
    """

    table: str | None = None
    columns: ColumnNames = MappingProxyType({})


DECLARED_NAMES = Names()
"""Nothing is called otherwise than it is declared."""


def camel_case(field: str) -> str:
    """The name of a column as camelCase: `starts_at` becomes "startsAt"."""
    first, *others = field.split("_")
    return "".join([first, *(word.capitalize() for word in others)])


def in_quotes(name: str) -> str:
    """A name as SQL reads it, whatever it is."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def named(entity: str, columns: Iterable[Column], names: Names) -> tuple[Column, ...]:
    """The columns with the names that a database has for them.

    Args:
        entity: the name of the entity, for messages.
        columns: the columns.
        names: what the database calls them.

    Raises:
        DeclarationError: a name is none that PostgreSQL keeps as it is, two columns have one name, or a field is named
            that the entity does not have.
    """
    given = tuple(columns)
    if not is_of(names, Names):
        raise DeclarationError(f"{entity}: `names` is a Names(table, columns), not {kind_of(names)}.")
    if names.table is not None:
        _identifier(f"{entity}: a table", names.table)
    called = [_called(entity, column, names.columns) for column in given]
    if isinstance(names.columns, Mapping) and (unknown := [*set(names.columns) - {column.name for column in given}]):
        raise DeclarationError(f"{entity}: `names` speaks of {shown(unknown[0])!r}, which is not a field of it.")
    if twice := [name for name in called if called.count(name) > 1]:
        raise DeclarationError(f"{entity}: two columns would be called {twice[0]!r}.")
    return tuple(
        column if name == column.name else attrs.evolve(column, stored_as=name)
        for column, name in zip(given, called, strict=True)
    )


def _called(entity: str, column: Column, columns: ColumnNames) -> str:
    if isinstance(columns, Mapping):
        found: object = columns.get(column.name, column.name)
    elif callable(columns):
        found = columns(column.name)
    else:
        raise DeclarationError(
            f"{entity}: the columns of `names` are a mapping from fields to columns or a function, not "
            f"{kind_of(columns)}."
        )
    return _identifier(f"{entity}.{column.name}: a column", found)


def _identifier(what: str, given: object) -> str:
    """A name as it was given, if PostgreSQL keeps it as it is."""
    text = plain_text(given)
    try:
        size = 0 if text is None else len(text.encode())
    except UnicodeEncodeError:
        size = 0
    if text is None or not 1 <= size <= GREATEST_IDENTIFIER or _CONTROLS.search(text):
        found = kind_of(given) if text is None else repr(text)
        said = f"a name is a text of 1 to {GREATEST_IDENTIFIER} bytes without control characters"
        raise DeclarationError(f"{what} can't be called {found}: {said}.")
    return text
