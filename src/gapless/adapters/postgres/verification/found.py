"""Reads from the server's catalog, in one query, what a database has of the objects of a catalogue.

The query is only a SELECT, and needs no right: a role that may only read can ask it, also behind a pooler and on a
standby. It has a search path of its own, because the server writes names as the path leads to them: where an operator
of somebody's comes before its own, it writes its own with the schema, and that one without. Long texts come only with
an object that differs. Types come without quotes, because some sessions write every name in quotes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gapless.adapters.postgres.sql.objects import DatabaseObject, DatabaseTable, Function, Trigger
from gapless.adapters.postgres.verification.conditions import times_in

Facts = Mapping[str, object]

# Three things let rows pass the rules by. A rewrite rule replaces a statement, or makes the server refuse a statement
# in WITH. Row security may hide rows from the owner of a function that checks. With inheritance, a statement on the
# parent does not fire the statement triggers of the child, and no index of the parent has the child's rows; only
# partitions are part of their table (decision 0026).
_TABLES = """
SELECT 'table', '', c.relname, '', pg_catalog.jsonb_build_object(
    'kind', c.relkind,
    'persistence', c.relpersistence,
    'hidden_from', CASE WHEN c.relrowsecurity THEN ARRAY(SELECT r.rolname::text FROM pg_catalog.pg_roles AS r
        WHERE NOT r.rolsuper AND NOT r.rolbypassrls
            AND (c.relforcerowsecurity OR NOT pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE'))
            AND r.oid IN (SELECT p.proowner FROM pg_catalog.pg_proc AS p WHERE p.prosecdef
                AND p.pronamespace = c.relnamespace AND p.proname = ANY (CAST(:functions AS text[])))
        ORDER BY 1) ELSE '{}' END,
    'parents', ARRAY(SELECT h.inhparent::pg_catalog.regclass::text FROM pg_catalog.pg_inherits AS h
        WHERE h.inhrelid = c.oid),
    'children', ARRAY(SELECT h.inhrelid::pg_catalog.regclass::text FROM pg_catalog.pg_inherits AS h
        WHERE h.inhparent = c.oid AND c.relkind <> 'p'),
    'rewritten', ARRAY(SELECT w.rulename::text FROM pg_catalog.pg_rewrite AS w
        WHERE w.ev_class = c.oid AND w.ev_type <> '1' AND w.ev_enabled IN ('O', 'A') ORDER BY 1))
FROM tables AS c
"""
# A NOT NULL that was added NOT VALID, as PostgreSQL 18 can, may be broken by rows that were there before.
_COLUMNS = """
SELECT 'column', c.relname, a.attname, '', pg_catalog.jsonb_build_object(
    'type', pg_catalog.replace(pg_catalog.format_type(a.atttypid, a.atttypmod), '"', ''),
    'is_servers_own', t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace,
    'collation', (SELECT o.collname FROM pg_catalog.pg_collation AS o
        WHERE o.oid = a.attcollation AND o.collnamespace = 'pg_catalog'::pg_catalog.regnamespace),
    'not_null', a.attnotnull,
    'not_valid', EXISTS (SELECT FROM pg_catalog.pg_constraint AS n WHERE n.conrelid = c.oid AND n.contype = 'n'
        AND n.conkey = ARRAY[a.attnum] AND NOT n.convalidated),
    'has_default', a.atthasdef,
    'default', (SELECT pg_catalog.pg_get_expr(v.adbin, v.adrelid) FROM pg_catalog.pg_attrdef AS v
        WHERE v.adrelid = c.oid AND v.adnum = a.attnum),
    'is_generated', a.attgenerated <> '',
    'identity', a.attidentity)
FROM tables AS c
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
"""
# `conenforced` came with PostgreSQL 18. The server enforces a reference by triggers of its own, and a primary key or an
# exclusion by an index, so those are read as well.
_CONSTRAINTS = """
SELECT 'constraint', c.relname, k.conname, d.description, pg_catalog.jsonb_build_object(
    'letter', k.contype,
    'columns', ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey)),
    'to', (SELECT r.relname FROM pg_catalog.pg_class AS r
        WHERE r.oid = k.confrelid AND r.relnamespace = c.relnamespace),
    'is_valid', k.convalidated,
    'is_enforced', pg_catalog.to_jsonb(k) ->> 'conenforced' IS DISTINCT FROM 'false',
    'is_deferrable', k.condeferrable,
    'is_disabled', EXISTS (SELECT FROM pg_catalog.pg_trigger AS g
        WHERE g.tgconstraint = k.oid AND g.tgenabled NOT IN ('O', 'A')),
    'index_is_valid', (SELECT x.indisvalid AND x.indisready AND x.indislive FROM pg_catalog.pg_index AS x
        WHERE k.contype IN ('p', 'x') AND x.indexrelid = k.conindid),
    'text', CASE WHEN d.description = ANY (CAST(:marks AS text[])) THEN NULL
        ELSE pg_catalog.pg_get_constraintdef(k.oid) END)
