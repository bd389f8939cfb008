"""Violations of every rule of a catalogue: at least one attempt to break it, and nothing that is judged before it.

    for attempt in attempts(GAPLESS):
        answer = await ask_store(attempt, store, await staged(store, ids))

Where a rule follows from an annotation or a key its violation follows too; the others are written by hand, by name.
A rule that nobody has thought of breaking is an error, so whoever reads the list has the whole catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar, cast

import attrs

from gapless.bootstrap import DEFAULT_CATALOGUE
from gapless.domain.organizations import Organization
from gapless.kit import Catalogue, Model, Rule, Storable
from gapless.kit.errors import DeclarationError
from gapless.kit.model import VERSION, Judged
from gapless.kit.ports import Store
from gapless.testing.append_only_violations import APPEND_ONLY_VIOLATIONS
from gapless.testing.attempts import (
    AskStore,
    Attempt,
    CountedViolation,
    PlainSql,
    RowViolation,
    StepViolation,
    Violation,
)
from gapless.testing.derived_violations import VIOLATED, add_sample, changing
from gapless.testing.entry_violations import ENTRY_VIOLATIONS
from gapless.testing.organization_violations import ORGANIZATION_VIOLATIONS
from gapless.testing.removal_violations import REMOVAL_VIOLATIONS
from gapless.testing.row_violations import ROW_VIOLATIONS
from gapless.testing.scenes import SAMPLES, Sample, Scene
from gapless.testing.steps import founding, insertion
from gapless.testing.team_violations import TEAM_VIOLATIONS
from gapless.testing.time_violations import TIME_VIOLATIONS
from gapless.testing.unique_violations import UNIQUE_VIOLATIONS

V = TypeVar("V", bound=Violation)
WRITTEN: tuple[Violation, ...] = (
    *ROW_VIOLATIONS,
    *UNIQUE_VIOLATIONS,
    *ENTRY_VIOLATIONS,
    *REMOVAL_VIOLATIONS,
    *TEAM_VIOLATIONS,
    *ORGANIZATION_VIOLATIONS,
    *APPEND_ONLY_VIOLATIONS,
    *TIME_VIOLATIONS,
)
"""The violations of gapless's own rules that do not follow from the declaration."""


def can_refuse(rule: Rule) -> bool:
    """Whether there is something that the rule refuses: an index and what a store fills let everything pass."""
    return VIOLATED.of(rule).refuses


def attempts(
    catalogue: Catalogue = DEFAULT_CATALOGUE,
    *,
    samples: Mapping[type, Sample] = SAMPLES,
    written: tuple[Violation, ...] = WRITTEN,
) -> tuple[Attempt, ...]:
    """At least one attempt to break each rule, in the order of the catalogue.

    Args:
        catalogue: the rules; `GAPLESS + mine` for a host with entities of its own.
        samples: for each entity a valid row; `{**SAMPLES, Mine: ...}` for such a host.
        written: the violations that do not follow from the declaration; `(*WRITTEN, ...)` for such a host.

    Raises:
        DeclarationError: a rule has no attempt, or an entity no sample.
    """
    found: list[Attempt] = []
    for model, rule in catalogue:
        if not can_refuse(rule):
            continue
        if model.entity not in samples:
            raise DeclarationError(f"There is no sample of {model.name}, so that its rules could be broken.")
        of_rule = tuple(_attempts(catalogue, model, rule, samples[model.entity], written))
        if model.entity in catalogue.archives:  # to which the ports add nothing
            of_rule = tuple(attrs.evolve(attempt, store=None) for attempt in of_rule)
        if not of_rule:
            raise DeclarationError(f"Nobody tries to break {rule.name}: write a violation of it.")
        found.extend(of_rule)
    return tuple(found)


def _attempts(
    catalogue: Catalogue, model: Model[Judged], rule: Rule, sample: Sample, written: tuple[Violation, ...]
) -> Iterator[Attempt]:
    derived = tuple(VIOLATED.of(rule).derived(model, rule, sample))
    by_hand = [violation for violation in written if _is_of(violation, model, rule)]
    for violation in (*_of(RowViolation, derived), *by_hand, *_of(StepViolation, derived)):
        if isinstance(violation, RowViolation):
            yield from _of_row(model, rule, sample, violation)
        elif isinstance(violation, CountedViolation):
            found = [found for found in catalogue.invariants_of(model.entity) if found.rule is rule]
            yield from (_of_steps(model, rule, violation.steps(invariant)) for invariant in found)
        else:
            yield _of_steps(model, rule, violation)


def _of(kind: type[V], violations: Iterable[Violation]) -> list[V]:
    return [violation for violation in violations if isinstance(violation, kind)]


def _is_of(violation: Violation, model: Model[Judged], rule: Rule) -> bool:
    """Whether this is the rule that the violation means, where rules of one name stand at several tables."""
    table = violation.table if isinstance(violation, StepViolation) else None
    return violation.rule == rule.name and table in (None, model.table)


def _of_steps(model: Model[Judged], rule: Rule, violation: StepViolation) -> Attempt:
    return Attempt(
        model=model,
        rule=rule,
        tried=violation.tried,
        entity=violation.entity,
        store=violation.store,
        sql=violation.sql,
    )


def _of_row(model: Model[Judged], rule: Rule, sample: Sample, violation: RowViolation) -> Iterator[Attempt]:
    """A row is added that breaks the rule; and, where rows can change, a row is changed so that it does."""

    def spoiled(scene: Scene) -> dict[str, object]:
        return {**_values(model, sample(scene)), **violation.values}

    make = cast("Callable[..., object]", model.entity)
    in_sql = not isinstance(rule, Storable) and violation.values.keys().isdisjoint(model.filled)
    yield Attempt(
        model=model,
        rule=rule,
        tried=violation.tried,
        entity=lambda scene: make(**spoiled(scene)),
        store=_addition(model, spoiled) if _writable(model, violation) else None,
        sql=(lambda scene: _inserted(scene, model.unjudged(spoiled(scene)))) if in_sql else None,
    )
    if _changeable(model, violation):
        change = changing(model, sample, violation.values)
        yield Attempt(model=model, rule=rule, tried=violation.tried, entity=None, store=change, sql=None)


def _values(model: Model[Judged], row: Judged) -> dict[str, object]:
    return dict(zip((column.name for column in model.columns), model.values(row), strict=True))


def _writable(model: Model[Judged], violation: RowViolation) -> bool:
    """The ports let no row pass whose organization is another's or none, and a store sets what is its own."""
    return violation.values.keys().isdisjoint((model.tenant, VERSION, *model.filled))


def _changeable(model: Model[Judged], violation: RowViolation) -> bool:
    """A row is found by its key, so only what is no key can be changed; and of rows that never change, nothing."""
    return model.versioned and violation.values.keys().isdisjoint((*model.key, VERSION, *model.filled))


def _addition(model: Model[Judged], spoiled: Callable[[Scene], dict[str, object]]) -> AskStore:
    async def store(store: Store, scene: Scene) -> None:
        await add_sample(store, scene, model.unjudged(spoiled(scene)))

    return store


def _inserted(scene: Scene, row: Judged) -> tuple[PlainSql, ...]:
    """The row in SQL; an organization with its owner."""
    return founding(row, scene) if isinstance(row, Organization) else (insertion(row),)
