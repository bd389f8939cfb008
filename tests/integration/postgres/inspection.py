"""What a server says of a schema, object by object, and how that differs from what was expected.

The server's own texts are compared with each other: those of a database in use with those of one that is known to be
right, on the same major version. So nothing has to be parsed, and a change of any part shows.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.postgres.sql.text import checked_schema, quoted
from gapless.kit.servability import VERSION_TABLE

_TABLES = """
SELECT 'table ' || c.relname,
    CASE c.relpersistence WHEN 'p' THEN '' WHEN 'u' THEN 'unlogged ' ELSE 'temporary ' END
        || CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
            WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' ELSE 'relation of kind ' || c.relkind::text END
        || coalesce(' WITH ' || c.reloptions::text, '')
FROM pg_class AS c
WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind NOT IN ('i', 'I', 't', 'c') AND c.relname <> :version
"""
# A NOT NULL that was added NOT VALID (PostgreSQL 18) promises nothing about the rows that are there.
_COLUMNS = """
SELECT 'column ' || c.relname || '.' || a.attname,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || quote_ident(o.collname) END,
        CASE WHEN a.attnotnull THEN 'NOT NULL' END,
        CASE WHEN EXISTS (SELECT FROM pg_constraint AS n WHERE n.conrelid = c.oid AND n.contype = 'n'
            AND n.conkey = ARRAY[a.attnum] AND NOT n.convalidated) THEN 'NOT VALID' END,
        CASE WHEN a.attidentity <> '' THEN 'IDENTITY' END,
        CASE WHEN a.attgenerated <> '' THEN 'GENERATED' END,
        'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid))
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_collation AS o ON o.oid = a.attcollation
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind IN ('r', 'p', 'v', 'm') AND c.relname <> :version
"""
# What a NOT NULL or a constraint trigger says is said by the column and by the trigger. `conenforced` came with
# PostgreSQL 18. A foreign key is only as good as the server's own triggers behind it, which somebody may have disabled.
_CONSTRAINTS = """
SELECT 'constraint ' || c.relname || '.' || k.conname,
    concat_ws(' ', pg_get_constraintdef(k.oid),
        CASE WHEN NOT k.convalidated THEN '(not validated)' END,
        CASE WHEN to_jsonb(k) ->> 'conenforced' = 'false' THEN '(not enforced)' END,
        CASE WHEN EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgconstraint = k.oid AND g.tgenabled NOT IN ('O', 'A'))
            THEN '(disabled)' END)
FROM pg_class AS c JOIN pg_constraint AS k ON k.conrelid = c.oid
WHERE c.relnamespace = to_regnamespace(:schema) AND k.contype NOT IN ('n', 't') AND c.relname <> :version
"""
_INDEXES = """
SELECT 'index ' || c.relname || '.' || i.relname,
    concat_ws(' ', pg_get_indexdef(x.indexrelid), CASE WHEN NOT x.indisvalid THEN '(invalid)' END)
FROM pg_class AS c JOIN pg_index AS x ON x.indrelid = c.oid JOIN pg_class AS i ON i.oid = x.indexrelid
WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind IN ('r', 'p', 'm') AND c.relname <> :version
"""
_STATISTICS = """
SELECT 'statistics ' || c.relname || '.' || e.stxname,
    concat_ws(' ', pg_get_statisticsobjdef(e.oid), CASE WHEN e.stxstattarget = 0 THEN '(empty)' END)
FROM pg_class AS c JOIN pg_statistic_ext AS e ON e.stxrelid = c.oid
WHERE c.relnamespace = to_regnamespace(:schema) AND c.relname <> :version
"""
_TRIGGERS = """
SELECT 'trigger ' || c.relname || '.' || g.tgname,
    pg_get_triggerdef(g.oid) || CASE g.tgenabled
        WHEN 'O' THEN '' WHEN 'A' THEN ' (always)' WHEN 'R' THEN ' (replica only)' ELSE ' (disabled)' END
FROM pg_class AS c JOIN pg_trigger AS g ON g.tgrelid = c.oid
WHERE c.relnamespace = to_regnamespace(:schema) AND NOT g.tgisinternal AND c.relname <> :version
"""
_FUNCTIONS = """
SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', pg_get_functiondef(p.oid)
    || CASE WHEN has_function_privilege('public', p.oid, 'EXECUTE') THEN ' (executable by everybody)' ELSE '' END
FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace(:schema) AND p.prokind IN ('f', 'p')
"""
_QUESTIONS = (_TABLES, _COLUMNS, _CONSTRAINTS, _INDEXES, _STATISTICS, _TRIGGERS, _FUNCTIONS)


async def describe(connection: AsyncConnection, schema: str) -> dict[str, str]:
    """What the server says of everything in a schema but the version table.

    Args:
        connection: to the database; what is read belongs to its transaction.
        schema: the PostgreSQL schema.

    Returns:
        Definitions by kind and name, such as "constraint users.check_email_length"; `{schema}` stands for the schema.

    Raises:
        InvalidValue: no schema can have that name.
    """
    values = {"schema": quoted(checked_schema(schema)), "version": VERSION_TABLE}
    own_name = re.compile(rf'(?<![\w"]){re.escape(quoted(schema))}\.')
    before = await connection.scalar(sa.text("SELECT current_setting('search_path')"))
    await _search_path(connection, "pg_catalog")  # so that every name is written with its schema
    rows = [tuple(row) for question in _QUESTIONS for row in await connection.execute(sa.text(question), values)]
    await _search_path(connection, str(before))
    return {name: own_name.sub("{schema}.", text) for name, text in sorted(rows)}


async def _search_path(connection: AsyncConnection, path: str) -> None:
    await connection.execute(sa.text("SELECT set_config('search_path', :path, true)"), {"path": path})


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """What is missing, what is different and what is there without being expected, one line each."""
    lines = []
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            lines.append(f"{name} is missing: {_one_line(expected[name])}")
        elif name not in expected:
            lines.append(f"{name} is there, and nobody declared it: {_one_line(found[name])}")
        elif expected[name] != found[name]:
            lines.append(f"{name} should be {_one_line(expected[name])}, and is {_one_line(found[name])}")
    return lines


def _one_line(definition: str) -> str:
    return " ".join(definition.split())
