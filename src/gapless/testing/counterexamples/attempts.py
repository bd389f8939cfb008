"""An attempt to break a rule: what is tried, and how each enforcer is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import attrs

from gapless.kit import Model, Rule
from gapless.kit.errors import RuleViolated
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.testing.fixtures import Fixture


@attrs.frozen
class PlainSql:
    """A statement past the library, with numbered parameters; its tables are found by the search path."""

    text: str
    values: tuple[object, ...] = ()


AskEntity = Callable[[Fixture], object]
AskStore = Callable[[Store, Fixture], Awaitable[None]]
AskSql = Callable[[Fixture], tuple[PlainSql, ...]]


@attrs.frozen(kw_only=True)
class Attempt:
    """One way to break one rule, and no rule that would be checked before it. It is made on a fresh fixture.

    Attributes:
        model: the entity that the rule stands at.
        rule: the rule.
        tried: what is tried, in a few words.
        entity: asks the constructor, or the declaration of a rule that counts; None if neither can check the rule.
        store: asks a store through the ports; None if the ports leave no way to break the rule.
        sql: the transaction that asks PostgreSQL itself; None if SQL can't be made to say this.
    """

    model: Model[Validated]
    rule: Rule
    tried: str
    entity: AskEntity | None
    store: AskStore | None
    sql: AskSql | None

    @property
    def expected(self) -> RuleViolated:
        """What every enforcer has to raise."""
        return self.model.violated(self.rule)


@attrs.frozen
class RowViolation:
    """A rule over one row is broken by laying these values over a valid row."""

    rule: str
    tried: str
    values: Mapping[str, object]


@attrs.frozen
class StepViolation:
    """A rule over several rows, or over a change, is broken by steps.

    Attributes:
        rule: the name of the rule.
        tried, store, sql, entity: as in an Attempt.
        table: which table is meant, if rules of that name stand at several; None if one does.
    """

    rule: str
    tried: str
    store: AskStore | None
    sql: AskSql | None = attrs.field(default=None, kw_only=True)
    entity: AskEntity | None = attrs.field(default=None, kw_only=True)
    table: str | None = attrs.field(default=None, kw_only=True)


Violation = RowViolation | StepViolation
