"""The violations that follow from the kind of a rule and what it declares; the others are written by hand, by name.

A rule of a kind of which none follow needs one that is written; see `violations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import cast

import attrs

from gapless.domain.organizations import Organization
from gapless.kit import (
    AppendOnly,
    AtLeastOne,
    AtMost,
    Check,
    EntryRequires,
    Exclusion,
    Immutable,
    Index,
    Known,
    Model,
    Numbered,
    PrimaryKey,
    Reference,
    Required,
    Rule,
    Stamped,
    Storable,
    Transition,
    Unique,
    VersionStep,
)
from gapless.kit.columns import Column, ColumnType
from gapless.kit.model import TENANT, VERSION, Judged
from gapless.kit.ports import Store
from gapless.kit.registry import Registry
from gapless.testing.attempts import AskStore, PlainSql, RowViolation, StepViolation, Violation
from gapless.testing.scenes import Sample, Scene
from gapless.testing.steps import add, add_row, found, insertion, save_row
from gapless.testing.unstorable import UNSTORABLE


async def add_sample(store: Store, scene: Scene, row: Judged) -> None:
    """Adds a row; an organization with its owner, without whom it would be refused at commit."""
    await (found(store, scene, row) if isinstance(row, Organization) else add(store, scene, row))


def changing(model: Model[Judged], sample: Sample, values: Mapping[str, object]) -> AskStore:
    """Adds a valid row, or takes the organization, and changes these values of it."""

    async def store(store: Store, scene: Scene) -> None:
        async with store.unit(scene.organization.id) as unit:
            is_tenant = isinstance(scene.organization, model.entity)
            kept = scene.organization if is_tenant else await add_row(unit, scene, sample(scene))
            await save_row(unit, scene, model.replaced(kept, values))
            await unit.commit()

    return store


def _taken_key(model: Model[Judged], rule: PrimaryKey, sample: Sample) -> Iterator[StepViolation]:
    """A second row is added under the key of a first."""

    def pair(scene: Scene) -> tuple[Judged, Judged]:
        first = scene.organization if isinstance(scene.organization, model.entity) else sample(scene)
        key = dict(zip(model.key, model.key_of(first), strict=True))
        return first, model.replaced(sample(scene), key)

    async def store(store: Store, scene: Scene) -> None:
        first, second = pair(scene)
        if first is not scene.organization:
            await add_sample(store, scene, first)
        await add_sample(store, scene, second)

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        first, second = pair(scene)
        rows = (second,) if first is scene.organization else (first, second)
        return tuple(insertion(row) for row in rows)

    yield StepViolation(rule.name, "an id that is taken", store, sql=sql)


def _other_value(model: Model[Judged], rule: Immutable, column: Column, sample: Sample) -> StepViolation:
    """A row gets another value; in SQL alone if the ports find it by that one, or leave that one to the store."""
    in_sql = column.name in (*model.key, *model.filled)

    def changed(scene: Scene) -> dict[str, object]:
        row = _kept(model, sample, scene)
        return {column.name: _another(scene, column, cast(object, getattr(row, column.name)))}

    async def store(store: Store, scene: Scene) -> None:
        await changing(model, sample, changed(scene))(store, scene)

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


def _missing_parent(model: Model[Judged], rule: Reference, sample: Sample) -> Iterator[StepViolation]:
    """A row is added that points at a row which is not there."""
    pointing = [column.name for column in rule.fields if column.name != TENANT] or [TENANT]

    def orphan(scene: Scene) -> Judged:
        return model.replaced(sample(scene), {name: scene.ids.new() for name in pointing})

    async def store(store: Store, scene: Scene) -> None:
        await add_sample(store, scene, orphan(scene))

    yield StepViolation(rule.name, "a row that is not there", store, sql=lambda scene: (insertion(orphan(scene)),))


def _unstorable(_: Model[Judged], rule: Storable, __: Sample) -> Iterator[RowViolation]:
    for tried, value in UNSTORABLE[rule.column.type]:
        yield RowViolation(rule.name, tried, {rule.column.name: value})


def _nothing(_: Model[Judged], rule: Required, __: Sample) -> Iterator[RowViolation]:
    yield RowViolation(rule.name, "nothing", {rule.column.name: None})


def _unknown(_: Model[Judged], rule: Known, __: Sample) -> Iterator[RowViolation]:
    yield RowViolation(rule.name, "an unknown text", {rule.column.name: "unknown"})


def _other_values(model: Model[Judged], rule: Immutable, sample: Sample) -> Iterator[StepViolation]:
    for column in rule.fields:
        yield _other_value(model, rule, column, sample)


def _skipped_versions(model: Model[Judged], rule: VersionStep, sample: Sample) -> Iterator[StepViolation]:
    for tried, by in (("a version is left out", 2), ("a version comes again", -1)):
        yield _skipped_version(model, rule, tried, by, sample)


def _overlapping(model: Model[Judged], rule: Exclusion, sample: Sample) -> Iterator[StepViolation]:
    """Two valid rows agree in the fields and have the same range; the sample's is there and not empty."""

    def pair(scene: Scene) -> tuple[Judged, Judged]:
        first = sample(scene)
        same = {column.name: getattr(first, column.name) for column in rule.columns}
        return first, model.replaced(sample(scene), same)

    async def one_by_one(store: Store, scene: Scene) -> None:
        async with store.unit(scene.organization.id) as unit:
            for row in pair(scene):
                await add_row(unit, scene, row)
            await unit.commit()

    async def one_unit_after_the_other(store: Store, scene: Scene) -> None:
        for row in pair(scene):
            await add(store, scene, row)

    yield StepViolation(rule.name, "the same range", one_by_one, sql=lambda scene: tuple(map(insertion, pair(scene))))
    yield StepViolation(rule.name, "the same range, later", one_unit_after_the_other)


def _by_hand(_: Model[Judged], __: Rule, ___: Sample) -> Iterator[Violation]:
    return iter(())


@attrs.frozen
class Breaking:
    """How rules of a kind are broken.

    Attributes:
        derived: what follows from the declaration, of a model, a rule and a sample.
        refuses: whether there is something that rules of the kind refuse: an index and what a store fills let
            everything pass.
    """

    derived: Callable[..., Iterator[Violation]] = _by_hand
    refuses: bool = True


VIOLATED = Registry(
    interpreter="What tries to break every rule",
    place="testing/derived_violations.py",
    entry="how its rules are broken",
    entries={
        Storable: Breaking(_unstorable),
        Required: Breaking(_nothing),
        Known: Breaking(_unknown),
        Check: Breaking(),
        PrimaryKey: Breaking(_taken_key),
        Unique: Breaking(),
        Exclusion: Breaking(_overlapping),
        Reference: Breaking(_missing_parent),
        Immutable: Breaking(_other_values),
        VersionStep: Breaking(_skipped_versions),
        Transition: Breaking(),
        EntryRequires: Breaking(),
        AppendOnly: Breaking(),
        AtLeastOne: Breaking(),
        AtMost: Breaking(),
        Index: Breaking(refuses=False),
        Numbered: Breaking(refuses=False),
        Stamped: Breaking(refuses=False),
    },
)
