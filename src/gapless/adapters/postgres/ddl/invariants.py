"""Defines the parent's side of the invariants: what makes one pending for a parent, and what checks it at commit.

Whatever puts a rule in question writes to the parent's row: it raises `rechecks`, and stamps the rule's recheck column
with the transaction's id. So two transactions that concern one parent conflict at its row, at every isolation level. At
commit a deferred trigger checks each pending rule once, on the last recheck. On one table the order is that of the
triggers' names, and so that of the catalogue; of several tables `statements.commits` makes it that.
"""

from __future__ import annotations

import attrs
import sqlalchemy as sa

from gapless.adapters.postgres.ddl.filled import counter_columns
from gapless.adapters.postgres.ddl.parents import Parents
from gapless.adapters.postgres.ddl.supplements import limit_of, supplement_objects
from gapless.adapters.postgres.sql.objects import AFTER, BEFORE, Function, Marked, Trigger
from gapless.adapters.postgres.sql.text import (
    indented,
    is_not_true,
    is_true,
    narrowed,
    qualified,
    quoted,
    refusal,
)
from gapless.kit import AtLeastOne, AtMost, Catalogue, Invariant, Model
from gapless.kit.catalogue_checks import RECHECK_PREFIX, RECHECKS
from gapless.kit.model import Validated
from gapless.kit.object_names import checking_name
from gapless.kit.predicates import TRUE, All, Comparison, Node
from gapless.kit.supplements import supplemented

LIMIT = "CROSS JOIN LATERAL (SELECT "
"""The text before the limit in the function that checks it; behind it the line ends."""
GREATEST_OFFSET = 2**63 - 2
"""The greatest limit to which one can be added for LIMIT, which is a bigint; no table has so many rows."""


class TransactionId(sa.types.UserDefinedType[int]):
    """PostgreSQL's xid8: the id of a transaction, which is never used twice."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The name of the type."""
        return "xid8"


def recheck_column(rule: Invariant) -> str:
    """The column of the parent's table that says which transaction last put the rule in question."""
    return f"{RECHECK_PREFIX}{rule.name}"


