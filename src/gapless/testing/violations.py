"""Violations of every rule of a catalogue: at least one attempt to break it, and nothing that is judged before it.

    for attempt in attempts(GAPLESS):
        answer = await ask_store(attempt, store, await staged(store, ids))

Where a rule follows from an annotation or a key its violation follows too; the others are written by hand, by name.
A rule that nobody has thought of breaking is an error, so whoever reads the list has the whole catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import cast

import attrs

from gapless.bootstrap import DEFAULT_CATALOGUE
from gapless.domain.organizations import Organization
from gapless.kit import (
    Catalogue,
    Filled,
    Immutable,
    Index,
    Known,
    Model,
    PrimaryKey,
    Reference,
    Required,
    Rule,
    Storable,
    VersionStep,
)
from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.model import TENANT, VERSION, Judged
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
from gapless.testing.entry_violations import ENTRY_VIOLATIONS
from gapless.testing.organization_violations import ORGANIZATION_VIOLATIONS
from gapless.testing.removal_violations import REMOVAL_VIOLATIONS
from gapless.testing.row_violations import ROW_VIOLATIONS
from gapless.testing.scenes import SAMPLES, Sample, Scene
from gapless.testing.steps import add, add_row, found, founding, insertion, save_row
from gapless.testing.team_violations import TEAM_VIOLATIONS
from gapless.testing.time_violations import TIME_VIOLATIONS
from gapless.testing.unique_violations import UNIQUE_VIOLATIONS
from gapless.testing.unstorable import UNSTORABLE

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
    return not isinstance(rule, (Index, Filled))


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
    for violation in (*_derived(rule), *(violation for violation in written if _is_of(violation, model, rule))):
        if isinstance(violation, RowViolation):
            yield from _of_row(model, rule, sample, violation)
        elif isinstance(violation, CountedViolation):
            found = [found for found in catalogue.invariants_of(model.entity) if found.rule is rule]
            yield from (_of_steps(model, rule, violation.steps(invariant)) for invariant in found)
        else:
            yield _of_steps(model, rule, violation)
    if isinstance(rule, PrimaryKey):
        yield _of_steps(model, rule, _taken_key(model, rule, sample))
    if isinstance(rule, Reference):
        yield _of_steps(model, rule, _missing_parent(model, rule, sample))
    if isinstance(rule, Immutable):
        for column in rule.fields:
            yield _of_steps(model, rule, _other_value(model, rule, column, sample))
    if isinstance(rule, VersionStep):
        for tried, by in (("a version is left out", 2), ("a version comes again", -1)):
            yield _of_steps(model, rule, _skipped_version(model, rule, tried, by, sample))


def _is_of(violation: Violation, model: Model[Judged], rule: Rule) -> bool:
    """Whether this is the rule that the violation means, where rules of one name stand at several tables."""
    table = violation.table if isinstance(violation, StepViolation) else None
    return violation.rule == rule.name and table in (None, model.table)


def _derived(rule: Rule) -> Iterator[RowViolation]:
    """What breaks a rule that follows from an annotation."""
    match rule:
        case Storable(column=column):
            for tried, value in UNSTORABLE[column.type]:
                yield RowViolation(rule.name, tried, {column.name: value})
        case Required(column=column):
            yield RowViolation(rule.name, "nothing", {column.name: None})
        case Known(column=column):
            yield RowViolation(rule.name, "an unknown text", {column.name: "unknown"})
        case _:
            return


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
        change = _change(model, sample, violation.values)
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
        await _add(store, scene, model.unjudged(spoiled(scene)))

    return store


async def _add(store: Store, scene: Scene, row: Judged) -> None:
    """Adds a row; an organization with its owner, without whom it would be refused at commit."""
    await (found(store, scene, row) if isinstance(row, Organization) else add(store, scene, row))


def _inserted(scene: Scene, row: Judged) -> tuple[PlainSql, ...]:
    """The row in SQL; an organization with its owner."""
    return founding(row, scene) if isinstance(row, Organization) else (insertion(row),)


def _change(model: Model[Judged], sample: Sample, values: Mapping[str, object]) -> AskStore:
    async def store(store: Store, scene: Scene) -> None:
        async with store.unit(scene.organization.id) as unit:
            is_tenant = isinstance(scene.organization, model.entity)
            kept = scene.organization if is_tenant else await add_row(unit, scene, sample(scene))
            await save_row(unit, scene, model.replaced(kept, values))
            await unit.commit()

    return store


def _taken_key(model: Model[Judged], rule: Rule, sample: Sample) -> StepViolation:
    """A second row is added under the key of a first."""

    def pair(scene: Scene) -> tuple[Judged, Judged]:
        first = scene.organization if isinstance(scene.organization, model.entity) else sample(scene)
        key = dict(zip(model.key, model.key_of(first), strict=True))
        return first, model.replaced(sample(scene), key)

    async def store(store: Store, scene: Scene) -> None:
        first, second = pair(scene)
        if first is not scene.organization:
            await _add(store, scene, first)
        await _add(store, scene, second)

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        first, second = pair(scene)
        rows = (second,) if first is scene.organization else (first, second)
        return tuple(insertion(row) for row in rows)

    return StepViolation(rule.name, "an id that is taken", store, sql=sql)


def _other_value(model: Model[Judged], rule: Immutable, column: Column, sample: Sample) -> StepViolation:
    """A row gets another value; in SQL alone if the ports find it by that one, or leave that one to the store."""
    in_sql = column.name in (*model.key, *model.filled)

    def changed(scene: Scene) -> dict[str, object]:
        row = _kept(model, sample, scene)
        return {column.name: _another(scene, column, cast(object, getattr(row, column.name)))}

    async def store(store: Store, scene: Scene) -> None:
        await _change(model, sample, changed(scene))(store, scene)

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        return _updated(model, sample, scene, f"{column.name} = $1", changed(scene)[column.name])

    return StepViolation(rule.name, f"another {column.name}", None if in_sql else store, sql=sql)


def _skipped_version(model: Model[Judged], rule: VersionStep, tried: str, by: int, sample: Sample) -> StepViolation:
    """A row gets a version that is not the next, in SQL: the ports leave the version to the store."""

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        return _updated(model, sample, scene, f"{VERSION} = {VERSION} + $1::int", by)

    return StepViolation(rule.name, tried, None, sql=sql)


def _another(scene: Scene, column: Column, value: object) -> object:
    match value:
        case datetime():
            return value + timedelta(days=1)
        case int():
            return value + 1
        case _:
            return scene.ids.new() if column.type is ColumnType.UUID else "another"


def _kept(model: Model[Judged], sample: Sample, scene: Scene) -> Judged:
    return scene.organization if isinstance(scene.organization, model.entity) else sample(scene)


def _updated(
    model: Model[Judged], sample: Sample, scene: Scene, assignment: str, value: object
) -> tuple[PlainSql, ...]:
    """The statements that add the sample, unless it is there, and change it."""
    kept = _kept(model, sample, scene)
    key = dict(zip(model.key, model.key_of(kept), strict=True))
    found = " AND ".join(f"{name} = ${place}" for place, name in enumerate(key, 2))
    change = f"UPDATE {model.table} SET {assignment} WHERE {found}"  # noqa: S608  # names of a catalogue
    changing = PlainSql(change, (value, *key.values()))
    return (changing,) if kept is scene.organization else (insertion(kept), changing)


def _missing_parent(model: Model[Judged], rule: Reference, sample: Sample) -> StepViolation:
    """A row is added that points at a row which is not there."""
    pointing = [column.name for column in rule.fields if column.name != TENANT] or [TENANT]

    def orphan(scene: Scene) -> Judged:
        return model.replaced(sample(scene), {name: scene.ids.new() for name in pointing})

    async def store(store: Store, scene: Scene) -> None:
        await _add(store, scene, orphan(scene))

    return StepViolation(rule.name, "a row that is not there", store, sql=lambda scene: (insertion(orphan(scene)),))
