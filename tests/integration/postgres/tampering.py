"""Ways to take a declared object out of a database, to weaken it, or to switch it off; computed from the object."""

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

import attrs
import sqlalchemy as sa

from gapless.adapters.postgres.sql.extensions import Extension
from gapless.adapters.postgres.sql.objects import (
    AddedColumn,
    Constraint,
    DatabaseIndex,
    DatabaseObject,
    DatabaseStatistics,
    DatabaseTable,
    Function,
    Marked,
    Trigger,
    comment,
)
from gapless.adapters.postgres.sql.text import DIALECT, qualified, quoted
from tests.integration.postgres.mutations import WHOLE

T = TypeVar("T")
ELSE = "gapless:1:0000000000000000"
GONE = ("column removed", "column renamed")
TOGETHER = ("constraint", "index", "statistics", "column")
FALSE = "BEGIN RETURN NULL; END"
EQUALS = re.compile(r"(?<![<>!])=")


@attrs.frozen
class Tampering:
    """Something that somebody does by hand to one object.

    Attributes:
        what: the kind of object and what is done to it.
        name: the object.
        named: what one of the sentences about it has to hold, each.
        statements: how it is done.
    """

    what: str
    name: str
    named: tuple[str, ...]
    statements: tuple[str, ...]

    @property
    def stands_alone(self) -> bool:
        """Whether it has to be tried by itself, because what it does to one object may show at another as well."""
        kind, _, done = self.what.partition(" ")
        return self.what in GONE or (kind not in TOGETHER and done != "another mark")


def tamperings(found: DatabaseObject, mark: str, functions: Sequence[Function]) -> Iterator[Tampering]:
    """All ways that are known for an object, among all functions."""
    ways: dict[str, tuple[str, ...]] = {}
    match found:
        case DatabaseTable():
            ways = _of_table(found, functions)
        case Constraint():
            ways = _of_constraint(found, mark)
        case DatabaseIndex() | DatabaseStatistics():
            ways = _of_index(found) if isinstance(found, DatabaseIndex) else _of_statistics(found)
        case Trigger():
            ways = _of_trigger(found, mark)
        case Function():
            ways = _of_function(found)
        case Extension():
            pass  # which the server has or lacks for all schemas; what needs it goes with it
        case AddedColumn():
            raise AssertionError("Such a column is one of its table, unless the table is there already.")
    if isinstance(found, Marked):
        ways |= {"another mark": (comment(found, ELSE),), "no mark": (f"COMMENT ON {found.target} IS NULL",)}
    named = getattr(found, "rules", ()) or (found.name,)
    for what, statements in ways.items():
        yield Tampering(f"{found.kind} {what}", found.name, named, statements)


def column_tamperings(table: sa.Table) -> Iterator[Tampering]:
    """All ways that are known for each column of a table."""
    for column in table.columns:
        for what, statement in _of_column(column).items():
            statements = (f"ALTER TABLE {qualified(str(table.schema), table.name)} {part}" for part in statement)
            yield Tampering(f"column {what}", column.name, (f"column {table.name}.{column.name} ",), tuple(statements))


def _of_column(column: sa.Column[T]) -> dict[str, tuple[str, ...]]:
    name, type_ = quoted(column.name), column.type.compile(dialect=DIALECT)
    plain = type_.partition(" COLLATE ")[0]
    away, null = f"RENAME COLUMN {name} TO {quoted(f'away_{column.name}')}", "" if column.nullable else " NOT NULL"
    ways: dict[str, tuple[str, ...]] = {
        "removed": (f"DROP COLUMN {name} CASCADE",),
        "renamed": (away,),
        "of another type": (away, f"ADD COLUMN {name} varchar(7){null} DEFAULT ''"),
        "generated": (away, f"ADD COLUMN {name} {type_}{null} GENERATED ALWAYS AS (CAST(NULL AS {plain})) STORED"),
    }
    if "COLLATE" in type_:
        ways["in another order"] = (away, f"ADD COLUMN {name} text COLLATE \"POSIX\"{null} DEFAULT ''")
    if column.nullable:
        ways["not null"] = (f"ALTER COLUMN {name} SET NOT NULL",)
    elif not column.primary_key:
        ways["null"] = (f"ALTER COLUMN {name} DROP NOT NULL",)
    if column.server_default is not None:
        ways["without its default"] = (f"ALTER COLUMN {name} DROP DEFAULT",)
        ways["with another default"] = (f"ALTER COLUMN {name} SET DEFAULT 7",)
    return ways