FROM tables AS c
JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype NOT IN ('n', 't')
LEFT JOIN pg_catalog.pg_description AS d
    ON d.objoid = k.oid AND d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objsubid = 0
"""
_INDEXES = """
SELECT 'index', c.relname, i.relname, d.description, pg_catalog.jsonb_build_object(
    'columns', ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(x.indkey) WITH ORDINALITY AS part(number, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = part.number ORDER BY part.place),
    'expressions', ARRAY(SELECT pg_catalog.pg_get_indexdef(i.oid, part.place::integer, false)
        FROM pg_catalog.unnest(x.indkey) WITH ORDINALITY AS part(number, place)
        WHERE part.number = 0 ORDER BY part.place),
    'is_unique', x.indisunique,
    'is_immediate', x.indimmediate,
    'is_valid', x.indisvalid AND x.indisready AND x.indislive,
    'text', CASE WHEN d.description = ANY (CAST(:marks AS text[])) THEN NULL
        ELSE pg_catalog.pg_get_indexdef(i.oid) END)
FROM tables AS c
JOIN pg_catalog.pg_index AS x ON x.indrelid = c.oid
JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
LEFT JOIN pg_catalog.pg_description AS d
    ON d.objoid = i.oid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0
"""
# A target of 0 keeps them empty; no target is the usual one, which older servers write as -1.
_STATISTICS = """
SELECT 'statistics', c.relname, e.stxname, d.description, pg_catalog.jsonb_build_object(
    'columns', ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum = ANY (e.stxkeys) ORDER BY a.attnum),
    'has_expressions', e.stxexprs IS NOT NULL,
    'kinds', pg_catalog.array_to_string(e.stxkind, ''),
    'is_empty', coalesce(e.stxstattarget = 0, false),
    'text', CASE WHEN d.description = ANY (CAST(:marks AS text[])) THEN NULL
        ELSE pg_catalog.pg_get_statisticsobjdef(e.oid) END)
FROM tables AS c
JOIN pg_catalog.pg_statistic_ext AS e ON e.stxrelid = c.oid AND e.stxnamespace = c.relnamespace
LEFT JOIN pg_catalog.pg_description AS d
    ON d.objoid = e.oid AND d.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND d.objsubid = 0
"""
# CREATE OR REPLACE TRIGGER keeps the comment, and so the fingerprint: everything has to be compared (decision 0026).
_TRIGGERS = """
SELECT 'trigger', c.relname, g.tgname, d.description, pg_catalog.jsonb_build_object(
    'state', g.tgenabled,
    'function', (SELECT p.proname FROM pg_catalog.pg_proc AS p
        WHERE p.oid = g.tgfoid AND p.pronamespace = c.relnamespace),
    'bits', g.tgtype,
    'columns', g.tgattr::text,
    'is_deferred', g.tgdeferrable AND g.tginitdeferred,
    'old_rows', g.tgoldtable,
    'new_rows', g.tgnewtable,
    'text', pg_catalog.pg_get_triggerdef(g.oid))
FROM tables AS c
JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = c.oid AND NOT g.tgisinternal
LEFT JOIN pg_catalog.pg_description AS d
    ON d.objoid = g.oid AND d.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND d.objsubid = 0
"""
_FUNCTIONS = """
SELECT 'function', '', p.proname, d.description, pg_catalog.jsonb_build_object(
    'arguments', pg_catalog.replace(pg_catalog.oidvectortypes(p.proargtypes), '"', ''),
    'returns', (SELECT t.typname FROM pg_catalog.pg_type AS t WHERE t.oid = p.prorettype),
    'language', (SELECT l.lanname FROM pg_catalog.pg_language AS l WHERE l.oid = p.prolang),
    'is_definer', p.prosecdef,
    'owner', pg_catalog.pg_get_userbyid(p.proowner),
    'acts_for', ARRAY(SELECT c.relname::text FROM tables AS c
        WHERE p.prosecdef AND pg_catalog.pg_has_role(p.proowner, c.relowner, 'USAGE')),
    'is_usual', p.prokind = 'f' AND p.provolatile = 'v' AND NOT p.proisstrict AND NOT p.proretset,
    'settings', coalesce(p.proconfig, '{}'),
    'is_everybodys', EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl,
        pg_catalog.acldefault('f', p.proowner))) AS a WHERE a.grantee = 0),
    'digest', s.digest,
    'source', CASE WHEN s.digest = ANY (CAST(:digests AS text[])) THEN NULL ELSE p.prosrc END)
