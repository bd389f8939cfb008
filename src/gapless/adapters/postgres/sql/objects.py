"""The objects of a database that a catalogue makes, each with the statements for it and the rules that it carries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeAlias

import attrs

from gapless.adapters.postgres.sql.extensions import Extension
from gapless.adapters.postgres.sql.predicates import text_constant
from gapless.adapters.postgres.sql.text import indented, qualified, quoted

BEFORE, AFTER = "BEFORE", "AFTER"
OLD_ROWS, NEW_ROWS = "old_rows", "new_rows"
SEARCH_PATH = "pg_catalog, pg_temp"
GENERIC_PLANS = "force_generic_plan"
INSUFFICIENT_PRIVILEGE = "42501"


@attrs.frozen(kw_only=True)
class DatabaseTable:
    """A table; `create` makes it with its columns and constraints. It can be seen whole, so it has no fingerprint."""

    kind: ClassVar[str] = "table"
    schema: str
    name: str
    create: str

    @property
    def statements(self) -> tuple[str, ...]:
        """What makes it."""
        return (self.create,)


@attrs.frozen(kw_only=True)
class AddedColumn:
    """A column that a rule adds to a table which is there; it can be seen whole as well."""

    kind: ClassVar[str] = "column"
    schema: str
    table: str
    name: str
    create: str

    @property
    def statements(self) -> tuple[str, ...]:
        """What makes it."""
        return (self.create,)


@attrs.frozen(kw_only=True)
class Constraint:
    """A primary key, a check, a reference or an exclusion.

    Attributes:
        letter: what the server calls its type: p, c, f or x.
        columns: those of its table that it speaks of.
        to: the table that a reference points at; "" of others.
        create: what makes it later.
        is_in_table: whether the statement of its table makes it.
    """

    kind: ClassVar[str] = "constraint"
    schema: str
    table: str
    name: str
    rules: tuple[str, ...]
    letter: str
    columns: tuple[str, ...]
    to: str = ""
    create: str
    is_in_table: bool = True

    @property
    def declared_by(self) -> str:
        """The table of the entity that declares it."""
        return self.table

    @property
    def statements(self) -> tuple[str, ...]:
        """What makes it: nothing if the statement of its table does."""
        return () if self.is_in_table else (self.create,)

    @property
    def declaration(self) -> tuple[str, ...]:
        """What its fingerprint is made of."""
        return (self.create,)

    @property
    def target(self) -> str:
        """What a comment on it names."""
        return f"CONSTRAINT {quoted(self.name)} ON {qualified(self.schema, self.table)}"


@attrs.frozen(kw_only=True)
class DatabaseIndex:
    """An index over columns; a unique one is a rule."""

    kind: ClassVar[str] = "index"
    schema: str
    table: str
    name: str
    rules: tuple[str, ...]
    columns: tuple[str, ...]
    unique: bool
    create: str

    @property
    def declared_by(self) -> str:
        """The table of the entity that declares it."""
        return self.table

    @property
    def statements(self) -> tuple[str, ...]:
        """What makes it."""
        return (self.create,)

    @property
    def declaration(self) -> tuple[str, ...]:
        """What its fingerprint is made of."""
        return (self.create,)

    @property
    def target(self) -> str:
        """What a comment on it names."""
        return f"INDEX {qualified(self.schema, self.name)}"


@attrs.frozen(kw_only=True)
class Function:
    """A function in PL/pgSQL.

    Everything in it is named with its schema, or is the server's own.

    Attributes:
        declared_by: the table of the entity that declares the rules.
        body: what stands between BEGIN and END.
        variables: what stands after DECLARE.
        definer: whether it runs with the rights of its owner, so that no policy hides a row from it.
        planned_once: whether a plan for unknown values is kept, where planning each time costs more than it gains.
        parts: which part of the body is which rule's, if it carries several.
        limit: the limit that stands in the body behind `>`; "" if there is none.
        guard: what stands before the body of one that runs with its owner's rights: it acts for its triggers alone.
    """

    kind: ClassVar[str] = "function"
    schema: str
    name: str
    declared_by: str
    rules: tuple[str, ...]
    body: str
    variables: str = ""
    arguments: str = ""
    returns: str = "trigger"
    definer: bool = True
    planned_once: bool = False
    parts: tuple[tuple[str, str], ...] = ()
    limit: str = ""
    guard: str = ""

    @property
    def source(self) -> str:
        """What the server keeps as its text."""
        variables = f"DECLARE\n{indented(self.variables)}\n" if self.variables else ""
        body = f"{self.guard}\n{self.body}" if self.guard else self.body
        return f"\n{variables}BEGIN\n{indented(body)}\nEND\n"

    @property
    def settings(self) -> tuple[str, ...]:
        """What holds while it runs, as the server keeps it."""
        plans = (f"plan_cache_mode={GENERIC_PLANS}",) if self.planned_once else ()
        return (f"search_path={SEARCH_PATH}", *plans)

    @property
    def statements(self) -> tuple[str, ...]:
        """What makes it."""
        rights = "SECURITY DEFINER " if self.definer else ""
        plans = f" SET plan_cache_mode = {GENERIC_PLANS}" if self.planned_once else ""
        create = f"CREATE FUNCTION {qualified(self.schema, self.name)}({self.arguments}) RETURNS {self.returns}"
        return (
            f"{create}\nLANGUAGE plpgsql {rights}SET search_path = {SEARCH_PATH}{plans} AS $${self.source}$$",
            # Who may execute it can make a trigger of his own that calls it. Whoever fires ours needs no right to it.
            f"REVOKE ALL ON {self.target} FROM PUBLIC",
        )

    @property
    def declaration(self) -> tuple[str, ...]:
        """What its fingerprint is made of; who may execute it can be seen."""
        return self.statements[:1]

    @property
    def target(self) -> str:
        """What a comment on it names."""
        return f"FUNCTION {qualified(self.schema, self.name)}({self.arguments})"


@attrs.frozen(kw_only=True)
class Trigger:
    """A trigger that calls a function of ours.

    Attributes:
        calls: the function; the trigger carries the rules that the function carries.
        moment: BEFORE or AFTER.
        events: INSERT, UPDATE, DELETE, TRUNCATE.
        each_row: whether it fires for each row, and not for each statement.
        when: the condition under which it fires; "" for always.
        transition: the names by which its function sees the rows of the statement: OLD_ROWS, NEW_ROWS.
        deferred: whether it fires at the end of the transaction.
        always: whether it also fires under session_replication_role = replica, which silences other triggers.
    """

    kind: ClassVar[str] = "trigger"
    table: str
    name: str
    calls: Function
    moment: str
    events: tuple[str, ...]
    each_row: bool = True
    when: str = ""
    transition: tuple[str, ...] = ()
    deferred: bool = False
    always: bool = False

    @property
    def schema(self) -> str:
        """The schema of its table and of its function."""
        return self.calls.schema

    @property
    def declared_by(self) -> str:
        """The table of the entity that declares the rules."""
        return self.calls.declared_by

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that it carries."""
        return self.calls.rules

    @property
    def statements(self) -> tuple[str, ...]:
        """What makes it."""
        table, name = qualified(self.schema, self.table), quoted(self.name)
        head = f"CREATE {'CONSTRAINT ' if self.deferred else ''}TRIGGER {name}"
        create = f"{head} {self.moment} {' OR '.join(self.events)} ON {table}\n{self._behaviour()}"
        return (create, f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}") if self.always else (create,)

    def _behaviour(self) -> str:
        names = {OLD_ROWS: f"OLD TABLE AS {OLD_ROWS}", NEW_ROWS: f"NEW TABLE AS {NEW_ROWS}"}
        parts = (
            "DEFERRABLE INITIALLY DEFERRED" if self.deferred else "",
            f"REFERENCING {' '.join(names[rows] for rows in self.transition)}" if self.transition else "",
            f"FOR EACH {'ROW' if self.each_row else 'STATEMENT'}",
            f"WHEN ({self.when})" if self.when else "",
            f"EXECUTE FUNCTION {qualified(self.schema, self.calls.name)}()",
        )
        return " ".join(part for part in parts if part)

    @property
    def declaration(self) -> tuple[str, ...]:
        """What its fingerprint is made of; whether it fires always can be seen."""
        return self.statements[:1]

    @property
    def target(self) -> str:
        """What a comment on it names."""
        return f"TRIGGER {quoted(self.name)} ON {qualified(self.schema, self.table)}"


