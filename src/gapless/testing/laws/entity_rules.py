"""Laws 2 and 11 for every entity: what breaks a rule is refused in its name, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import pytest

from gapless.kit import Exclusion, PrimaryKey, Rule, Unique
from gapless.kit.errors import RuleViolated
from gapless.kit.model import VERSION, Validated
from gapless.kit.ports import Store
from gapless.testing.additions import add_row
from gapless.testing.counterexamples.attempts import Attempt
from gapless.testing.enforcers import ask_store
from gapless.testing.laws.entities import AnyEntity, Scene, has_any, of_each, rows_of
from gapless.testing.laws.entity_kinds import is_addable
from gapless.testing.laws.entity_room import has_room_beside
from gapless.testing.laws.watching import WatchedStore
from gapless.testing.violations import attempts_at, can_refuse

APART = (Unique, Exclusion)
"""The kinds of rule that say what no two rows may share, beside the key."""


@of_each(is_addable)
async def test_a_key_is_there_once(store: Store, entity: AnyEntity) -> None:
    """A second row of a key is refused by the rule of the key, and the first one stays as it is."""
    scene, model = await entity.scene(store), entity.model
    row = await scene.row()
    fresh = model.evolved(row, {**model.filled, **({VERSION: 0} if model.versioned else {})})
    root = scene.fixture.unit_root_of(row)
    async with root.creating(store) if model.is_root else root.unit(store) as unit:
        with pytest.raises(RuleViolated) as caught:
            await add_row(unit, fresh, scene.fixture)
    assert [caught.value.rule] == [rule.name for rule in model.of_kind(PrimaryKey)]
    assert await scene.kept(row) == (row,)


def may_break_rules(entity: AnyEntity) -> bool:
    """Whether rows can be added, and there is room for what attempts at rules write beside them."""
    return is_addable(entity) and has_room_beside(entity)


def is_there_once(entity: AnyEntity) -> bool:
    """Whether no two rows may share values beside the key."""
    return may_break_rules(entity) and any(not follows_from_key(entity, rule) for rule in rules(entity, apart=True))


@of_each(is_there_once)
async def test_what_no_two_rows_share_is_there_once(store: Store, entity: AnyEntity) -> None:
    """Values, and ranges, that another row has are refused in the name of the rule, and nothing of it is kept."""
    await assert_refused(store, entity, tried(entity, apart=True))


def has_rules(entity: AnyEntity) -> bool:
    """Whether a store can be asked about other rules of rows."""
    return may_break_rules(entity) and has_any(tried(entity, apart=False))


@of_each(has_rules)
async def test_each_rule_refuses_what_breaks_it(store: Store, entity: AnyEntity) -> None:
    """What breaks a rule is refused in the name of the rule, whatever its kind is, and nothing of it is kept."""
    await assert_refused(store, entity, tried(entity, apart=False))


def tried(entity: AnyEntity, *, apart: bool) -> Iterator[Attempt]:
    """The first attempt at each rule that a store can be asked about: at what no two rows share, or at all else."""
    for rule in rules(entity, apart=apart):
        made = attempts_at(entity.factories, entity.model, rule, written=entity.written)
        yield from islice((attempt for attempt in made if attempt.store is not None), 1)


def rules(entity: AnyEntity, *, apart: bool) -> Iterator[Rule]:
    """The rules that can refuse something, beside the key: about what no two rows share, or about all else."""
    for rule in entity.model.rules:
        if can_refuse(rule) and not isinstance(rule, PrimaryKey) and isinstance(rule, APART) is apart:
            yield rule


def follows_from_key(entity: AnyEntity, rule: Rule) -> bool:
    """Whether two rows that broke a rule would have one key, which is told before."""
    return isinstance(rule, Unique) and {*entity.model.key} <= {column.name for column in rule.columns}


async def assert_refused(store: Store, entity: AnyEntity, attempts: Iterable[Attempt]) -> None:
    """Asserts that attempts are refused in the names of their rules, and leave the rows as they were before their end.

    A store forgets what it refuses, so that the next attempt finds the scene as it was, unless something was committed.
    """
    scene: Scene | None = None
    for attempt in attempts:
        scene = scene or await entity.scene(store, writes_beside=True)
        has_committed = await assert_refused_in(scene, attempt)
        scene = None if has_committed else scene


async def assert_refused_in(scene: Scene, attempt: Attempt) -> bool:
    """Asserts it of one attempt, and returns whether something was committed before its end."""
    there = [await everything(scene)]

    async def told() -> None:
        there.append(await everything(scene))

    answer = await ask_store(attempt, WatchedStore(scene.store, told), scene.fixture)
    assert answer.is_right, f"{attempt.rule.name}, {attempt.tried}: {answer.words}"
    assert await everything(scene) == there[-1]
    return len(there) > 1


async def everything(scene: Scene) -> tuple[Validated, ...]:
    """All rows of the entity that a unit of the scene reads."""
    async with scene.fixture.unit_root_for(scene.model).reading(scene.store) as reading:
        return await rows_of(reading, scene.model.entity).find(include_deleted=True)
