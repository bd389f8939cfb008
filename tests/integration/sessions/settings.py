"""Other values of every setting that a session may choose: the server says which there are, and what they take."""

from __future__ import annotations

import asyncpg

EXCEPT = {
    "default_transaction_read_only": "a unit is then refused, which tests/engines/test_settings.py sees",
    "transaction_read_only": "it is of a transaction that has begun",
    "transaction_deferrable": "so is that",
    "transaction_isolation": "so is that",
    "exit_on_error": "the session then ends with the first statement that is refused",
    "client_min_messages": "it decides whether notices are heard, which tell what is found",
    "application_name": "it only shows",
    "local_preload_libraries": "no library is there for it",
    "default_tablespace": "no other is there",
    "temp_tablespaces": "no other is there",
    "default_table_access_method": "no other is there",
    "createrole_self_grant": "nobody makes a role",
    "timezone_abbreviations": "no other is there on each server",
    "geqo_threshold": "its least value is one that takes long to plan with",
}
"""The settings that are left alone, and why."""
NOISE = ("debug_print", "debug_pretty", "trace_", "log_", "md5_")
"""How the names of settings begin that only write more into the log."""
TEXTS = {
    "DateStyle": "German, DMY",
    "TimeZone": "Asia/Kathmandu",
    "default_text_search_config": "pg_catalog.simple",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    "restrict_nonsystem_relation_kind": "view, foreign-table",
    "search_path": "nowhere, gapless",
    "client_encoding": "LATIN1",
    "plpgsql.extra_errors": "all",
    "plpgsql.extra_warnings": "all",
}
"""What settings are set to whose values the server does not list."""
LIMITS = {"lock_timeout": "1min", "statement_timeout": "2min", "idle_in_transaction_session_timeout": "1min"}
"""Limits of time, whose least value is none; what a unit makes of short ones is a test of its own."""
DRIVERS_OWN = frozenset({"client_encoding"})
"""What the driver says as it connects: once it is connected, only the driver itself can change it."""
ASKED = """
SELECT name, vartype, boot_val, min_val, enumvals FROM pg_settings
WHERE context = 'user' AND name <> ALL ($1) AND NOT name ^@ ANY ($2) ORDER BY name
"""


async def other_values(connection: asyncpg.Connection) -> dict[str, str]:
    """For each setting a value that is not the one it has by itself.

    Raises:
        LookupError: the server has a setting of which nothing follows; the message says where to write its value.
    """
    rows = await connection.fetch(ASKED, list(EXCEPT), list(NOISE))
    return {row["name"]: _other(row) for row in rows}


def _other(row: asyncpg.Record) -> str:
    """A truth turned round, the last other member of a list, the least number."""
    name = str(row["name"])
    if name in TEXTS or name in LIMITS:
        return TEXTS.get(name) or LIMITS[name]
    match row["vartype"]:
        case "bool":
            return "off" if row["boot_val"] == "on" else "on"
        case "enum":
            return str([row["boot_val"], *(value for value in row["enumvals"] if value != row["boot_val"])][-1])
        case "integer" | "real":
            return str(row["min_val"])
        case _:
            raise LookupError(f"Write a value of {name} into TEXTS of tests/integration/sessions/settings.py.")


def as_begun(settings: dict[str, str]) -> list[str]:
    """The statements with which a session that is connected sets all of them."""
    return [f"SET {name} = {_quoted(name, value)}" for name, value in settings.items() if name not in DRIVERS_OWN]


def as_owned(settings: dict[str, str], whose: str) -> list[str]:
    """The statements that set them for all sessions of somebody, such as `ROLE x`."""
    return [f"ALTER {whose} SET {name} = {_quoted(name, value)}" for name, value in settings.items()]


def _quoted(name: str, value: str) -> str:
    """The value as ALTER wants it: the search path is a list."""
    return value if name == "search_path" else f"'{value}'"