def _of_table(found: DatabaseTable, functions: Sequence[Function]) -> dict[str, tuple[str, ...]]:
    table = qualified(found.schema, found.name)
    weak = (f"ALTER {function.target} OWNER TO weak" for function in functions if function.definer)
    other = f"CREATE TABLE {found.schema}.other (LIKE {table})"
    owned_by_the_weak = ("CREATE ROLE weak", *weak, f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    return {
        "hidden": owned_by_the_weak,
        "hidden from its owner": (
            *owned_by_the_weak,
            f"ALTER TABLE {table} OWNER TO weak",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        ),
        "a child": (other, f"ALTER TABLE {table} INHERIT {found.schema}.other"),
        "a parent": (f"CREATE TABLE {found.schema}.other () INHERITS ({table})",),
        "rewritten": (f"CREATE RULE other AS ON INSERT TO {table} DO INSTEAD NOTHING",),
        "rewritten in part": (f"CREATE RULE other AS ON DELETE TO {table} WHERE random() > 0.5 DO INSTEAD NOTHING",),
        "dropped": (f"DROP TABLE {table} CASCADE",),
        "renamed": (f"ALTER TABLE {table} RENAME TO another",),
        "a view": (f"ALTER TABLE {table} RENAME TO x", f"CREATE VIEW {table} AS TABLE {found.schema}.x"),
        "not empty for others": (f"ALTER TABLE {table} ADD COLUMN more integer NOT NULL",),
    }


def _of_constraint(found: Constraint, mark: str) -> dict[str, tuple[str, ...]]:
    table, name, other = qualified(found.schema, found.table), quoted(found.name), quoted(f"other_{found.name}")
    drop = f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name} CASCADE"
    ways = {
        "dropped": (drop,),
        "renamed": (f"ALTER TABLE {table} RENAME CONSTRAINT {name} TO {other}",),
        "made anew": (drop, found.create),
    }
    if found.letter in "cf":
        ways["not valid"] = (drop, f"{found.create} NOT VALID", comment(found, mark))
    if found.letter == "c":
        weaker = f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({quoted(found.columns[0])} IS NOT NULL)"
        ways["weaker"] = (drop, weaker)
    if found.letter == "x":
        ways["deferrable"] = (drop, f"{found.create} DEFERRABLE INITIALLY DEFERRED", comment(found, mark))
        ways["closed"] = (drop, found.create.replace("'[)'", "'[]'"))
        agreeing = f"{quoted(found.columns[-1])} WITH ="
        narrower = found.create.replace(agreeing, f"{agreeing}, created_at WITH =")
        ways["of fewer rows"] = (drop, f"{found.create.partition(' WHERE ')[0]} WHERE (false)")
        ways["in other fields"] = (drop, narrower, comment(found, mark))
        index = f"'{qualified(found.schema, found.name)}'::regclass"
        ways["invalid"] = (f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = {index}",)  # noqa: S608  # ours
    if found.letter == "f":
        ways["disabled"] = (f"ALTER TABLE {table} DISABLE TRIGGER ALL",)
        ways["deferrable"] = (f"ALTER TABLE {table} ALTER CONSTRAINT {name} DEFERRABLE",)
    return ways


def _of_index(found: DatabaseIndex) -> dict[str, tuple[str, ...]]:
    name, table = qualified(found.schema, found.name), qualified(found.schema, found.table)
    other = f"CREATE INDEX {quoted(found.name)} ON {table} ({quoted(found.columns[-1])})"
    ways = {
        "dropped": (f"DROP INDEX {name}",),
        "renamed": (f"ALTER INDEX {name} RENAME TO {quoted(f'other_{found.name}')}",),
        "made anew": (f"DROP INDEX {name}", found.create),
        "invalid": (f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{name}'::regclass",),  # noqa: S608  # ours
        "another one": (f"DROP INDEX {name}", other, comment(found, ELSE)),
    }
    if found.unique and " WHERE " not in found.create:
        constraint = f"ADD CONSTRAINT {quoted(found.name)} UNIQUE USING INDEX {quoted(found.name)}"
        ways["deferrable"] = (f"ALTER TABLE {table} {constraint} DEFERRABLE INITIALLY DEFERRED",)
    return ways


def _of_statistics(found: DatabaseStatistics) -> dict[str, tuple[str, ...]]:
    name, drop = qualified(found.schema, found.name), f"DROP STATISTICS {qualified(found.schema, found.name)}"
    other = found.create.replace(f"ON {quoted(found.columns[0])},", "ON created_at,")
    return {
        "dropped": (drop,),
        "renamed": (f"ALTER STATISTICS {name} RENAME TO {quoted(f'other_{found.name}')}",),
        "made anew": (drop, found.create),
        "emptied": (f"ALTER STATISTICS {name} SET STATISTICS 0",),
        "of other columns": (drop, other, comment(found, ELSE)),
        "of fewer counts": (drop, found.create.replace("ndistinct, ", ""), comment(found, ELSE)),
    }


def _of_trigger(found: Trigger, mark: str) -> dict[str, tuple[str, ...]]:
    table, name = qualified(found.schema, found.table), quoted(found.name)
    drop, alter = f"DROP TRIGGER {name} ON {table}", f"ALTER TABLE {table}"
    never = f"CREATE FUNCTION {found.schema}.never() RETURNS trigger LANGUAGE plpgsql AS '{FALSE}'"
    create = attrs.evolve(found, calls=attrs.evolve(found.calls, name="never")).statements[0]
    ways = {
        "dropped": (drop,),
        "renamed": (f"ALTER TRIGGER {name} ON {table} RENAME TO another",),
        "made anew": (drop, *found.statements),
        "disabled": (f"{alter} DISABLE TRIGGER {name}",),
        "all disabled": (f"{alter} DISABLE TRIGGER USER",),
        "for replicas": (f"{alter} ENABLE REPLICA TRIGGER {name}",),
        "another function": (drop, never, create, comment(found, mark)),
    }
    if found.always:
        ways["silenced"] = (f"{alter} ENABLE TRIGGER {name}",)
    if not found.deferred:
        weaker = [attrs.evolve(found, always=False, when="false")]
        weaker += [attrs.evolve(found, always=False, events=found.events[:1])] if found.events[1:] else []
        weaker += [attrs.evolve(found, always=False, when=other) for other in _other_conditions(found.when)]
        ways |= {
            f"replaced {place}": (
                weak.statements[0].replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER", 1),
                f"{alter} ENABLE {'ALWAYS' if found.always else ''} TRIGGER {name}",
            )
            for place, weak in enumerate(weaker)
        }
    return ways


def _other_conditions(when: str) -> list[str]:
    """Conditions that every server takes in the place of one; none if there is none."""
    swapped = [EQUALS.sub("<>", when)] if EQUALS.search(when) else []
    return [*(whole.format(when) for whole in WHOLE), *swapped] if when else []


def _of_function(found: Function) -> dict[str, tuple[str, ...]]:
    create = attrs.evolve(found, body="RETURN NULL;", variables="").statements[0]
    replace = create.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
    target = found.target
    return {
        "dropped": (f"DROP {target} CASCADE",),
        "renamed": (f"ALTER {target} RENAME TO another",),
        "another body": (replace,),
        "other rights": (f"ALTER {target} SECURITY {'INVOKER' if found.definer else 'DEFINER'}",),
        "another search path": (f"ALTER {target} RESET search_path",),
        "a setting more": (f"ALTER {target} SET session_replication_role = replica",),
        "volatility": (f"ALTER {target} STABLE",),
        "no volatility": (f"ALTER {target} IMMUTABLE",),
        "strictness": (f"ALTER {target} STRICT",),
        **({"a weak owner": ("CREATE ROLE weak", f"ALTER {target} OWNER TO weak")} if found.definer else {}),
    }
