"""The names of a catalogue's objects in a database, which must differ within their space.

Tables and indexes share a space, and so do functions, and statistics; triggers and constraints share one for each
table.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import count

import attrs

from gapless.kit.kinds import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    Check,
    DataType,
    EnumMember,
    Exclusion,
    Filled,
    Immutable,
    Index,
    Invariant,
    Numbered,
    PrimaryKey,
    Reference,
    Required,
    Root,
    Rule,
    Stamped,
    Transition,
    Unique,
    VersionStep,
)
from gapless.kit.model import E, Model, Validated
from gapless.kit.names import GREATEST_IDENTIFIER
from gapless.kit.registry import Registry

RELATION, FUNCTION, STATISTICS = "table or index", "function", "statistics"
OWN_ORIGIN = "gapless"
OWN_VARIABLES = "gapless_"
"""How the names of variables in the generated functions begin, besides those of `parents_variable`."""
FIRST_NUMBER_OF_OTHERS = 51
MOST_TOGETHER = 8
"""Over how many columns PostgreSQL keeps statistics at most."""
DIGEST = 8
EVENTS = ("inserted", "updated", "deleted")
VERBS = dict(zip(EVENTS, ("added", "changed", "removed"), strict=True))
_WORD = re.compile("(?<!^)(?=[A-Z])")


def parents_variable(rule: Invariant | AdmissionGuard) -> str:
    """The variable with the keys of the rows below which a rule is put in question."""
    return f"parents_{rule.name}"


@attrs.frozen
class ObjectName:
    """A name in its space.

    Attributes:
        space: within it the names must differ.
        name: the name.
        whose: the table or the rule that the object belongs to, for a message.
    """

    space: str
    name: str
    whose: str


def lock_name(root: Model[Validated]) -> str:
    """The name of the function that takes the lock of a root."""
    return f"lock_{_WORD.sub('_', root.name).lower()}"


def filling_name(model: Model[E]) -> str:
    """The name of the function and trigger that fill the store's columns of a table."""
    return f"fill_{model.table}"


def counting_name(model: Model[E]) -> str:
    """The name of the function and trigger that raise the counter when rows of a table were numbered."""
    return f"count_{model.table}"


def home_name(rule: Reference) -> str:
    """The name of the function that looks whether rows have come to refer to a row of another root."""
    return f"home_{rule.name}"


def together(model: Model[E], rule: Reference) -> tuple[str, ...]:
    """The columns of a reference in the order of the table, with that of the root, whether it is named or not."""
    named = {column.name for column in rule.fields} | (set() if model.is_root else {model.tenant})
    return tuple(column.stored for column in model.columns if column.name in named)


def statistics_name(table: str, rule: Reference, columns: Sequence[str]) -> str:
    """The name of the statistics over the columns of a reference, as `together` gives them; "" if it has none.

    The name of a rule of several columns may be another's of another table, so the table stands in front.
    """
    if not 1 < len(columns) <= MOST_TOGETHER:
        return ""
    name = rule.name if rule.name.startswith(f"{table}_") else f"{table}_{rule.name}"
    if len(name) <= GREATEST_IDENTIFIER:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:DIGEST]
    return f"{name[: GREATEST_IDENTIFIER - DIGEST - 2]}_x{digest}"


def linking_name(rule: Reference) -> str:
    """The name of the function that looks whether a row to which others have come to refer was released."""
    return f"link_{rule.name}"


def release_name(rule: Reference) -> str:
    """The name of the function that does what the release of a row does to the rows that refer to it."""
    return f"release_{rule.name}"


def event_name(rule: Invariant | AdmissionGuard, event: str) -> str:
    """The name of the function that finds below which rows an added rule is put in question by one kind of statement.

    The rules that an entity declares have one function together, which belongs to the revisions of whoever declares it.
    """
    return f"{event}_{rule.name}"


def watching_name(rule: Invariant | AdmissionGuard, event: str) -> str:
    """The name of the trigger that calls it.

    It stands behind those that look at links, as contract and memory want it, and has room for the longest name.
    """
    return f"rule_{VERBS[event]}_{rule.name}"


