"""Which privileges a use case needs: the server says it of each statement that runs with the caller's rights.

The server prints the tree of a statement that it has read, and in it what the executor will ask the role for: tables,
verbs, columns. What runs with the rights of a table's owner, references and functions that are definer, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import asyncpg
import attrs
import sqlalchemy as sa
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.conftest import SCHEMA

TELLING = {"debug_print_parse": "on", "debug_pretty_print": "off", "client_min_messages": "log"}
ASKED = re.compile(
    r":relid (?P<table>\d+) (?:(?!:relid).)*?:requiredPerms (?P<verbs>\d+) :checkAsUser \d+ "
    r":selectedCols \(b(?P<selected>[\d ]*)\) :insertedCols \(b(?P<inserted>[\d ]*)\) "
    r":updatedCols \(b(?P<updated>[\d ]*)\)"
)
INSERT, SELECT, UPDATE, DELETE = 1, 2, 4, 8
FIRST_COLUMN = 7
"""What the server adds to the number of a column, so that those of the system's own are no negative ones."""
OF_REFERENCES = re.compile(r'^SQL statement "[^\n]* ONLY "')
FUNCTION = re.compile(r'PL/pgSQL function "?\w+"?\."?(\w+)"?\(')
CATALOG = """
SELECT c.oid, c.relname, a.attnum, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = to_regnamespace($1) AND a.attnum > 0
"""
DEFINERS = "SELECT proname FROM pg_proc WHERE pronamespace = to_regnamespace($1) AND prosecdef"


@attrs.frozen(order=True)
class Privilege:
    """A right on a table; an UPDATE is of one column, or, to lock a row, of any one, and no other right names any."""

    table: str
    verb: str
    column: str = ""

    def on(self, columns: dict[str, tuple[str, ...]]) -> str:
        """The right as GRANT names it.

        Args:
            columns: those of each table which a role may be given.
        """
        if self.verb == "UPDATE":
            return f"UPDATE ({self.column or columns[self.table][-1]}) ON {SCHEMA}.{self.table}"
        named = f" ({', '.join(columns[self.table])})" if self.verb == "INSERT" else ""
        return f"{self.verb}{named} ON {SCHEMA}.{self.table}"


@attrs.frozen
class Server:
    """What the trees of a database mean: its tables and columns, and the functions that have their owner's rights."""

    tables: dict[int, str]
    columns: dict[tuple[str, int], str]
    definers: frozenset[str]

    @classmethod
    async def of(cls, connection: asyncpg.Connection) -> Server:
        """That of a database."""
        rows = await connection.fetch(CATALOG, SCHEMA)
        definers = await connection.fetch(DEFINERS, SCHEMA)
        return cls(
            {row["oid"]: row["relname"] for row in rows},
            {(row["relname"], row["attnum"]): row["attname"] for row in rows},
            frozenset(row["proname"] for row in definers),
        )

    def asked(self, tree: str) -> Iterator[Privilege]:
        """The privileges that the executor asks for before it runs a statement."""
        for found in ASKED.finditer(tree):
            table, verbs = self.tables.get(int(found["table"])), int(found["verbs"])
            if table is None:
                continue
            for bit, verb in ((SELECT, "SELECT"), (INSERT, "INSERT"), (DELETE, "DELETE")):
                if verbs & bit:
                    yield Privilege(table, verb)
            if verbs & UPDATE:
                numbers = [int(number) - FIRST_COLUMN for number in found["updated"].split()]
                yield from (Privilege(table, "UPDATE", self.columns[table, number]) for number in numbers or ())
                if not numbers:
                    yield Privilege(table, "UPDATE")

    def is_callers(self, context: str) -> bool:
        """Whether what runs in this context has the rights of who called, and not of an owner."""
        return not OF_REFERENCES.match(context) and self.definers.isdisjoint(FUNCTION.findall(context))


@attrs.define(eq=False)
class Listener:
    """Hears from the server which privileges it asks for."""

    server: Server
    heard: set[Privilege] = attrs.field(factory=set)

    def __call__(self, _: object, message: asyncpg.PostgresLogMessage) -> None:
        """Hears a tree."""
        said = message.as_dict()
        if said.get("message") == "parse tree:" and self.server.is_callers(said.get("context") or ""):
            self.heard.update(self.server.asked(" ".join((said.get("detail") or "").split())))

    def needed(self) -> frozenset[Privilege]:
        """What was heard of; a lock that a written column gives the right to needs no right of its own."""
        written = {privilege.table for privilege in self.heard if privilege.column}
        return frozenset(
            privilege
            for privilege in self.heard
            if privilege.verb != "UPDATE" or privilege.column or privilege.table not in written
        )


def told_engine(url: str, listener: Listener) -> AsyncEngine:
    """An engine each connection of which is new, so that it reads every statement anew, and tells the listener."""
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"server_settings": TELLING})

    def hear(connection: object, _: object) -> None:
        driver: asyncpg.Connection = connection.driver_connection  # type: ignore[attr-defined]  # as SQLAlchemy has it
        driver.add_log_listener(listener)

    sa.event.listen(engine.sync_engine, "connect", hear)
    return engine
