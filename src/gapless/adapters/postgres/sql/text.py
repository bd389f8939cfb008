"""Writes definitions as SQL text: it quotes names where they must be quoted, and inlines constants in conditions."""

from __future__ import annotations

import re
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg

from gapless.adapters.postgres.sql.column_types import sql_type
from gapless.adapters.postgres.sql.predicates import Expression, SqlCompiler, text_constant
from gapless.kit.columns import Column
from gapless.kit.errors import InvalidValue
from gapless.kit.json_object import is_representable_text
from gapless.kit.kinds import Rule
from gapless.kit.names import GREATEST_IDENTIFIER
from gapless.kit.plain import kind_of, plain_text, shown
from gapless.kit.predicates import TRUE, Node

T = TypeVar("T")
# The style of parameters of this dialect leaves percent signs as they are.
DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves the constructor untyped
CHECK_VIOLATION = "23514"
RESTRICT_VIOLATION = "23001"
_SCHEMA = re.compile("[a-z_][a-z0-9_]{0,62}")
# PostgreSQL reads the first as everybody even in quotes, and refuses the second as the name of a role.
_NO_ROLES = ("public", "none")


def checked_schema(schema: str) -> str:
    """Returns the name if it can be a schema's: an identifier in small letters that the server does not reserve.

    Raises:
        InvalidValue: the schema can't have this name.
    """
    name = plain_text(schema)
    if name is None or not _SCHEMA.fullmatch(name) or name.startswith("pg_") or name == "information_schema":
        raise InvalidValue(
            "schema",
            f"'{shown(schema)}' can't be the schema of gapless: use lower-case letters, digits and underscores, "
            f"a letter first, at most {GREATEST_IDENTIFIER}, and not pg_ in front.",
            fields=("schema",),
        )
    return name


def checked_role(role: str) -> str:
    """Returns the name if it can be a role's, and PostgreSQL reads all of it.

    Raises:
        InvalidValue: the name is not a text, is empty, has characters that no name can have, or stands for everybody;
            or it is longer than 63 bytes: the server would cut it there, and grant the rights to another role.
    """
    name = plain_text(role)
    if name is None:
        raise InvalidValue("role", f"A role is named by a text, not by {kind_of(role)}.", fields=("role",))
    if name.strip().lower() in _NO_ROLES:
        said = f"'{shown(name)}' is no role: PostgreSQL reads it as everybody, or as nobody."
        raise InvalidValue("role", said, fields=("role",))
    if not is_representable_text(name) or not 1 <= len(name.encode()) <= GREATEST_IDENTIFIER:
        said = f"The name of a role has 1 to {GREATEST_IDENTIFIER} bytes of UTF-8, and no NUL: '{shown(name)}' is none."
        raise InvalidValue("role", said, fields=("role",))
    return name


def quoted_role(role: str) -> str:
    """The name of a role in quotes, so that the server reads no word of SQL in it."""
    return DIALECT.identifier_preparer.quote_identifier(str.__str__(role))


def quoted(name: str) -> str:
    """The name as SQL writes it, in quotes if they are needed; a subclass of `str` becomes a plain text."""
    return DIALECT.identifier_preparer.quote(str.__str__(name))


def qualified(schema: str, name: str) -> str:
    """The name of an object with its schema in front."""
    return f"{quoted(schema)}.{quoted(name)}"


def type_name(column: Column) -> str:
    """The type of a column's values, without a collation."""
    return type_and_collation(sql_type(column))[0]


def type_and_collation(type: sa.types.TypeEngine[T]) -> tuple[str, str | None]:
    """The name of a type as the server shows it, and its collation; None if it has no collation."""
    name, _, collation = type.compile(dialect=DIALECT).partition(" COLLATE ")
    return name.lower().replace(", ", ","), collation.strip('"') or None


def condition(node: Node, row: str = "") -> str:
    """A predicate over the columns of a row, as a condition that is true, false or unknown.

    Args:
        node: the predicate.
        row: the name of the row in the statement; "" if its columns have no name in front.
    """
    compiled = SqlCompiler(lambda column: _operand(column, row)).expression(node)
    return str(compiled.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))


def is_false_of_change(node: Node) -> str:
    """The condition that a predicate over a row, NEW, and its previous one, OLD, is false: not true and not unknown."""
    compiled = SqlCompiler(lambda column: _operand(column, "NEW"), previous=lambda column: _operand(column, "OLD"))
    text = compiled.expression(node).compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
    return f"({text}) IS FALSE"


def is_false(node: Node, row: str = "") -> str:
    """The condition that a predicate is false: not true and not unknown."""
    return f"({condition(node, row)}) IS FALSE"


def is_true(node: Node, row: str = "") -> str:
    """The condition that a predicate is true: not false and not unknown."""
    return f"({condition(node, row)}) IS TRUE"


def is_not_true(node: Node, row: str = "") -> str:
    """The condition that a predicate is false or unknown."""
    return f"({condition(node, row)}) IS NOT TRUE"


def narrowed(node: Node, row: str) -> str:
    """The predicate as another part of a WHERE clause, with AND in front; "" if it is always true."""
    return "" if node is TRUE else f" AND ({condition(node, row)})"


def _operand(column: Column, row: str) -> Expression:
    name = quoted(column.stored)
    return sa.literal_column(f"{row}.{name}" if row else name, sql_type(column))


def refusal(rule: Rule, table: str, state: str = CHECK_VIOLATION) -> str:
    """The PL/pgSQL statement that refuses a write in the name of a rule.

    It says no value of a row, and does not say the message of the rule, which can change without a migration.

    Args:
        rule: the rule that is broken.
        table: the table of the entity that declares it.
        state: the SQLSTATE.
    """
    message = text_constant(f'rule "{rule.name}" of table "{table}" is violated')
    return (
        f"RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = {message},\n"
        f"    CONSTRAINT = {text_constant(rule.name)}, SCHEMA = TG_TABLE_SCHEMA, TABLE = {text_constant(table)};"
    )


def in_dollars(source: str) -> str:
    """The source of a function as a constant, between dollar signs that it does not hold itself."""
    tag = ""
    while f"${tag}$" in source:
        tag += "_"
    return f"${tag}${source}${tag}$"


def indented(text: str) -> str:
    """The text, with each line indented by four spaces."""
    return "\n".join(f"    {line}" for line in text.split("\n"))


def statement_text(definition: sa.ClauseElement) -> str:
    """A statement that defines something, as text in lines."""
    lines = str(definition.compile(dialect=DIALECT)).replace("\t", "    ").split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip())
