"""Finds rows that break a rule together with rows of other tables: references, and rules that count."""

from __future__ import annotations

from gapless.adapters.postgres.ddl.parents import Parents
from gapless.adapters.postgres.ddl.supplements import limit_of
from gapless.adapters.postgres.ddl.tenancy import same_root
from gapless.adapters.postgres.sql.text import indented, is_true, quoted
from gapless.adapters.postgres.violations.violation_query import ViolationQuery, below, select, table_of
from gapless.kit import AtLeastOne, AtMost, Catalogue, Invariant, Model, Reference
from gapless.kit.model import Validated
from gapless.kit.predicates import TRUE


def reference_violations(catalogue: Catalogue, schema: str, model: Model[Validated], rule: Reference) -> ViolationQuery:
    """The rows that refer to a row which is not there, or belongs to another root."""
    links, parent = catalogue.links(model, rule), catalogue.parent(rule)
    given = [f"child.{quoted(own.stored)} IS NOT NULL" for own, _ in links if own.nullable]
    same = [f"parent.{quoted(key.stored)} = child.{quoted(own.stored)}" for own, key in links]
    if catalogue.links_leave_root(model, rule) and rule is not model.through:
        same.append(same_root(catalogue, schema, (parent, "parent"), (model, "child")))
    parents = f"SELECT FROM {table_of(schema, parent, 'parent')}\nWHERE {' AND '.join(same)}"  # names of declarations
    missing = f"NOT EXISTS (\n{indented(indented(parents))}\n    )"
    return select(model, table_of(schema, model, "child"), [*given, missing], "child")


def at_least_one_violations(
    catalogue: Catalogue, schema: str, model: Model[Validated], rule: AtLeastOne
) -> ViolationQuery:
    """The parents without a child in the set."""
    parents = Parents.of(catalogue, model, rule.through)
    in_set = f"{parents.is_parent_of('child', 'parent')} AND {is_true(rule.of, 'child')}"
    children = f"SELECT FROM {table_of(schema, model, 'child')}\nWHERE {in_set}"  # as above
    missing = f"NOT EXISTS (\n{indented(indented(children))}\n    )"
    return select(parents.model, table_of(schema, parents.model, "parent"), [*_while(rule), missing], "parent")


def at_most_violations(catalogue: Catalogue, schema: str, model: Model[Validated], rule: AtMost) -> ViolationQuery:
    """The parents with more children in the set than their limit; one whose limit is null has none."""
    parents = Parents.of(catalogue, model, rule.through)
    own = ", ".join(f"child.{quoted(column.stored)}" for column, _ in parents.links)
    counted = (
        f"SELECT {own}, count(*) AS number\n"  # as above
        f"FROM {table_of(schema, model, 'child')}\nWHERE {is_true(rule.of, 'child')}\nGROUP BY {own}"
    )
    source = (
        f"{table_of(schema, parents.model, 'parent')}\n"
        f"LEFT JOIN {below(counted, 'counted')} ON {parents.is_parent_of('counted', 'parent')}"
    )
    too_many = f"coalesce(counted.number, 0) > {limit_of(catalogue, schema, rule)}"
    return select(parents.model, source, [*_while(rule), too_many], "parent")


def _while(rule: Invariant) -> list[str]:
    """The condition that the parent is in the state in which the rule holds, if there is one."""
    return [] if rule.while_parent is TRUE else [is_true(rule.while_parent, "parent")]
