"""Compares the constraints, indexes, statistics, functions and triggers of a database with those of a catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import cast

from gapless.adapters.postgres.ddl.invariants import LIMIT
from gapless.adapters.postgres.sql.fingerprints import fingerprint_in, normalised
from gapless.adapters.postgres.sql.objects import (
    BEFORE,
    NEW_ROWS,
    OLD_ROWS,
    Constraint,
    DatabaseIndex,
    DatabaseStatistics,
    Function,
    Marked,
    Trigger,
)
from gapless.adapters.postgres.verification.conditions import condition_in, says_the_same
from gapless.adapters.postgres.verification.differences import Difference, Weight, listed, one_line
from gapless.adapters.postgres.verification.found import Facts, FoundDatabase, FoundObject, digest_of

EVENT_BITS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
ROW_BIT, BEFORE_BIT = 1, 2
USUAL, ALWAYS, ON_REPLICAS = "O", "A", "R"
RETURNED = {"trigger": "trigger", "boolean": "bool"}
"""The server's names for the types that the functions of a catalogue return."""
_A_LIMIT = re.compile(r'[\w."]{1,80}')
_NUMBER = re.compile(r"_\d+_")
_NEEDLESS = re.compile(r'"([a-z_][a-z0-9_]*)"')


def found_of(database: FoundDatabase, object: Marked) -> FoundObject | None:
    """The object that the database has under the name of a declared one; None if it has none."""
    if isinstance(object, Function):
        return database.find("function", f"{object.name}({object.arguments})")
    return database.find(object.kind, object.name, object.table)


def object_differences(database: FoundDatabase, object: Marked, mark: str) -> Iterator[Difference]:
    """What is wrong with one object: it is missing, disabled, not valid, or not as it was declared."""
    found = found_of(database, object)
    if found is None:
        yield _missing(database, object)
        return
    wrong = list(_behaviour(database, object, found.facts))
    if not any(difference.weight is Weight.OTHERWISE for difference in wrong):
        wrong += _declared_otherwise(object, found, mark)
    yield from wrong


def title(object: Marked) -> str:
    """The subject of a sentence about an object: the name of its rule, or what the object is and its name."""
    match object:
        case Trigger():
            return f"trigger {object.name} on {object.table}"
        case DatabaseStatistics():
            return f"statistics {object.name} on {object.table}"
        case Function():
            return f"function {object.name}"
        case _:
            return object.name


def _of(object: Marked) -> str:
    """The end of a sentence about an object that does not have the name of its rule: which rules need it."""
    told = isinstance(object, (Constraint, DatabaseIndex, DatabaseStatistics)) or not object.rules
    return "" if told else f": {listed(object.rules)} {'need' if len(object.rules) > 1 else 'needs'} it"


def _missing(database: FoundDatabase, object: Marked) -> Difference:
    name = is_elsewhere(database, object)
    if name:
        said = f"trigger {name} is to be called {object.name}: the rules stand in another order now"
        return Difference(Weight.OTHERWISE, said, object.rules)
    return Difference(Weight.MISSING, f"{title(object)} is not in the database{_of(object)}", object.rules)


def is_elsewhere(database: FoundDatabase, object: Marked) -> str:
    """The name of a trigger that the database has with another number, so in another order; "" if there is none."""
    if not isinstance(object, Trigger):
        return ""
    same = _NUMBER.sub("_#_", object.name, count=1)
    names = () if same == object.name else database.on("trigger", object.table)
    return next((name for name in names if _NUMBER.sub("_#_", name, count=1) == same), "")