def supplement_name(rule: Invariant) -> str:
    """The name of the function by which a change of a supplement meets the rows that are counted, and of a trigger."""
    return f"supplement_{rule.name}"


def supplemented_name(rule: Invariant) -> str:
    """The name of the trigger that calls it when the limit changes."""
    return f"supplemented_{rule.name}"


def checking_name(number: int, rule: Invariant) -> str:
    """The name of the trigger that checks an invariant at commit."""
    return f"judge_{number:02}_{rule.name}"


def numbered_rules(models: Sequence[Model[Validated]]) -> list[tuple[int, Model[Validated], Invariant]]:
    """The invariants, each with the number that puts its triggers into the catalogue's order: what was added is last.

    Those of gapless itself are numbered from 1, and all others from 51, so that new ones of one side renumber none of
    the other side.
    """
    own, others = count(1), count(FIRST_NUMBER_OF_OTHERS)
    rules = [(model, rule) for model in models for rule in model.of_kind(Invariant)]
    rules.sort(key=lambda each: each[1] in each[0].added)
    return [(next(own if model.origin_of(rule) == OWN_ORIGIN else others), model, rule) for model, rule in rules]


def object_names(models: Sequence[Model[Validated]]) -> Iterator[ObjectName]:
    """The names of all objects that these models have in a database.

    Args:
        models: the models.
    """
    tables: dict[type, str] = {model.entity: model.table for model in models}
    tables |= dict.fromkeys((Root,), next((model.table for model in models if model.is_root), ""))
    for model in models:
        yield from (ObjectName(space, name, f"table {model.table}") for space, name in _of_table(model))
        for rule in model.rules:
            yield from (ObjectName(space, name, f"rule {rule.name}") for space, name in NAMED.of(rule)(model, rule))
    parents = {model.entity: model for model in models if model.released is not None}
    for model in models:
        for link in model.of_kind(Reference):
            if link.to in parents:
                found = _of_releases(model.table, link, parents[link.to].table)
                yield from (ObjectName(space, name, f"rule {link.name}") for space, name in found)
    for number, model, rule in numbered_rules(models):
        limit = rule.supplement if isinstance(rule, AtMost) else None
        if limit is not None:
            found = _of_supplement(tables.get(limit.entity, ""), rule)
            yield from (ObjectName(space, name, f"rule {rule.name}") for space, name in found)
        found = _of_invariant(model.table, rule, tables.get(rule.through.to, ""), number)
        yield from (ObjectName(space, name, f"rule {rule.name}") for space, name in found)


def _of_table(model: Model[Validated]) -> Iterator[tuple[str, str]]:
    yield RELATION, model.stored
    if model.is_root:
        yield FUNCTION, lock_name(model)
    over_rows = [rule for rule in model.rules if isinstance(rule, (Invariant, AdmissionGuard))]
    if any(rule not in model.added for rule in over_rows):
        for event in EVENTS:
            yield FUNCTION, f"{model.table}_{event}"
            yield _triggers(model.table), f"rules_{event}"
    for rule in over_rows:
        if rule in model.added:
            for event in EVENTS:
                yield FUNCTION, event_name(rule, event)
                yield _triggers(model.table), watching_name(rule, event)
    if any(isinstance(rule, Filled) for rule in model.rules):
        yield from ((FUNCTION, filling_name(model)), (_triggers(model.table), filling_name(model)))
    if any(isinstance(rule, Numbered) for rule in model.rules):
        yield from ((FUNCTION, counting_name(model)), (_triggers(model.table), counting_name(model)))


def _triggers(table: str) -> str:
    return f"trigger on {table}"


def _constraints(table: str) -> str:
    return f"constraint on {table}"


def _as_index(_: Model[Validated], rule: Unique | Index) -> Iterator[tuple[str, str]]:
    yield RELATION, rule.name


def _as_indexed_constraint(model: Model[Validated], rule: PrimaryKey | Exclusion) -> Iterator[tuple[str, str]]:
    yield from ((RELATION, rule.name), (_constraints(model.table), rule.name))


