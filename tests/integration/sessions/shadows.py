"""What a hostile session has: types, tables, functions and operators of every name that our functions use.

Each does what the server's own of that name does, so that all answers stay the same. Besides, it raises a notice when
it runs with the rights of somebody else than the session's. Aggregates are left out: whoever finds a function of the
session would find its aggregates as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import asyncpg
from asyncpg import introspection

from gapless.domain.catalogue import GAPLESS
from gapless.postgres import create_statements
from tests.conftest import SCHEMA
from tests.integration.postgres.attacking import functions_of

SHADOWS = "shadows"
"""The schema of the functions and operators: the server looks for neither in the temporary one."""
TELLING = "shadowed:"
"""How each notice begins."""
QUOTED = re.compile(r"'(?:[^']|'')*'")
NAME = re.compile(r"[a-z_][a-z0-9_]*")
SYMBOL = re.compile(r"[-+*/<>=~!@#%^&|?]+")
DRIVERS_OWN = frozenset(NAME.findall(f"{introspection.INTRO_LOOKUP_TYPES}\n{introspection.TYPE_BY_NAME}"))
"""The types that the driver names when it asks what a type is: were one of them another, it would ask without end."""
OBJECTS = f"""
CREATE FUNCTION {SHADOWS}.tell(what pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql AS $$
BEGIN
    IF current_user OPERATOR(pg_catalog.<>) session_user THEN
        RAISE NOTICE '{TELLING} % as %', what, current_user;
    END IF;
    RETURN true;
END
$$
"""
# What the temporary schema can have is told by the first two questions, and what comes before pg_catalog by the others.
TYPES = """
SELECT typname FROM pg_type
WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typname = ANY ($1) AND typcategory <> 'A'
"""
CATALOGS = "SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relname = ANY ($1)"
# Of what a function takes or gives, the server's own insides and what can be anything can't be said in PL/pgSQL.
FUNCTIONS = """
SELECT proname, pg_get_function_identity_arguments(oid) AS taken, pg_get_function_result(oid) AS given, pronargs,
    proretset
FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY ($1) AND prokind = 'f' AND provariadic = 0
    AND proargmodes IS NULL AND NOT proargtypes::oid[] && ARRAY['internal', 'cstring', '"any"']::regtype[]::oid[]
    AND prorettype <> ALL ('{internal,cstring,void,record}'::regtype[]::oid[])
"""
# Operators of types that these have as well are left out: the driver looks into them, and so does a check, and each of
# their rows would be asked for in PL/pgSQL.
LOOKED_INTO = ("pg_type", "pg_class", "pg_attribute", "pg_proc", "pg_constraint", "pg_trigger", "pg_index")
OPERATORS = """
SELECT row_number() OVER (), oprname, oprleft::regtype::text AS left, oprright::regtype::text AS right,
    oprresult::regtype::text AS given
FROM pg_operator
WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprname = ANY ($1) AND oprkind = 'b'
    AND ARRAY[oprleft, oprright] <@ (
        SELECT array_agg(DISTINCT atttypid) FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
        WHERE c.relnamespace = to_regnamespace($2) AND atttypid <> ALL (
            SELECT atttypid FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
            WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND c.relname ^@ ANY ($3)
        )
    )
"""


def words() -> tuple[set[str], set[str]]:
    """The names and the operators in the bodies of our functions, and in all that is created with them."""
    text = QUOTED.sub("''", "\n".join(create_statements(GAPLESS, SCHEMA)).lower())
    return set(NAME.findall(text)), set(SYMBOL.findall(text))


def names_in_bodies() -> set[str]:
    """The names in the bodies of our functions alone."""
    return {name for item in functions_of(GAPLESS) for name in NAME.findall(QUOTED.sub("''", item.source.lower()))}


async def schema_objects(connection: asyncpg.Connection) -> list[str]:
    """The statements that make the functions and operators, in a schema that is there."""
    names, symbols = words()
    functions = await connection.fetch(FUNCTIONS, list(names))
    operators = await connection.fetch(OPERATORS, list(symbols), SCHEMA, list(LOOKED_INTO))
    return [OBJECTS, *map(_function, functions), *(text for each in operators for text in _operator(each))]


async def temporary_objects(connection: asyncpg.Connection) -> list[str]:
    """The statements that make the types and the views of one session."""
    names, _ = words()
    types = [row["typname"] for row in await connection.fetch(TYPES, list(names - DRIVERS_OWN))]
    return [*map(_domain, types), *await temporary_views(connection, names_in_bodies() - set(types) - DRIVERS_OWN)]


async def temporary_views(connection: asyncpg.Connection, names: set[str]) -> list[str]:
    """The statements that make a view of each name: on what has that name, if it is a table."""
    catalogs = {row["relname"] for row in await connection.fetch(CATALOGS, list(names))}
    ours = {model.table for model in GAPLESS.models}
    return list(_views(names, catalogs, ours))


def _views(names: set[str], catalogs: set[str], ours: set[str]) -> Iterator[str]:
    for name in sorted(names):
        tells = f"{SHADOWS}.tell('table {name}')"
        if name in ours or name in catalogs:
            home = SCHEMA if name in ours else "pg_catalog"
            yield f'CREATE VIEW pg_temp."{name}" AS SELECT * FROM {home}."{name}" WHERE {tells}'  # noqa: S608  # names of our own
        else:
            yield f'CREATE VIEW pg_temp."{name}" AS SELECT {tells} AS told'


def _domain(name: str) -> str:
    return f'CREATE DOMAIN pg_temp."{name}" AS pg_catalog."{name}" CHECK ({SHADOWS}.tell(\'type {name}\'))'


def _function(row: asyncpg.Record) -> str:
    name = row["proname"]
    call = f'pg_catalog."{name}"({", ".join(f"${place + 1}" for place in range(row["pronargs"]))})'
    gives = f"RETURN QUERY SELECT * FROM {call}" if row["proretset"] else f"RETURN {call}"  # noqa: S608  # as above
    return (
        f'CREATE FUNCTION {SHADOWS}."{name}"({row["taken"]}) RETURNS {row["given"]} LANGUAGE plpgsql AS $$ '
        f"BEGIN PERFORM {SHADOWS}.tell('function {name}'); {gives}; END $$"
    )


def _operator(row: asyncpg.Record) -> tuple[str, str]:
    name, left, right, given = (row[part] for part in ("oprname", "left", "right", "given"))
    function = f"{SHADOWS}.operator_{row['row_number']}"
    does = f"BEGIN PERFORM {SHADOWS}.tell('operator {name}'); RETURN $1 OPERATOR(pg_catalog.{name}) $2; END"
    return (
        f"CREATE FUNCTION {function}({left}, {right}) RETURNS {given} LANGUAGE plpgsql AS $$ {does} $$",
        f"CREATE OPERATOR {SHADOWS}.{name} (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = {function})",
    )