def guarded(function: Function, triggers: Iterable[Trigger]) -> Function:
    """The function, so that it acts for these triggers alone, if it has the rights of its owner.

    A trigger on a table of somebody's own could call it as well, over rows that he has made up: whatever the function
    then does with its owner's rights, he could not.
    """
    called = [trigger for trigger in triggers if trigger.calls.name == function.name]
    if not function.definer:
        return function
    (table,) = {trigger.table for trigger in called}
    moments = sorted({(t.moment, "ROW" if t.each_row else "STATEMENT", event) for t in called for event in t.events})
    listed = ", ".join(f"({', '.join(map(text_constant, moment))})" for moment in moments)
    message = text_constant(f"function {function.name} acts for the triggers of table {table} alone")
    # The table is resolved to its number when the function is planned. The trigger's name is not compared: its number
    # changes when a host adds rules, and whoever may make triggers could take its name (decision 0031).
    guard = (
        f"IF TG_RELID <> {text_constant(qualified(function.schema, table))}::pg_catalog.regclass\n"
        f"    OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN ({listed})\n"
        f"THEN\n    RAISE EXCEPTION USING ERRCODE = '{INSUFFICIENT_PRIVILEGE}', MESSAGE = {message};\nEND IF;"
    )
    return attrs.evolve(function, guard=guard)


Marked: TypeAlias = Constraint | DatabaseIndex | Function | Trigger
DatabaseObject: TypeAlias = Extension | DatabaseTable | AddedColumn | Marked


def comment(object: Marked, text: str) -> str:
    """The statement that gives an object this comment."""
    return f"COMMENT ON {object.target} IS {text_constant(text)}"
