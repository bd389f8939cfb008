"""Statements that are no part of a revision, and those that only look like it."""

OUTSIDE = (
    "VACUUM",
    "VACUUM (ANALYZE) {schema}.things",
    "CREATE DATABASE other",
    "Drop Database other",
    "CREATE TABLESPACE other LOCATION '/nowhere'",
    "DROP TABLESPACE other",
    "ALTER SYSTEM SET work_mem = '8MB'",
    "ALTER DATABASE other SET TABLESPACE pg_default",
    "CREATE INDEX CONCURRENTLY ON {schema}.things (id)",
    "CREATE /* it */ UNIQUE INDEX concurrently things_id ON {schema}.things (id)",
    "DROP INDEX CONCURRENTLY {schema}.things_id",
    "REINDEX INDEX CONCURRENTLY {schema}.things_id",
    "REINDEX (VERBOSE, CONCURRENTLY) TABLE {schema}.things",
    "REINDEX DATABASE postgres",
    "REINDEX (VERBOSE) SCHEMA {schema}",
    "ALTER TABLE {schema}.things DETACH PARTITION {schema}.old CONCURRENTLY",
    "CLUSTER",
    "CLUSTER VERBOSE",
)
"""What PostgreSQL does only outside of a transaction."""
OF_THE_SESSION = (
    "SET search_path = public",
    "SET SESSION work_mem = '8MB'",
    'SET "work_mem" TO DEFAULT',
    "SET ROLE other",
    "SET SESSION AUTHORIZATION other",
    "SET TIME ZONE 'UTC'",
    "RESET ALL",
    "DISCARD TEMP",
    "DEALLOCATE ALL",
    "LISTEN here",
    "UNLISTEN *",
)
"""What would change the session, which goes on after a transaction."""
WITHIN = (
    "SET LOCAL search_path = public",
    "SET CONSTRAINTS ALL IMMEDIATE",
    "SET TRANSACTION DEFERRABLE",
    "CREATE INDEX things_concurrently ON {schema}.things (id) WHERE name = 'concurrently'",
    'CREATE INDEX "concurrently" ON {schema}.things (id)',
    "REINDEX (CONCURRENTLY FALSE) TABLE {schema}.things",
    "REINDEX TABLE {schema}.things",
    "CLUSTER {schema}.things",
    "ALTER DATABASE other SET work_mem = '8MB'",
    "ALTER TABLE {schema}.things DETACH PARTITION {schema}.old",
    "CREATE TABLE {schema}.vacuum (reset int)",
    "UPDATE {schema}.things SET name = 'VACUUM'",
    "COPY {schema}.things FROM '/etc/things'",
)
"""What looks like it, and belongs into a transaction."""
WHOLE = (
    "CREATE TABLE {schema}.noted (note text)",
    """CREATE RULE noting AS ON INSERT TO {schema}.things DO ALSO (
        INSERT INTO {schema}.noted VALUES ('a;)');
        INSERT INTO {schema}.noted VALUES (CASE WHEN true THEN 'b' END))""",
    """CREATE FUNCTION {schema}.ends() RETURNS int LANGUAGE sql BEGIN ATOMIC
        SELECT ends.end AS end FROM (SELECT 1 AS end) AS ends;
        SELECT CASE WHEN true THEN 2 END;
    END""",
    "CREATE PROCEDURE {schema}.nothing() LANGUAGE sql BEGIN /* it is */ ATOMIC END",
    "SELECT E'a\\''\n  'b;\\''\t-- and; on\n\n -- so on\n'c;\\''",
    'SELECT U&\'d\\0061;\', U&"a;b" FROM (SELECT 1 AS "a;b") AS "a""b;"',
    "DO $→$ BEGIN PERFORM 1; END; $→$",
    "DO $cafe\u0301$ BEGIN PERFORM 1; END; $cafe\u0301$",
    "CREATE TABLE {schema}.cafe\u0301$a$ (\u00a0 int)",
    "SELECT 1 AS 😀$$",
)
"""Single statements with semicolons in them, or with names that Python's idea of a letter would divide."""