def _declared_otherwise(object: Marked, found: FoundObject, mark: str) -> Iterator[Difference]:
    there = fingerprint_in(found.comment)
    if there == mark:
        return
    text = found.facts.get("text") if isinstance(object, (Constraint, DatabaseIndex, DatabaseStatistics)) else None
    shown = f": the database has {one_line(text)}" if text else ""
    if there is None:
        said = f"{title(object)} is there without its fingerprint, so somebody has made it anew{shown or _of(object)}"
        yield Difference(Weight.UNMARKED, said, object.rules)
    elif isinstance(object, (Function, Trigger)):  # their whole behaviour was compared
        said = (
            f"{title(object)} is as it was declared, but its comment is that of another declaration: "
            "gapless.postgres.comment_statements gives the right one"
        )
        yield Difference(Weight.UNMARKED, said + _of(object), object.rules)
    else:
        said = f"{title(object)} is there, and was declared otherwise{shown or _of(object)}"
        yield Difference(Weight.OTHERWISE, said, object.rules)


def _behaviour(database: FoundDatabase, object: Marked, facts: Facts) -> Iterator[Difference]:
    match object:
        case Constraint():
            return _of_constraint(object, facts)
        case DatabaseIndex():
            return _of_index(object, facts)
        case DatabaseStatistics():
            return _of_statistics(object, facts)
        case Function():
            return _of_function(object, facts)
        case Trigger():
            return _of_trigger(object, facts, database.shown)


def _of_constraint(object: Constraint, facts: Facts) -> Iterator[Difference]:
    name, rules = object.name, object.rules
    if not facts["is_enforced"]:
        yield Difference(Weight.DISABLED, f"{name} is NOT ENFORCED", rules)
    elif not facts["is_valid"]:
        yield Difference(Weight.NOT_VALID, f"{name} is NOT VALID: rows that were there before may break it", rules)
    if facts["is_disabled"]:
        yield Difference(Weight.DISABLED, f"{name} is disabled: the server's own triggers behind it are", rules)
    if facts["index_is_valid"] is False:
        yield Difference(Weight.NOT_VALID, f"{name} has an INVALID index", rules)
    same = (object.letter, sorted(object.columns), object.to or None, False)
    columns = sorted(cast("Sequence[str]", facts["columns"]))
    if (facts["letter"], columns, facts["to"], facts["is_deferrable"]) != same:
        yield Difference(Weight.OTHERWISE, f"{name} is there, and was declared otherwise", rules)


def _of_index(object: DatabaseIndex, facts: Facts) -> Iterator[Difference]:
    if not facts["is_valid"]:
        said = f"index {object.name} is INVALID: the server could not finish it, so drop it and make it again"
        yield Difference(Weight.NOT_VALID, said, object.rules)
    if not facts["is_immediate"]:
        said = f"{object.name} is DEFERRABLE, so that rows may break it until a transaction ends"
        yield Difference(Weight.DISABLED, said, object.rules)
    shown = cast("Sequence[str]", facts["expressions"])
    same = len(shown) == len(object.expressions) and all(map(says_the_same, object.expressions, shown, repeat({})))
    if facts["columns"] != list(object.columns) or not same or facts["is_unique"] != object.unique:
        yield Difference(Weight.OTHERWISE, f"{object.name} is there, and was declared otherwise", object.rules)


def _of_statistics(object: DatabaseStatistics, facts: Facts) -> Iterator[Difference]:
    if facts["is_empty"]:
        said = f"{title(object)} has the target 0, so that the server counts nothing"
        yield Difference(Weight.DISABLED, said)
    made = (facts["columns"], facts["has_expressions"], sorted(str(facts["kinds"])))
    if made != (list(object.columns), False, sorted(object.kinds)):
        yield Difference(Weight.OTHERWISE, f"{title(object)} is there, and was declared otherwise")


