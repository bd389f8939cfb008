"""Defines the children's side of the rules over many rows: one trigger a statement finds the parents it concerns.

The trigger reads the rows before and after the statement from transition tables, once for all rules, so the work of a
bulk statement is linear. It never joins the two: the server keeps the plan from the first, small statement of a
connection, and a join that is planned for one row is quadratic for many. It groups the versions of each row instead.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

import attrs

from gapless.adapters.postgres.ddl.admission import admission
from gapless.adapters.postgres.ddl.invariants import recheck
from gapless.adapters.postgres.ddl.parents import Parents
from gapless.adapters.postgres.sql.objects import AFTER, NEW_ROWS, OLD_ROWS, Function, Marked, Trigger
from gapless.adapters.postgres.sql.text import (
    condition,
    indented,
    is_true,
    qualified,
    quoted,
)
from gapless.kit import AdmissionGuard, AtLeastOne, Catalogue, Invariant, Model
from gapless.kit.model import Validated
from gapless.kit.object_names import event_name, parents_variable, watching_name
from gapless.kit.predicates import Node


class StatementEvent(enum.Enum):
    """What a statement does to rows; the value is the word for it in the trigger's name."""

    INSERT = "inserted"
    UPDATE = "updated"
    DELETE = "deleted"

    @property
    def transition_tables(self) -> tuple[str, ...]:
        """The names of the transition tables: the rows before the statement and after it."""
        return {
            StatementEvent.INSERT: (NEW_ROWS,),
            StatementEvent.UPDATE: (OLD_ROWS, NEW_ROWS),
            StatementEvent.DELETE: (OLD_ROWS,),
        }[self]


@attrs.frozen
class RuleTrigger:
    """A rule, and whether it is put in question by a row that leaves the set, or by one that enters it."""

    rule: Invariant | AdmissionGuard
    on_leaving: bool
    parents: Parents

    @property
    def keys(self) -> str:
        """The variable with the parents' keys; it is null if there are none."""
        return quoted(parents_variable(self.rule))

    @property
    def was(self) -> str:
        """The column that says whether the row was in the set before the statement."""
        return quoted(f"was_{self.rule.name}")

    @property
    def is_in(self) -> str:
        """The column that says whether the row is in the set after the statement."""
        return quoted(f"is_{self.rule.name}")

    @property
    def inside_at_once(self) -> Node:
        """The predicate of those inserted or deleted rows that put the rule in question."""
        return self.rule.enters_added if isinstance(self.rule, AdmissionGuard) else self.rule.of

    @property
    def moved(self) -> str:
        """The condition that the row has left or entered the set, whichever puts the rule in question."""
        return f"{self.was} AND NOT {self.is_in}" if self.on_leaving else f"{self.is_in} AND NOT {self.was}"


def child_objects(catalogue: Catalogue, schema: str, model: Model[Validated]) -> list[Marked]:
    """The functions and triggers of a table whose rows put rules over many rows in question.

    What the entity declares has one function for each kind of statement. A rule that was added has its own, so that it
    changes none that is there, and the revisions of the entity's own service leave it alone (decision 0066).
    """
    objects: list[Marked] = []
    for event in StatementEvent:
        triggers = _triggers(catalogue, model, event)
        declared = [trigger for trigger in triggers if trigger.rule not in model.added]
        if declared:
            objects += _trigger(schema, model, event, declared)
        for trigger in triggers:
            if trigger.rule in model.added:
                objects += _trigger(schema, model, event, [trigger], alone=True)
    return objects


def _triggers(catalogue: Catalogue, model: Model[Validated], event: StatementEvent) -> list[RuleTrigger]:
    """The rules that such a statement can put in question: admission guards first, then invariants, as declared."""
    rules: tuple[AdmissionGuard | Invariant, ...] = (*model.of_kind(AdmissionGuard), *model.of_kind(Invariant))
    triggers = [
        RuleTrigger(rule, isinstance(rule, AtLeastOne), Parents.of(catalogue, model, rule.through)) for rule in rules
    ]
    useless = {StatementEvent.INSERT: True, StatementEvent.DELETE: False}.get(event)
    return [trigger for trigger in triggers if trigger.on_leaving is not useless]


def _trigger(
    schema: str, model: Model[Validated], event: StatementEvent, triggers: list[RuleTrigger], *, alone: bool = False
) -> list[Marked]:
    name = event_name(triggers[0].rule, event.value) if alone else f"{model.table}_{event.value}"
    function = _function(schema, model, event, triggers, name)
    trigger = Trigger(
        table=model.stored,
        name=watching_name(triggers[0].rule, event.value) if alone else f"rules_{event.value}",
        calls=function,
        moment=AFTER,
        events=(event.name,),
        each_row=False,
        transition=event.transition_tables,
    )
    return [function, trigger]


