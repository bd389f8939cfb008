"""An attempt to break a rule: what is tried, and how each enforcer is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar, cast

import attrs

from gapless.domain.errors import RuleViolated
from gapless.domain.json_object import JsonObject
from gapless.domain.ports import Store, UnitOfWork
from gapless.domain.rules import AuditedEntity, Entity, Model, Rule, model_of
from gapless.domain.rules.model import Judged
from gapless.domain.rules.predicates import literal
from gapless.domain.values import OrganizationId
from gapless.testing.scenes import Scene

E = TypeVar("E", bound=Judged)


@attrs.frozen
class PlainSql:
    """A statement past the library, with numbered parameters; its tables are found by the search path."""

    text: str
    values: tuple[object, ...] = ()


AskEntity = Callable[[Scene], object]
AskStore = Callable[[Store, Scene], Awaitable[None]]
AskSql = Callable[[Scene], tuple[PlainSql, ...]]


@attrs.frozen(kw_only=True)
class Attempt:
    """One way to break one rule, and no rule that would be judged before it. It is made in a fresh scene.

    Attributes:
        model: the entity that the rule stands at.
        rule: the rule.
        tried: what is tried, in a few words.
        entity: asks the constructor, or the Team; None if neither can judge the rule.
        store: asks a store through the ports; None if the ports leave no way to break the rule.
        sql: the transaction that asks PostgreSQL itself; None if SQL can't be made to say this.
    """

    model: Model[Judged]
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
    """A rule over several rows, or over a change, is broken by steps."""

    rule: str
    tried: str
    store: AskStore | None
    sql: AskSql | None = attrs.field(default=None, kw_only=True)
    entity: AskEntity | None = attrs.field(default=None, kw_only=True)


Violation = RowViolation | StepViolation


def values_of(model: Model[E], row: E) -> dict[str, object]:
    """The values of a row by column."""
    return dict(zip((column.name for column in model.columns), model.values(row), strict=True))


def insertion(model: Model[E], row: E) -> PlainSql:
    """The statement that inserts a row, judged or not."""
    names = ", ".join(column.name for column in model.columns)
    values = model.values(row)
    casts = ("::text::jsonb" if isinstance(value, JsonObject) else "" for value in values)
    places = ", ".join(f"${place}{cast}" for place, cast in enumerate(casts, 1))
    text = f"INSERT INTO {model.table} ({names}) VALUES ({places})"  # noqa: S608  # names of a catalogue, no input
    return PlainSql(text, tuple(map(_sent, values)))


def _sent(value: object) -> object:
    return value.text if isinstance(value, JsonObject) else literal(value)


async def add_row(unit: UnitOfWork, scene: Scene, row: Judged) -> Judged:
    """Adds a row of any entity in a unit of work of its organization, with an audit entry if it takes one."""
    if isinstance(row, AuditedEntity):
        organization_id = cast(OrganizationId, model_of(type(row)).tenant_of(row))
        return await unit.of(type(row)).add(row, scene.entry(organization_id))
    return await unit.of(type(cast(Entity, row))).add(cast(Entity, row))


async def save_row(unit: UnitOfWork, scene: Scene, row: Judged) -> Judged:
    """Saves a row of any entity in a unit of work of the scene, with an audit entry if it takes one."""
    if isinstance(row, AuditedEntity):
        return await unit.of(type(row)).save(row, scene.entry())
    return await unit.of(type(cast(Entity, row))).save(cast(Entity, row))
