"""The objects that a catalogue has in a database, each with the statements that create it and the rules it enforces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeAlias

import attrs

from gapless.adapters.postgres.sql.extensions import Extension
from gapless.adapters.postgres.sql.predicates import text_constant
from gapless.adapters.postgres.sql.text import in_dollars, indented, qualified, quoted

BEFORE, AFTER = "BEFORE", "AFTER"
OLD_ROWS, NEW_ROWS = "old_rows", "new_rows"
SEARCH_PATH = "pg_catalog, pg_temp"
GENERIC_PLANS = "force_generic_plan"
INSUFFICIENT_PRIVILEGE = "42501"


@attrs.frozen(kw_only=True)
class DatabaseTable:
    """A table, which `create` creates with its columns and constraints.

    It needs no fingerprint, because the server shows all of it.
    """

    kind: ClassVar[str] = "table"
    schema: str
    name: str
    create: str

    @property
    def statements(self) -> tuple[str, ...]:
        """The statement that creates it."""
        return (self.create,)


@attrs.frozen(kw_only=True)
class AddedColumn:
    """A column that a rule adds to an existing table; the server shows all of it as well."""

    kind: ClassVar[str] = "column"
    schema: str
    table: str
    name: str
    create: str

    @property
    def statements(self) -> tuple[str, ...]:
        """The statement that creates it."""
        return (self.create,)


@attrs.frozen(kw_only=True)
class Constraint:
    """A primary key, a check, a reference or an exclusion.

    Attributes:
        letter: the letter that the server has for its type: p, c, f or x.
        columns: the columns of its table that it reads.
        to: the table to which a reference refers; "" for any other constraint.
        create: the statement that adds it to its table.
        is_in_table: whether the statement of its table creates it already.
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
        """The statement that creates it; none if the statement of its table does."""
        return () if self.is_in_table else (self.create,)

    @property
    def declaration(self) -> tuple[str, ...]:
        """The statements of which its fingerprint is computed."""
        return (self.create,)

    @property
    def target(self) -> str:
        """The words by which COMMENT ON names it."""
        return f"CONSTRAINT {quoted(self.name)} ON {qualified(self.schema, self.table)}"


@attrs.frozen(kw_only=True)
class DatabaseIndex:
    """An index; a unique index enforces a rule.

    Attributes:
        columns: the columns that it is over, in their order.
        expressions: what else it is over, in their order.
    """

    kind: ClassVar[str] = "index"
    schema: str
    table: str
    name: str
    rules: tuple[str, ...]
    columns: tuple[str, ...]
    expressions: tuple[str, ...] = ()
    unique: bool
    create: str

    @property
    def declared_by(self) -> str:
        """The table of the entity that declares it."""
        return self.table

    @property
    def statements(self) -> tuple[str, ...]:
        """The statement that creates it."""
        return (self.create,)

    @property
    def declaration(self) -> tuple[str, ...]:
        """The statements of which its fingerprint is computed."""
        return (self.create,)

    @property
    def target(self) -> str:
        """The words by which COMMENT ON names it."""
        return f"INDEX {qualified(self.schema, self.name)}"


@attrs.frozen(kw_only=True)
class DatabaseStatistics:
    """What the planner learns of several columns together; it enforces nothing.

    Attributes:
        columns: the columns, in the order of the table.
        kinds: what is counted of them, by the letters that the server has for that.
    """

    kind: ClassVar[str] = "statistics"
    rules: ClassVar[tuple[str, ...]] = ()
    schema: str
    table: str
    name: str
    columns: tuple[str, ...]
    kinds: str
    create: str

    @property
    def declared_by(self) -> str:
        """The table of the entity that declares it."""
        return self.table

    @property
    def statements(self) -> tuple[str, ...]:
        """The statement that creates it."""
        return (self.create,)

    @property
    def declaration(self) -> tuple[str, ...]:
        """The statements of which its fingerprint is computed."""
        return (self.create,)

    @property
    def target(self) -> str:
        """The words by which COMMENT ON names it."""
        return f"STATISTICS {qualified(self.schema, self.name)}"


