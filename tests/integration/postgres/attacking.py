"""Attacks on functions and rights, computed over everything that a catalogue makes; each says what passed."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg

from gapless.adapters.postgres.ddl.invariants import store_owned_columns
from gapless.adapters.postgres.schema.creation import fingerprinted
from gapless.adapters.postgres.sql.objects import Function, Trigger
from gapless.kit import Catalogue, Model
from gapless.kit.model import Validated
from gapless.kit.outbox import OutboxEvent
from gapless.postgres import Profile

FIRING = {
    "INSERT": "INSERT INTO {0} DEFAULT VALUES",
    "UPDATE": "UPDATE {0} SET version = version",
    "DELETE": "DELETE FROM {0}",
    "TRUNCATE": "TRUNCATE {0}",
}
ROWS = {"old_rows": "OLD TABLE AS old_rows", "new_rows": "NEW TABLE AS new_rows"}
OWN_TABLES = ("pg_temp.{0}", "attackers.{0}")
WRITES = ("INSERT", "UPDATE")
RIGHTS = """
SELECT name, right_, column_ FROM unnest($2::text[], $3::text[], $4::text[]) AS asked (name, right_, column_)
WHERE CASE WHEN column_ = '' THEN has_table_privilege($1, 'gapless.' || name, right_)
    ELSE has_column_privilege($1, 'gapless.' || name, column_, right_) END
"""
EXECUTED = """
SELECT name FROM unnest($2::text[]) AS name
WHERE has_function_privilege($1, 'gapless.' || name || '()', 'EXECUTE')
"""


@asynccontextmanager
async def taken_back(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Whatever happens inside is taken back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


def functions_of(catalogue: Catalogue) -> list[Function]:
    """All functions of a catalogue."""
    return [item for item, _ in fingerprinted(catalogue, "gapless") if isinstance(item, Function)]


def calls_of_definers(catalogue: Catalogue) -> Iterator[tuple[Function, Trigger, str]]:
    """Every trigger that calls a function with its owner's rights, for each of its events."""
    definers = {function.name: function for function in functions_of(catalogue) if function.definer}
    for item, _ in fingerprinted(catalogue, "gapless"):
        if isinstance(item, Trigger) and item.calls.name in definers:
            for event in item.events:
                yield definers[item.calls.name], item, event


async def unguarded(connection: asyncpg.Connection, catalogue: Catalogue, attacker: str) -> list[str]:
    """The functions with their owner's rights that act for a trigger of somebody's own, on a table of his own.

    The tables are called like ours and have the same columns, the triggers are made as ours, and the attacker may
    execute the function, so that nothing but the function itself refuses.

    Args:
        connection: of the owner.
        catalogue: what the database has.
        attacker: a role that may read the tables and execute the functions, and owns the schema `attackers`.
    """
    passed = []
    for function, trigger, event in calls_of_definers(catalogue):
        for place in OWN_TABLES:
            async with taken_back(connection):
                await connection.execute(f"SET LOCAL ROLE {attacker}")
                if not await _is_refused(connection, trigger, event, place.format(trigger.table)):
                    passed.append(function.name)
    return passed


async def _is_refused(connection: asyncpg.Connection, trigger: Trigger, event: str, table: str) -> bool:
    made = "TEMP TABLE" if table.startswith("pg_temp") else "TABLE"
    await connection.execute(f"CREATE {made} {table} AS TABLE gapless.{trigger.table} WITH NO DATA")
    await connection.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS version integer")
    if event != "INSERT":
        await connection.execute(FIRING["INSERT"].format(table))
    rows = f"REFERENCING {' '.join(ROWS[name] for name in trigger.transition)}" if trigger.transition else ""
    level = "ROW" if trigger.each_row else "STATEMENT"
    await connection.execute(
        f"CREATE TRIGGER own {trigger.moment} {event} ON {table} {rows} FOR EACH {level} "
        f"EXECUTE FUNCTION gapless.{trigger.calls.name}()"
    )
    try:
        async with connection.transaction():
            await connection.execute(FIRING[event].format(table))
    except asyncpg.InsufficientPrivilegeError as error:
        return f"function {trigger.calls.name} acts for the triggers of table" in str(error)
    except asyncpg.PostgresError:
        return False  # it was at work
    return False


def excess_of(profile: Profile, catalogue: Catalogue, model: Model[Validated]) -> Iterator[tuple[str, str]]:
    """The rights to a table, each with its column or "", that no role of a profile may have."""
    yield from ((right, "") for right in ("TRUNCATE", "REFERENCES", "TRIGGER"))
    never_changed = model.append_only is not None
    erased = model.append_only.erasable if model.append_only and profile is Profile.JOBS else ()
    for owned in store_owned_columns(catalogue, model):
        yield from ((right, owned.name) for right in WRITES)
    for column in model.columns:
        if model.entity in catalogue.archives:
            yield "INSERT", column.name
        if (never_changed and column not in erased) or column.name in model.immutable or column.name in model.key:
            yield "UPDATE", column.name
        if profile is Profile.REQUESTS and model.entity in catalogue.erasures:
            yield from ((right, column.name) for right in WRITES)
        if profile is Profile.REQUESTS and model.entity is OutboxEvent:
            yield "UPDATE", column.name
    kept = (*catalogue.erasures, OutboxEvent, catalogue.root.entity)
    if never_changed or (profile is Profile.REQUESTS and model.entity in kept):
        yield "DELETE", ""


async def too_much(connection: asyncpg.Connection, catalogue: Catalogue, role: str, profile: Profile) -> list[str]:
    """What a role has beyond its profile, by table, column and function."""
    asked = [(model.table, *excess) for model in catalogue.models for excess in excess_of(profile, catalogue, model)]
    rows = await connection.fetch(RIGHTS, role, *map(list, zip(*asked, strict=True)))
    found = [f"{right} {table}{column and '.'}{column}" for table, right, column in rows]
    triggers = [function.name for function in functions_of(catalogue) if function.returns == "trigger"]
    return found + [f"EXECUTE {name}" for (name,) in await connection.fetch(EXECUTED, role, triggers)]