FROM pg_catalog.pg_proc AS p
CROSS JOIN LATERAL (
    SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex')
) AS s(digest)
LEFT JOIN pg_catalog.pg_description AS d
    ON d.objoid = p.oid AND d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objsubid = 0
WHERE p.pronamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = CAST(:schema AS text))
    AND p.proname = ANY (CAST(:functions AS text[]))
"""
_SETTINGS = """
SELECT 'setting', '', 'session_replication_role', '',
    pg_catalog.jsonb_build_object('value', pg_catalog.current_setting('session_replication_role'))
"""
# The server shows the times in conditions in the zone and the form of the session, so it is asked for these.
_TIMES = """
SELECT 'shown', '', 'times', '',
    coalesce(pg_catalog.jsonb_object_agg(t.declared, CAST(CAST(t.declared AS timestamptz) AS text)), '{}')
FROM pg_catalog.unnest(CAST(:times AS text[])) AS t(declared)
"""
_PARTS = (_TABLES, _COLUMNS, _CONSTRAINTS, _INDEXES, _STATISTICS, _TRIGGERS, _FUNCTIONS, _SETTINGS, _TIMES)
_QUESTION = f"""
WITH led AS MATERIALIZED (
    SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true) AS path
), tables AS MATERIALIZED (
    SELECT c.* FROM led CROSS JOIN pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = CAST(:schema AS text) AND c.relname = ANY (CAST(:tables AS text[]))
        AND c.relkind NOT IN ('i', 'I')
), found (kind, on_table, name, comment, facts) AS (
{" UNION ALL ".join(_PARTS)}
)
SELECT kind, CAST(on_table AS text), CAST(name AS text), comment, CAST(facts AS text) FROM found
"""  # noqa: S608  # it is made of the texts above


@attrs.frozen
class FoundObject:
    """An object that the database has.

    Attributes:
        comment: its comment, which may have a fingerprint; None if there is no comment.
        facts: what else the server says about it.
    """

    comment: str | None
    facts: Facts


@attrs.frozen
class FoundDatabase:
    """The objects that a database has under the names of a catalogue, by kind, table ("" if it has none) and name."""

    objects: Mapping[tuple[str, str, str], FoundObject]

    def find(self, kind: str, name: str, table: str = "") -> FoundObject | None:
        """The object of that kind, name and table; None if there is none."""
        return self.objects.get((kind, table, name))

    @property
    def shown(self) -> Mapping[str, str]:
        """The times in declared conditions, each with the form in which the server shows it in this session."""
        found = self.find("shown", "times")
        return {} if found is None else {time: str(form) for time, form in found.facts.items()}

    def on(self, kind: str, table: str) -> dict[str, FoundObject]:
        """All objects of a kind on a table, by their names."""
        return {name: found for (of, on, name), found in self.objects.items() if (of, on) == (kind, table)}


def database_of(
    connection: Connection, schema: str, objects: Iterable[DatabaseObject], marks: Collection[str]
) -> FoundDatabase:
    """Reads what a database has of these objects, by one query, after which its transaction has another search path.

    Args:
        connection: a connection to the database.
        schema: the PostgreSQL schema.
        objects: the objects of the catalogue.
        marks: the fingerprints of the objects.
    """
    functions = [item for item in objects if isinstance(item, Function)]
    values = {
        "schema": schema,
        "tables": sorted({item.name for item in objects if isinstance(item, DatabaseTable)}),
        "functions": [function.name for function in functions],
        "digests": [digest_of(function) for function in functions],
        "marks": list(marks),
        "times": sorted({time for item in objects if isinstance(item, Trigger) for time in times_in(item.when)}),
    }
    rows = connection.execute(sa.text(_QUESTION), values)
    found = {}
    for kind, table, name, comment, facts in rows:
        one = FoundObject(comment, json.loads(facts))
        found[kind, table, _name(kind, name, one.facts)] = one
    return FoundDatabase(found)


def digest_of(function: Function) -> str:
    """The digest of a function's text, as the server computes it."""
    return hashlib.sha256(function.source.encode()).hexdigest()


def _name(kind: str, name: str, facts: Facts) -> str:
    """The name by which an object is found; for a function with its arguments, because names can be overloaded."""
    return f"{name}({facts['arguments']})" if kind == "function" else name
