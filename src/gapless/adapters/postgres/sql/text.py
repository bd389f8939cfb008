"""Writes definitions as SQL text: names quoted where they must be, conditions with their constants inlined."""

from __future__ import annotations

import re
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg

from gapless.adapters.postgres.sql.predicates import COLUMN_TYPES, Expression, SqlCompiler, text_constant
from gapless.kit.columns import Column
from gapless.kit.errors import InvalidValue
from gapless.kit.json_object import is_representable_text
from gapless.kit.kinds import Rule
from gapless.kit.plain import kind_of, plain_text, shown
from gapless.kit.predicates import TRUE, Node

T = TypeVar("T")
# Its parameter style leaves percent signs as they are.
DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves the constructor untyped
CHECK_VIOLATION = "23514"
RESTRICT_VIOLATION = "23001"
_SCHEMA = re.compile("[a-z_][a-z0-9_]{0,62}")
GREATEST_ROLE = 63
# In quotes too, PostgreSQL reads the first as everybody, and takes the second for no role.
_NO_ROLES = ("public", "none")


def checked_schema(schema: str) -> str:
    """Returns the name if a schema may have it: a lower-case identifier that is not the server's own.

    Raises:
        InvalidValue: it is another name.
    """
    name = plain_text(schema)
    if name is None or not _SCHEMA.fullmatch(name) or name.startswith("pg_") or name == "information_schema":
        raise InvalidValue(
            "schema",
            f"'{shown(schema)}' can't be the schema of gapless: use lower-case letters, digits and underscores, "
            "a letter first, at most 63, and not pg_ in front.",
            fields=("schema",),
        )
    return name


def checked_role(role: str) -> str:
    """Returns the name if a role may have it, and PostgreSQL reads it to its end.

    Raises:
        InvalidValue: it is no text, empty, holds what no name can hold, is longer than 63 bytes, of which the server
            would read the first and grant to another role, or stands for everybody.
    """
    name = plain_text(role)
    if name is None:
        raise InvalidValue("role", f"A role is named by a text, not by {kind_of(role)}.", fields=("role",))
    if name.strip().lower() in _NO_ROLES:
        said = f"'{shown(name)}' is no role: PostgreSQL reads it as everybody, or as nobody."
        raise InvalidValue("role", said, fields=("role",))
    if not is_representable_text(name) or not 1 <= len(name.encode()) <= GREATEST_ROLE:
        said = f"The name of a role has 1 to {GREATEST_ROLE} bytes of UTF-8, and no NUL: '{shown(name)}' is none."
        raise InvalidValue("role", said, fields=("role",))
    return name


def quoted_role(role: str) -> str:
    """The name of a role in quotes, so that no word of SQL is read in it."""
    return DIALECT.identifier_preparer.quote_identifier(str.__str__(role))


def quoted(name: str) -> str:
    """The name as SQL writes it: in quotes if it would be read as something else; of a subclass the plain text."""
    return DIALECT.identifier_preparer.quote(str.__str__(name))


def qualified(schema: str, name: str) -> str:
    """The name of an object behind that of its schema."""
    return f"{quoted(schema)}.{quoted(name)}"


def type_name(column: Column) -> str:
    """The type of a column's values, without a collation."""
    return type_and_collation(COLUMN_TYPES[column.type])[0]


def type_and_collation(type: sa.types.TypeEngine[T]) -> tuple[str, str | None]:
    """A type's name in small letters, and its collation; None if it says none."""
    name, _, collation = type.compile(dialect=DIALECT).partition(" COLLATE ")
    return name.lower(), collation.strip('"') or None


def condition(node: Node, row: str = "") -> str:
    """A predicate over the columns of a row, in SQL's three truth values.

    Args:
        node: the predicate.
        row: how the row is called in the statement; "" if its columns stand alone.
    """
    compiled = SqlCompiler(lambda column: _operand(column, row)).expression(node)
    return str(compiled.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))


def is_false_of_change(node: Node) -> str:
    """That a predicate over a changed row, NEW, and what it was before, OLD, is false, and neither true nor unknown."""
    compiled = SqlCompiler(lambda column: _operand(column, "NEW"), previous=lambda column: _operand(column, "OLD"))
    text = compiled.expression(node).compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
    return f"({text}) IS FALSE"


def is_false(node: Node, row: str = "") -> str:
    """That a predicate is false, and neither true nor unknown."""
    return f"({condition(node, row)}) IS FALSE"


def is_true(node: Node, row: str = "") -> str:
    """That a predicate is true, and neither false nor unknown."""
    return f"({condition(node, row)}) IS TRUE"


def is_not_true(node: Node, row: str = "") -> str:
    """That a predicate is false or unknown."""
    return f"({condition(node, row)}) IS NOT TRUE"


def narrowed(node: Node, row: str) -> str:
    """The predicate as a further part of a WHERE clause; nothing if it is always true."""
    return "" if node is TRUE else f" AND ({condition(node, row)})"


def _operand(column: Column, row: str) -> Expression:
    name = quoted(column.name)
    return sa.literal_column(f"{row}.{name}" if row else name, COLUMN_TYPES[column.type])


def refusal(rule: Rule, table: str, state: str = CHECK_VIOLATION) -> str:
    """The PL/pgSQL statement that refuses something in the name of a rule.

    The message holds nothing of a row, and not the rule's sentence either: words can change without a migration.

    Args:
        rule: what is violated.
        table: the table of the entity that declares it.
        state: the SQLSTATE.
    """
    message = text_constant(f'rule "{rule.name}" of table "{table}" is violated')
    return (
        f"RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = {message},\n"
        f"    CONSTRAINT = {text_constant(rule.name)}, SCHEMA = TG_TABLE_SCHEMA, TABLE = {text_constant(table)};"
    )


def indented(text: str) -> str:
    """The text four columns further to the right."""
    return "\n".join(f"    {line}" for line in text.split("\n"))


def statement_text(definition: sa.ClauseElement) -> str:
    """A statement of definition as text, laid out in lines."""
    lines = str(definition.compile(dialect=DIALECT)).replace("\t", "    ").strip().split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip())