def _function(
    schema: str, model: Model[Validated], event: StatementEvent, triggers: list[RuleTrigger], name: str
) -> Function:
    variables = [f"{trigger.keys} {trigger.parents.type}[];" for trigger in triggers]
    searches = [_search(model, event, below) for below in _by_parents(triggers).values()]
    answers = _answers(schema, model, triggers)
    rules = tuple(trigger.rule.name for trigger in triggers)
    return Function(
        schema=schema,
        name=name,
        declared_by=model.stored,
        rules=rules,
        body="\n".join([*searches, *_locks(schema, triggers), *answers, "RETURN NULL;"]),
        variables="\n".join(variables),
        # The keys of parents are one array. The plan that is kept looks each of them up in an index,
        # whether the statement changes one row or 100,000 (decision 0002).
        planned_once=True,
        parts=tuple(zip(rules, answers, strict=True)),
    )


def _by_parents(triggers: list[RuleTrigger]) -> dict[Parents, list[RuleTrigger]]:
    """The rules by the rows that they go through, in the order in which they are declared."""
    found: dict[Parents, list[RuleTrigger]] = {}
    for trigger in triggers:
        found.setdefault(trigger.parents, []).append(trigger)
    return found


def _search(model: Model[Validated], event: StatementEvent, triggers: list[RuleTrigger]) -> str:
    """The statement that finds the parents, for all rules that go through the same ones."""
    key = triggers[0].parents.key
    into = ", ".join(trigger.keys for trigger in triggers)
    if event is StatementEvent.UPDATE:
        found = [f"array_agg(DISTINCT {key}) FILTER (WHERE {trigger.moved})" for trigger in triggers]
        source = f"(\n{indented(_versions(model, triggers))}\n) AS changed"
    else:
        found = [
            f"array_agg(DISTINCT {key}) FILTER (WHERE {condition(trigger.inside_at_once)})" for trigger in triggers
        ]
        source = NEW_ROWS if event is StatementEvent.INSERT else OLD_ROWS
    return f"SELECT {_listed(found[0], found[1:])}\nINTO {into}\nFROM {source};"


def _versions(model: Model[Validated], triggers: list[RuleTrigger]) -> str:
    """The query that gives each row once, with whether it was and is in each set; a row with a new parent is two."""
    key = ", ".join(
        dict.fromkeys([*triggers[0].parents.columns, *(quoted(column.stored) for column in model.key_columns)])
    )
    before = [text for q in triggers for text in (f"{is_true(q.rule.of)} AS {q.was}", f"false AS {q.is_in}")]
    after = [text for q in triggers for text in ("false", is_true(q.rule.of))]
    merged = [f"bool_or({flag}) AS {flag}" for q in triggers for flag in (q.was, q.is_in)]
    return (
        f"SELECT {_listed(key, merged)}\nFROM (\n"  # noqa: S608  # the names are those of declarations
        f"{indented(f'SELECT {_listed(key, before)}')}\n    FROM {OLD_ROWS}\n    UNION ALL\n"
        f"{indented(f'SELECT {_listed(key, after)}')}\n    FROM {NEW_ROWS}\n"
        f") AS versions\nGROUP BY {key}"
    )


def _listed(first: str, others: list[str]) -> str:
    return ",\n    ".join([first, *others])


def _locks(schema: str, triggers: list[RuleTrigger]) -> Iterator[str]:
    """The statements that lock parents in one order: those of each table, one table after another."""
    for found, below in _by_parents(triggers).items():
        yield _lock(schema, found, below)


def _lock(schema: str, parents: Parents, triggers: list[RuleTrigger]) -> str:
    """The statement that locks parents in one order, if there are several or an admission guard reads one."""
    found = " || ".join(trigger.keys for trigger in triggers)
    entering = [f"{q.keys} IS NOT NULL" for q in triggers if isinstance(q.rule, AdmissionGuard)]
    needed = "\n    OR ".join([*entering, f"cardinality({found}) > 1"])
    return (
        f"IF {needed}\nTHEN\n"
        f"    PERFORM FROM {qualified(schema, parents.model.stored)}\n"
        f"    WHERE {parents.among(found)}\n"
        f"    ORDER BY {parents.order} FOR NO KEY UPDATE;\n"
        f"END IF;"
    )


def _answers(schema: str, model: Model[Validated], triggers: list[RuleTrigger]) -> list[str]:
    return [
        admission(schema, trigger.parents, model, trigger.rule, trigger.keys)
        if isinstance(trigger.rule, AdmissionGuard)
        else recheck(schema, trigger.parents, trigger.rule, trigger.keys)
        for trigger in triggers
    ]