def _of_function(object: Function, facts: Facts) -> Iterator[Difference]:
    source = facts["source"]
    other = source is None or normalised(str(source)) != normalised(object.source)
    if facts["digest"] != digest_of(object) and other:
        yield Difference(Weight.OTHERWISE, _other_body(object, source), object.rules)
    if facts["is_definer"] != object.definer:
        whose = ("its caller", "its owner") if object.definer else ("its owner", "its caller")
        said = f"{title(object)} runs with the rights of {whose[0]}, and was declared with those of {whose[1]}"
        yield Difference(Weight.OTHERWISE, said + _of(object), object.rules)
    elif object.definer and object.declared_by not in cast("Sequence[str]", facts["acts_for"]):
        said = (
            f"{title(object)} belongs to {facts['owner']}, who has not the rights of the owner of {object.declared_by}"
        )
        yield Difference(Weight.OTHERWISE, said + _of(object), object.rules)
    if facts["is_everybodys"]:
        said = f"{title(object)} may be executed by everybody: REVOKE ALL ON {object.target} FROM PUBLIC"
        yield Difference(Weight.EXECUTABLE, said, object.rules)
    made = (_plain(cast("Sequence[str]", facts["settings"])), facts["language"], facts["returns"], facts["is_usual"])
    if made != (_plain(object.settings), "plpgsql", RETURNED[object.returns], True):
        said = f"{title(object)} has other settings than were declared"
        yield Difference(Weight.OTHERWISE, said + _of(object), object.rules)


def _plain(settings: Sequence[str]) -> list[str]:
    """The settings without needless quotes, because some sessions write every name in quotes."""
    return [_NEEDLESS.sub(r"\1", setting) for setting in settings]


def _other_body(object: Function, source: object) -> str:
    text = "" if source is None else str(source)
    other = _other_limit(object, text)
    if other is not None:
        (rule,) = object.rules
        return f"{rule} is there with another limit: {other} in the database, {object.limit} as it was declared"
    changed = [rule for rule, part in object.parts if part not in _unindented(text)]
    if len(object.parts) > 1 and 0 < len(changed) < len(object.parts):
        return f"{title(object)} has another text than was declared, for {listed(changed)}"
    return f"{title(object)} has another text than was declared{_of(object)}"


def _other_limit(object: Function, source: str) -> str | None:
    """The limit in a text that differs from the declared one only in its limit; None if it differs otherwise."""
    before, mark, behind = object.source.partition(f"{LIMIT}{object.limit}\n")
    if not object.limit or not mark or not source.startswith(before + LIMIT) or not source.endswith("\n" + behind):
        return None
    limit = source[len(before + LIMIT) : -len("\n" + behind)]
    return limit if _A_LIMIT.fullmatch(limit) else None


def _unindented(source: str) -> str:
    """The text of a function without the indentation inside its block, so that it can be searched for a part."""
    return "\n".join(line.removeprefix("    ") for line in source.split("\n"))


def has_part(source: object, part: str) -> bool:
    """Whether the text of a function that enforces several rules has the part of one rule."""
    return part in _unindented(str(source))


def _of_trigger(object: Trigger, facts: Facts, shown: Mapping[str, str]) -> Iterator[Difference]:
    state, name, rules = facts["state"], title(object), object.rules
    if state not in (USUAL, ALWAYS):
        said = "fires on replicas alone" if state == ON_REPLICAS else "is disabled"
        yield Difference(Weight.DISABLED, f"{name} {said}{_of(object)}", rules)
    elif object.always and state != ALWAYS:
        said = f"{name} is silent under session_replication_role = replica, and was declared to fire always"
        yield Difference(Weight.DISABLED, said + _of(object), rules)
    if facts["function"] != object.calls.name:
        yield Difference(
            Weight.OTHERWISE, f"{name} calls another function than {object.calls.name}{_of(object)}", rules
        )
    rows = (OLD_ROWS if OLD_ROWS in object.transition else None, NEW_ROWS if NEW_ROWS in object.transition else None)
    made = (facts["bits"], facts["columns"], facts["is_deferred"], facts["old_rows"], facts["new_rows"])
    condition = condition_in(str(facts["text"]))
    if made != (_bits(object), "", object.deferred, *rows) or not says_the_same(object.when, condition, shown):
        yield Difference(Weight.OTHERWISE, f"{name} is there, and was declared otherwise{_of(object)}", rules)


def _bits(object: Trigger) -> int:
    events = sum(EVENT_BITS[event] for event in object.events)
    return events + ROW_BIT * object.each_row + BEFORE_BIT * (object.moment == BEFORE)
