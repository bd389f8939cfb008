"""Rows for one rule: rows that keep it, and rows that break only this rule, often at its edges."""

from __future__ import annotations

from hypothesis import strategies as st

from gapless.kit import Check, EnumMember, Model, Rule
from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.model import E
from gapless.testing.strategies.edges import Edge, boundary, declaring
from gapless.testing.strategies.row_generators import Row, rows_of
from gapless.testing.strategies.solutions import Plan, plan_of
from gapless.testing.strategies.values import free_texts

_LONGEST_UNKNOWN = 20


def valid(rule: Rule, model: Model[E] | None = None) -> st.SearchStrategy[Row]:
    """Draws rows that keep a rule and every other rule over one row; half of them are at the edge of the rule.

    Args:
        rule: a DataType, Required, EnumMember or Check of an entity.
        model: the model that has the rule, if a catalogue has added it: `HELP_DESK.model(User)`.

    Returns:
        A strategy of values by the name of their column.

    Raises:
        DeclarationError: the rule is not over one row, or neither the model nor an entity declares it.
    """
    plan = plan_of(declaring(rule, model))
    edges = [edge for edge in boundary(rule, model) if edge.holds and _is_open(plan, edge)]
    return st.one_of(rows_of(plan, {}), *_at(plan, edges))


def violating(rule: Rule, model: Model[E] | None = None) -> st.SearchStrategy[Row]:
    """Draws rows that break a rule, and no other rule over one row.

    Args:
        rule: a DataType, Required, EnumMember or Check of an entity.
        model: the model that has the rule, if a catalogue has added it: `HELP_DESK.model(User)`.

    Returns:
        A strategy of values by the name of their column.

    Raises:
        DeclarationError: the rule is not over one row, nobody declares it, or every row that breaks it breaks
            another rule too.
    """
    plan = plan_of(declaring(rule, model), rule)
    edges = [edge for edge in boundary(rule, model) if not edge.holds and _is_open(plan, edge)]
    if isinstance(rule, Check):
        return st.one_of(rows_of(plan, {}), *_at(plan, edges))
    if not edges:
        raise DeclarationError(f"{plan.model.name}: every row that breaks {rule.name} breaks another rule as well.")
    further = [rows_of(plan, {rule.column.name: _unknown(rule.column)})] if isinstance(rule, EnumMember) else []
    return st.one_of(*_at(plan, edges), *further)


def _is_open(plan: Plan, edge: Edge) -> bool:
    """Whether some row of the plan has the values of this edge."""
    return plan.allows({name: plan.model.column(name).normalised(value) for name, value in edge.values.items()})


def _at(plan: Plan, edges: list[Edge]) -> list[st.SearchStrategy[Row]]:
    return [st.sampled_from(edges).flatmap(lambda edge: rows_of(plan, edge.values))] if edges else []


def _unknown(column: Column) -> st.SearchStrategy[object]:
    return free_texts(0, _LONGEST_UNKNOWN).filter(lambda text: text not in column.members)