@attrs.frozen(kw_only=True)
class Function:
    """A function in PL/pgSQL.

    It names everything with its schema, unless it belongs to the server.

    Attributes:
        declared_by: the table of the entity that declares the rules.
        body: the statements between BEGIN and END.
        variables: the declarations after DECLARE.
        definer: whether it runs with the rights of its owner, so that no policy hides a row from it.
        planned_once: whether it keeps one plan for any value, where planning each time costs more than it gains.
        parts: each rule with its part of the body, if the function enforces several rules.
        limit: the limit that the body compares with, behind `>`; "" if there is none.
        guard: the statements before the body that refuse any trigger but its own; "" unless it has its owner's rights.
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
        """The text of the function, as the server keeps it."""
        variables = f"DECLARE\n{indented(self.variables)}\n" if self.variables else ""
        body = f"{self.guard}\n{self.body}" if self.guard else self.body
        return f"\n{variables}BEGIN\n{indented(body)}\nEND\n"

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that hold while it runs, as the server keeps them."""
        plans = (f"plan_cache_mode={GENERIC_PLANS}",) if self.planned_once else ()
        return (f"search_path={SEARCH_PATH}", *plans)

    @property
    def statements(self) -> tuple[str, ...]:
        """The statements that create it."""
        rights = "SECURITY DEFINER " if self.definer else ""
        plans = f" SET plan_cache_mode = {GENERIC_PLANS}" if self.planned_once else ""
        create = f"CREATE FUNCTION {qualified(self.schema, self.name)}({self.arguments}) RETURNS {self.returns}"
        return (
            f"{create}\nLANGUAGE plpgsql {rights}SET search_path = {SEARCH_PATH}{plans} AS {in_dollars(self.source)}",
            # Who may execute a function can have a trigger of his own call it. To fire ours no such right is needed.
            f"REVOKE ALL ON {self.target} FROM PUBLIC",
        )

    @property
    def declaration(self) -> tuple[str, ...]:
        """The statement of which its fingerprint is computed; the server shows who may execute it."""
        return self.statements[:1]

    @property
    def target(self) -> str:
        """The words by which COMMENT ON names it."""
        return f"FUNCTION {qualified(self.schema, self.name)}({self.arguments})"


@attrs.frozen(kw_only=True)
class Trigger:
    """A trigger that calls a function of the catalogue.

    Attributes:
        table: the table whose statements fire it.
        calls: the function; the trigger enforces the rules that the function enforces.
        moment: BEFORE or AFTER.
        events: one or more of INSERT, UPDATE, DELETE and TRUNCATE.
        each_row: whether it fires for each row, and not for each statement.
        when: the condition under which it fires; "" if it always does.
        transition: the names by which its function reads the rows of the statement: OLD_ROWS, NEW_ROWS.
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
        """The rules that it enforces."""
        return self.calls.rules

    @property
    def statements(self) -> tuple[str, ...]:
        """The statements that create it."""
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
        """The statement of which its fingerprint is computed; the server shows whether it always fires."""
        return self.statements[:1]

    @property
    def target(self) -> str:
        """The words by which COMMENT ON names it."""
        return f"TRIGGER {quoted(self.name)} ON {qualified(self.schema, self.table)}"


def guarded(function: Function, triggers: Iterable[Trigger]) -> Function:
    """The function with a guard, if it has the rights of its owner: it then refuses any trigger but these.

    Otherwise somebody could call it by a trigger on a table of his own, with rows that he has made up, and the function
    would do with its owner's rights what he may not do.
    """
    called = [trigger for trigger in triggers if trigger.calls.name == function.name]
    if not function.definer:
        return function
    (table,) = {trigger.table for trigger in called}
    moments = sorted({(t.moment, "ROW" if t.each_row else "STATEMENT", event) for t in called for event in t.events})
    listed = ", ".join(f"({', '.join(map(text_constant, moment))})" for moment in moments)
    message = text_constant(f"function {function.name} acts for the triggers of table {table} alone")
    # The server resolves the table to its oid when it plans the function. The trigger's name is not compared, because
    # the number in it changes when a host adds rules, and because anybody could give his own trigger the same name
    # (decision 0031).
    guard = (
        f"IF TG_RELID <> {text_constant(qualified(function.schema, table))}::pg_catalog.regclass\n"
        f"    OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN ({listed})\n"
        f"THEN\n    RAISE EXCEPTION USING ERRCODE = '{INSUFFICIENT_PRIVILEGE}', MESSAGE = {message};\nEND IF;"
    )
    return attrs.evolve(function, guard=guard)


Marked: TypeAlias = Constraint | DatabaseIndex | DatabaseStatistics | Function | Trigger
DatabaseObject: TypeAlias = Extension | DatabaseTable | AddedColumn | Marked


def comment(object: Marked, text: str) -> str:
    """The statement that gives an object this comment."""
    return f"COMMENT ON {object.target} IS {text_constant(text)}"
