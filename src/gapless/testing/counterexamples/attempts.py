"""An attempt to break a rule: what it does, and how it is made on each enforcer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import attrs

from gapless.kit import Model, Rule, Transition
from gapless.kit.errors import RuleViolated
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.kit.python_compiler import is_false_of_change
from gapless.testing.fixtures import Fixture
from gapless.testing.templates import Template


@attrs.frozen
class PlainSql:
    """A statement in plain SQL, with numbered parameters; its tables are found by the search path."""

    text: str
    values: tuple[object, ...] = ()


def is_assignable(model: Model[Validated], values: Mapping[str, object]) -> bool:
    """Whether a change can give a row these values at all: it is one value at least, and none that never changes."""
    return bool(values) and values.keys().isdisjoint(model.immutable)


def may_become(template: Template, values: Mapping[str, object]) -> bool:
    """Whether a row can be changed by these values, and no rule over changes refuses that.

    Args:
        template: of the row as it is before.
        values: what it becomes.
    """
    model = template.model
    if not is_assignable(model, values):
        return False
    before, after = (model.construct_unvalidated(each) for each in (template.values, {**template.values, **values}))
    return not any(is_false_of_change(rule.holds)(before, after) for rule in model.of_kind(Transition))


AskEntity = Callable[[Fixture], object]
AskStore = Callable[[Store, Fixture], Awaitable[None]]
AskSql = Callable[[Fixture], tuple[PlainSql, ...]]


@attrs.frozen(kw_only=True)
class Attempt:
    """One way to break one rule, and no rule that is checked before it; each attempt needs a fresh fixture.

    Attributes:
        model: the model of the entity that declares the rule.
        rule: the rule.
        tried: the attempt in a few words.
        entity: makes it on the constructor, or on the declaration of an invariant; None if neither can check the rule.
        store: makes it on a store through the ports; None if the ports leave no way to break the rule.
        sql: the statements of its transaction on PostgreSQL itself; None if SQL can't express it.
    """

    model: Model[Validated]
    rule: Rule
    tried: str
    entity: AskEntity | None
    store: AskStore | None
    sql: AskSql | None

    @property
    def expected(self) -> RuleViolated:
        """The error that every enforcer has to raise."""
        return self.model.violated(self.rule)


@attrs.frozen
class RowViolation:
    """A violation of a rule over one row, written by hand: values to put into a valid row."""

    rule: str
    tried: str
    values: Mapping[str, object]


@attrs.frozen
class StepViolation:
    """A violation of a rule over several rows, or over a change, written by hand: steps that break it.

    Attributes:
        rule: the name of the rule.
        tried, store, sql, entity: as in an Attempt.
        table: the table of the rule; None if only one table has a rule of this name.
    """

    rule: str
    tried: str
    store: AskStore | None
    sql: AskSql | None = attrs.field(default=None, kw_only=True)
    entity: AskEntity | None = attrs.field(default=None, kw_only=True)
    table: str | None = attrs.field(default=None, kw_only=True)


Violation = RowViolation | StepViolation