def store_owned_columns(catalogue: Catalogue, parent: Model[Validated]) -> list[sa.Column[int]]:
    """The columns that rules need on the table of their parent; they are no fields of the entity."""
    counter = counter_columns(catalogue, parent)
    rules = [rule for _, rule in catalogue.invariants if catalogue.parent(rule.through).entity is parent.entity]
    if not rules:
        return counter
    rechecks = sa.Column(RECHECKS, sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    columns = [sa.Column(recheck_column(rule), TransactionId(), nullable=True) for rule in rules]
    return [*counter, rechecks, *columns]


def recheck(schema: str, parents: Parents, rule: Invariant, keys: str) -> str:
    """The PL/pgSQL statement that puts a rule in question for the parents whose keys a variable holds."""
    # Each rule has a column of its own, so that a rule of a host adds a column and a trigger, and changes no function
    # that is there (decision 0003).
    return (
        f"IF {keys} IS NOT NULL THEN\n"  # noqa: S608  # the names are those of declarations
        f"    UPDATE {qualified(schema, parents.model.stored)}\n"
        f"    SET {RECHECKS} = {RECHECKS} + 1, {quoted(recheck_column(rule))} = pg_current_xact_id()\n"
        f"    WHERE {parents.among(keys)};\n"
        f"END IF;"
    )


def parent_objects(
    catalogue: Catalogue, schema: str, number: int, model: Model[Validated], rule: Invariant
) -> list[Marked]:
    """The functions and triggers of one rule: the parent's make it pending and check it, the child's refuses TRUNCATE.

    Args:
        catalogue: the catalogue.
        schema: the PostgreSQL schema.
        number: the number in the triggers' names, by which they are ordered.
        model: the model of the children, which declares the rule.
        rule: the rule.
    """
    parents = Parents.of(catalogue, model, rule.through)
    objects = _made_pending(schema, number, parents.model, model, rule) if rule.made_pending_by_parent else []
    objects += _checking(catalogue, schema, number, parents, model, rule)
    if isinstance(rule, AtLeastOne):
        objects += _truncation(schema, model, rule)
    limit = supplemented(catalogue, rule)
    return objects if limit is None else [*objects, *supplement_objects(schema, parents.model, model, rule, limit)]


def _made_pending(
    schema: str, number: int, parent: Model[Validated], model: Model[Validated], rule: Invariant
) -> list[Marked]:
    """The function and triggers of the parent: one that is added, or comes to satisfy `while_parent`, is rechecked."""
    column = quoted(recheck_column(rule))
    body = f"NEW.{RECHECKS} := NEW.{RECHECKS} + 1;\nNEW.{column} := pg_current_xact_id();\nRETURN NEW;"
    after, before = is_true(rule.while_parent, "NEW"), is_not_true(rule.while_parent, "OLD")
    stamp = Function(
        schema=schema,
        name=f"arm_{rule.name}",
        declared_by=model.stored,
        rules=(rule.name,),
        body=body,
        definer=False,
    )
    added = Trigger(
        table=parent.stored,
        name=f"added_{number:02}_{rule.name}",
        calls=stamp,
        moment=BEFORE,
        events=("INSERT",),
        when=after,
    )
    if rule.while_parent is TRUE:
        return [stamp, added]
    name = f"entered_{number:02}_{rule.name}"
    return [stamp, added, attrs.evolve(added, name=name, events=("UPDATE",), when=f"{after} AND {before}")]


def _checking(
    catalogue: Catalogue, schema: str, number: int, parents: Parents, model: Model[Validated], rule: Invariant
) -> list[Marked]:
    check = _check(catalogue, schema, parents, model, rule)
    trigger = Trigger(
        table=parents.model.stored,
        # PostgreSQL fires the triggers of one event in the order of their names. The number makes that the order of the
        # catalogue, in which the store in memory checks as well (decision 0003).
        name=checking_name(number, rule),
        calls=check,
        moment=AFTER,
        events=("INSERT", "UPDATE"),
        when=f"NEW.{quoted(recheck_column(rule))} = pg_current_xact_id()",
        deferred=True,
    )
    return [check, trigger]


def _check(catalogue: Catalogue, schema: str, parents: Parents, model: Model[Validated], rule: Invariant) -> Function:
    body = (
        # The stamp stays until the transaction ends, so a later change that rechecks nothing must not be checked again.
        f"IF TG_OP = 'UPDATE' AND NEW.{RECHECKS} = OLD.{RECHECKS} THEN\n    RETURN NULL;\nEND IF;\n"
        f"IF EXISTS (\n{indented(_broken(catalogue, schema, parents, model, rule))}\n) THEN\n"
        f"{indented(refusal(rule, model.stored))}\nEND IF;\nRETURN NULL;"
    )
    return Function(
        schema=schema,
        name=f"judge_{rule.name}",
        declared_by=model.stored,
        rules=(rule.name,),
        body=body,
        limit=limit_of(catalogue, schema, rule) if isinstance(rule, AtMost) else "",
    )


def _broken(catalogue: Catalogue, schema: str, parents: Parents, model: Model[Validated], rule: Invariant) -> str:
    """The query that finds the parent if it breaks the rule.

    If the row has other rechecks than NEW, it was rechecked later, and the check for that is still to come.
    """
    limit = f"{LIMIT}{limit_of(catalogue, schema, rule)}\n) AS bound (most)" if isinstance(rule, AtMost) else ""
    bound = f"\n{limit}" if limit else ""
    return (
        f"SELECT FROM {qualified(schema, parents.model.stored)} AS parent{bound}\n"
        f"WHERE {parents.is_same('parent', 'NEW')} AND parent.{RECHECKS} = NEW.{RECHECKS}\n"
        f"    AND parent.{quoted(recheck_column(rule))} = pg_current_xact_id(){narrowed(rule.while_parent, 'parent')}\n"
        f"    AND {_out_of_bounds(schema, parents, model, rule)}"
    )


def _out_of_bounds(schema: str, parents: Parents, model: Model[Validated], rule: Invariant) -> str:
    """The condition that the parent has too few or too many children in the set."""
    children = (
        f"SELECT FROM {qualified(schema, model.stored)} AS child\n"
        f"WHERE {parents.is_parent_of('child', 'parent')}{_in_set(rule.of)}"
    )
    if not isinstance(rule, AtMost):
        return f"NOT EXISTS (\n{indented(indented(children))}\n    )"
    # One row beyond the limit decides, so no more are read; LIMIT itself may not be negative.
    children += f"\nLIMIT least(greatest(bound.most, 0), {GREATEST_OFFSET}) + 1"
    counted = f"SELECT count(*) FROM (\n{indented(children)}\n) AS counted"  # noqa: S608  # the names are declared
    return f"(\n{indented(indented(counted))}\n    ) > bound.most"


def _in_set(of: Node) -> str:
    """The predicate of the set as another part of a WHERE clause, with AND in front.

    The planner sees only the comparisons in it. By the rest it would choose an index that has the set's rows of all
    parents, from statistics that a bulk statement has just made wrong, and each parent's check would read all of them.
    """
    parts = _conjuncts(of)
    compared = [part for part in parts if isinstance(part, Comparison)]
    hidden = All(tuple(part for part in parts if not isinstance(part, Comparison)))
    shown = "".join(narrowed(part, "child") for part in compared)
    return f"{shown} AND {is_true(hidden, 'child')}" if hidden.parts else shown


def _conjuncts(node: Node) -> list[Node]:
    return [part for below in node.parts for part in _conjuncts(below)] if isinstance(node, All) else [node]


def _truncation(schema: str, model: Model[Validated], rule: Invariant) -> list[Marked]:
    """The function and trigger that refuse TRUNCATE, which shows no rows and leaves every parent without a child."""
    body = refusal(rule, model.stored)
    refuse = Function(
        schema=schema,
        name=f"refuse_{rule.name}",
        declared_by=model.stored,
        rules=(rule.name,),
        body=body,
        definer=False,
    )
    trigger = Trigger(
        table=model.stored,
        name=f"{rule.name}_truncate",
        calls=refuse,
        moment=BEFORE,
        events=("TRUNCATE",),
        each_row=False,
    )
    return [refuse, trigger]