def _as_constraint(model: Model[Validated], rule: Rule) -> Iterator[tuple[str, str]]:
    yield _constraints(model.table), rule.name


def _as_reference(model: Model[Validated], rule: Reference) -> Iterator[tuple[str, str]]:
    yield _constraints(model.table), rule.name
    if name := statistics_name(model.table, rule, together(model, rule)):
        yield STATISTICS, name
    # Where the foreign key does not have the root, triggers look at it.
    yield FUNCTION, home_name(rule)
    yield from ((_triggers(model.table), f"home_{verb}_{rule.name}") for verb in ("added", "changed"))


def _as_trigger(model: Model[Validated], rule: Rule) -> Iterator[tuple[str, str]]:
    yield from ((FUNCTION, f"keep_{rule.name}"), (_triggers(model.table), rule.name))


def _of_append_only(model: Model[Validated], rule: AppendOnly) -> Iterator[tuple[str, str]]:
    yield from (*_as_trigger(model, rule), (_triggers(model.table), f"{rule.name}_truncate"))
    if rule.archive is not None:
        yield from ((FUNCTION, f"archive_{model.table}"), (_triggers(model.table), f"archive_{model.table}"))


def _of_transition(model: Model[Validated], rule: Transition) -> Iterator[tuple[str, str]]:
    triggers = ((_triggers(model.table), f"{event}_{rule.name}") for event in ("update", "insert"))
    yield from ((FUNCTION, f"refuse_{rule.name}"), *triggers)


def _of_the_table(_: Model[Validated], __: Rule) -> Iterator[tuple[str, str]]:
    return iter(())


NAMED: Registry[Callable[..., Iterator[tuple[str, str]]]] = Registry(
    interpreter="Who looks whether two objects of PostgreSQL would have one name",
    place="kit/object_names.py",
    needed="the names of its objects",
    by_kind={
        Unique: _as_index,
        Index: _as_index,
        PrimaryKey: _as_indexed_constraint,
        Exclusion: _as_indexed_constraint,
        Check: _as_constraint,
        Reference: _as_reference,
        EnumMember: _as_constraint,
        DataType: _as_constraint,
        Required: _of_the_table,
        Immutable: _as_trigger,
        VersionStep: _as_trigger,
        AppendOnly: _of_append_only,
        Transition: _of_transition,
        # The objects that count and fill are named after their table, and the checks of invariants also have a number.
        AdmissionGuard: _of_the_table,
        AtLeastOne: _of_the_table,
        AtMost: _of_the_table,
        Numbered: _of_the_table,
        Stamped: _of_the_table,
    },
)


def _of_invariant(table: str, rule: Invariant, parent: str, number: int) -> Iterator[tuple[str, str]]:
    yield from ((FUNCTION, f"{verb}_{rule.name}") for verb in ("arm", "judge"))
    yield from ((_triggers(parent), f"{verb}_{number:02}_{rule.name}") for verb in ("added", "entered"))
    yield _triggers(parent), checking_name(number, rule)
    yield _constraints(parent), checking_name(number, rule)
    if isinstance(rule, AtLeastOne):
        yield from ((FUNCTION, f"refuse_{rule.name}"), (_triggers(table), f"{rule.name}_truncate"))


def _of_supplement(table: str, rule: Invariant) -> Iterator[tuple[str, str]]:
    """What a limit in a supplement has on the table of that: what lets the parent take part in its changes."""
    yield FUNCTION, supplement_name(rule)
    yield from ((_triggers(table), name) for name in (supplement_name(rule), supplemented_name(rule)))


def _of_releases(table: str, rule: Reference, parent: str) -> Iterator[tuple[str, str]]:
    """What a reference to rows that can be released has besides its constraint."""
    yield from ((FUNCTION, linking_name(rule)), (FUNCTION, release_name(rule)))
    yield from ((_triggers(table), f"{verb}_{rule.name}") for verb in ("link_added", "updated_link"))
    yield _triggers(parent), f"released_{rule.name}"
