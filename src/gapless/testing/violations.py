"""Attempts to break every rule of a catalogue, at least one for each; none breaks a rule that is checked before.

    factories = Factories(GAPLESS)
    for attempt in attempts(factories):
        answer = await ask_store(attempt, store, await stored(factories, store))

They are derived from the kind of each rule and from its declaration. A violation that can't be derived is written by
hand, with the name of its rule, and given as `written`. If a rule has neither, its attempt always fails, and the
message says what to write: so the attempts cover the whole catalogue, and the other rules are tried all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NoReturn, cast

import attrs

from gapless.kit import DataType, Model, Rule, model_of
from gapless.kit.errors import DeclarationError
from gapless.kit.model import VERSION, Validated
from gapless.kit.ports import Store
from gapless.testing.counterexamples.attempts import AskStore, Attempt, RowViolation, StepViolation, Violation
from gapless.testing.counterexamples.keys import kept
from gapless.testing.counterexamples.registry import VIOLATED
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.steps import add, changed, insertions

PLACE = "the violations that are given as written="
NOBODY = "nobody tries"
"""The description of the attempt at a rule without a violation."""


def can_refuse(rule: Rule) -> bool:
    """Whether the rule can refuse anything: an index, and a rule by which the store fills a column, can't."""
    return VIOLATED.of(rule).refuses


def attempts(
    factories: Factories,
    *,
    only: Collection[type] | None = None,
    written: tuple[Violation, ...] = (),
    place: str = PLACE,
) -> tuple[Attempt, ...]:
    """Derives at least one attempt to break each rule, in the order of the catalogue.

    Args:
        factories: the factories of the catalogue, with a sample for each entity of which no valid row can be found.
        only: the entities whose rules are tried; None for all.
        written: the violations that can't be derived from the declaration.
        place: where those are written, for the message about a rule that lacks one.
    """
    models = [model for model in factories.catalogue.models if only is None or model.entity in only]
    return tuple(
        attempt
        for model in models
        for rule in model.rules
        if can_refuse(rule)
        for attempt in attempts_at(factories, model, rule, written=written, place=place)
    )


def attempts_at(
    factories: Factories,
    model: Model[Validated],
    rule: Rule,
    *,
    written: tuple[Violation, ...] = (),
    place: str = PLACE,
) -> tuple[Attempt, ...]:
    """At least one attempt to break one rule of a model; the arguments are those of `attempts`."""
    by_hand = [violation for violation in written if _is_of(violation, model, rule)]
    if (model, rule) not in factories.derived:
        factories.derived[model, rule] = _derived(factories, model, rule)
    derived, why = factories.derived[model, rule]
    found = tuple(attempt for violation in (*derived, *by_hand) for attempt in _attempts(model, rule, violation))
    if model.entity in factories.catalogue.archives:  # append-only rows that the ports can't add
        found = tuple(attrs.evolve(attempt, store=None) for attempt in found)
    return found or (_nobody(model, rule, place, why),)


def _derived(factories: Factories, model: Model[Validated], rule: Rule) -> tuple[tuple[Violation, ...], str]:
    """What follows from the declaration, and otherwise why nothing does."""
    try:
        return tuple(VIOLATED.of(rule).derived(factories, model, rule)), ""
    except DeclarationError as error:
        return (), f" {error}"


def _nobody(model: Model[Validated], rule: Rule, place: str, why: str) -> Attempt:
    """The attempt at a rule without a violation, which fails for every enforcer."""
    said = (
        f"There is no attempt to break {rule.name} of {model.name}: none can be derived from its declaration.{why} "
        f"Write a StepViolation({rule.name!r}, ...) into {place}."
    )

    def refuse(*_: object) -> NoReturn:
        raise DeclarationError(said)

    return Attempt(model=model, rule=rule, tried=NOBODY, entity=refuse, store=None, sql=None)


def _is_of(violation: Violation, model: Model[Validated], rule: Rule) -> bool:
    """Whether the violation is about this rule, if rules of several tables have the same name."""
    table = violation.table if isinstance(violation, StepViolation) else None
    return violation.rule == rule.name and table in (None, model.table)


def _attempts(model: Model[Validated], rule: Rule, violation: Violation) -> Iterator[Attempt]:
    if isinstance(violation, RowViolation):
        yield from _of_row(model, rule, violation)
    else:
        yield Attempt(
            model=model,
            rule=rule,
            tried=violation.tried,
            entity=violation.entity,
            store=violation.store,
            sql=violation.sql,
        )


def _constructed(model: Model[Validated], row: Validated) -> object:
    make = cast("Callable[..., object]", model.entity)
    return make(**model.values_by_column(row))


def _is_declared(model: Model[Validated], rule: Rule) -> bool:
    """Whether the constructor has a rule: a part takes some of its rules from the catalogue that it is in."""
    return any(each.name == rule.name for each in model_of(model.entity).rules)


def _of_row(model: Model[Validated], rule: Rule, violation: RowViolation) -> Iterator[Attempt]:
    """Adds a row that breaks the rule and, if rows can change, changes a row so that it breaks the rule."""

    def values(fixture: Fixture) -> Mapping[str, object]:
        return {**violation.values, **fixture.pointing(model, violation.values)}

    def spoiled(fixture: Fixture) -> Validated:
        return model.evolved(_any_row(fixture, model), values(fixture))

    def entity(fixture: Fixture) -> object:
        return _constructed(model, spoiled(fixture))

    async def addition(store: Store, fixture: Fixture) -> None:
        await add(store, fixture, spoiled(fixture))

    in_sql = not isinstance(rule, DataType) and violation.values.keys().isdisjoint(model.filled)
    yield Attempt(
        model=model,
        rule=rule,
        tried=violation.tried,
        entity=entity if _is_declared(model, rule) else None,
        store=addition if _writable(model, violation) else None,
        sql=(lambda fixture: insertions(fixture, spoiled(fixture))) if in_sql else None,
    )
    if _changeable(model, violation):
        store = _changing(model, values)
        yield Attempt(model=model, rule=rule, tried=violation.tried, entity=None, store=store, sql=None)


def _any_row(fixture: Fixture, model: Model[Validated]) -> Validated:
    """A new row, or the one that is there if the rules leave no further one: what is asked of one row comes first."""
    try:
        return fixture.row(model.entity)
    except DeclarationError:
        return fixture.there(model.entity)


def _writable(model: Model[Validated], violation: RowViolation) -> bool:
    """Whether the ports can write these values: not another root, and no column that the store sets itself."""
    return violation.values.keys().isdisjoint((model.tenant, VERSION, *model.filled))


def _changeable(model: Model[Validated], violation: RowViolation) -> bool:
    """Whether these values can be changed: not the key, not the root, and nothing of a row that never changes."""
    return model.versioned and violation.values.keys().isdisjoint((*model.key, model.tenant, VERSION, *model.filled))


def _changing(model: Model[Validated], values: Callable[[Fixture], Mapping[str, object]]) -> AskStore:
    """The step that adds a valid row, or takes the root, and changes these values of it."""

    async def store(store: Store, fixture: Fixture) -> None:
        await changed(store, fixture, await kept(store, fixture, model), values(fixture))

    return store
