"""Both stores run the same random programs, and answer every step alike; faults that are planted in one are found."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import cast
from uuid import UUID, uuid4

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from gapless.adapters.memory import MemoryStore, statement, unit_of_work
from gapless.adapters.memory import commit as committing
from gapless.adapters.memory.schema import Key, Schema
from gapless.adapters.memory.state import Overlay
from gapless.adapters.memory.statement import Change
from gapless.adapters.postgres import PostgresStore
from gapless.domain.errors import GaplessError, RuleViolated, UnitOfWorkFailed
from gapless.domain.organizations import Organization
from gapless.domain.ports import Store, UnitOfWork
from gapless.domain.rules import (
    AuditedEntity,
    Catalogue,
    Check,
    Entity,
    EntryRequires,
    Known,
    OnDelete,
    PrimaryKey,
    Reference,
    Required,
    Rule,
    Storable,
    Transition,
    Unique,
)
from gapless.domain.rules.model import Judged
from gapless.domain.users import User, user_rules
from gapless.domain.values import OrganizationId
from gapless.testing.differential.programs import OWN, TAKEN, Operation, Unit, Vocabulary, World, programs_of
from gapless.testing.differential.service_vocabulary import SERVICE, fresh_number
from gapless.testing.differential.team_vocabulary import TEAM
from gapless.testing.laws.host import HOSTED
from gapless.testing.laws.making import a_number, an_entry, an_organization, an_owner, fresh_id
from tests.properties import Portal, bounded

GROUPS = (
    (Storable,),
    (Required,),
    (Check, Known),
    (Unique, PrimaryKey),
    (Reference,),
    (Transition,),
    (EntryRequires,),
)


class Disagreement(AssertionError):
    """The stores answered a step differently."""


class Leaving(Exception):  # it is no error
    """Leaves a unit."""


@attrs.frozen
class Refusal:
    """An error as a caller sees it, and whether the unit has failed by it."""

    kind: str
    told: object
    ends: bool = True


Outcome = object
Waiting = deque[tuple[int, Operation]]


async def outcomes_of(store: Store, unit: Unit, world: World, number: int) -> list[Outcome]:
    """What the operations of a unit return or raise, and at last its commit.

    When a write has failed, those behind it go on in a fresh unit: else most programs would end too soon.
    """
    waiting, found = deque(enumerate(unit.operations, number << 8)), list[Outcome]()
    while not await is_attempted(store, unit, world, waiting, found):
        pass
    return found


async def is_attempted(store: Store, unit: Unit, world: World, waiting: Waiting, found: list[Outcome]) -> bool:
    """Carry out what is waiting in one unit; False if a write failed it, and there has to be another."""
    try:
        async with store.unit(world.organization) as opened:
            while waiting:
                found.append(await outcome_of(waiting.popleft(), opened, world))
                if isinstance(found[-1], Refusal) and found[-1].ends:
                    return False
            if not unit.commits:
                raise Leaving  # noqa: TRY301  # this is how a unit is left
            await opened.commit()
            found.append("committed")
    except Leaving:
        found.append("left")
    except GaplessError as error:
        found.append(Refusal(type(error).__name__, error.to_dict()))
    return True


async def outcome_of(numbered: tuple[int, Operation], unit: UnitOfWork, world: World) -> Outcome:
    """What an operation returns or raises."""
    number, operation = numbered
    try:
        return await operation.run(unit, world, number)
    except GaplessError as error:
        try:
            await unit.users.count()
        except UnitOfWorkFailed:
            return Refusal(type(error).__name__, error.to_dict())
        return Refusal(type(error).__name__, error.to_dict(), ends=False)


async def contents_of(store: Store, organization: OrganizationId) -> list[tuple[Judged, ...]]:
    """Every row of an organization as it is committed."""
    async with store.reading(organization) as reading:
        return [await reading.of(model.entity).find(include_deleted=True) for model in HOSTED.models]


def group_of(refusal: Refusal) -> int:
    """Which group of rules a violation belongs to."""
    name = cast("dict[str, object]", refusal.told)["rule"]
    rule = next(rule for _, rule in HOSTED if rule.name == name)
    return next((place for place, kinds in enumerate(GROUPS) if isinstance(rule, kinds)), len(GROUPS))


def agree(operation: Operation | None, one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes are the same, as far as is promised: of several broken rules not each is the first."""
    if one == other:
        return True
    violations = [o for o in (one, other) if isinstance(o, Refusal) and o.kind == RuleViolated.__name__]
    if operation is None or len(violations) < 2:
        return False
    first, second = (group_of(violation) for violation in violations)
    return operation.concerns_many or (first == second and first >= 3)


async def prepare(store: Store, organization: Organization, words: Vocabulary, taken: Mapping[str, str]) -> None:
    """The organization with the rows that are there at the beginning, and another that has what is taken."""
    other = an_organization(slug=taken["slug"])
    number = a_number(other.id, number=taken["number"])
    rows = (organization, *words.prepared(organization.id))
    for home, there in ((other.id, (other, an_owner(other.id), number)), (organization.id, rows)):
        async with store.founding(home) as unit:
            entry = an_entry(home, id=UUID(int=1))
            for row in there:
                if isinstance(row, AuditedEntity):
                    await unit.of(type(row)).add(row, entry)
                else:
                    await unit.of(type(cast(Entity, row))).add(cast(Entity, row))
            await unit.commit()


async def compare(stores: tuple[Store, Store], words: Vocabulary, program: list[Unit]) -> None:
    """Run a program on two stores.

    Raises:
        Disagreement: they answered a step differently, or kept different rows.
    """
    organization = an_organization(
        id=fresh_id(), team_members_quota=2, phone_numbers_quota=2, call_minutes_quota=3, storage_quota=10
    )
    taken = {"slug": f"taken-{uuid4().hex}", "number": f"+2{uuid4().int % 10**13:013}"}
    stand_ins: dict[tuple[str, object], str] = {(field, TAKEN): value for field, value in taken.items()}
    stand_ins["number", OWN] = fresh_number(organization.id, organization.id, 1).number
    worlds = [World(words, organization.id, stand_ins) for _ in stores]
    for store in stores:
        await prepare(store, organization, words, taken)
    for number, unit in enumerate(program):
        found = [await outcomes_of(store, unit, world, number + 1) for store, world in zip(stores, worlds, strict=True)]
        steps = (*unit.operations, None)
        if len(found[0]) != len(found[1]):
            raise Disagreement(f"unit {number} was opened by one of them: {found}")
        for step, one, other in zip(steps, *found, strict=False):
            if not agree(step, one, other):
                raise Disagreement(f"unit {number}, {step or 'the end'}:\n{one}\n{other}")
        kept = [await contents_of(store, organization.id) for store in stores]
        if kept[0] != kept[1]:
            raise Disagreement(f"after unit {number}:\n{kept[0]}\n{kept[1]}")


@bounded(250)
@given(program=programs_of(TEAM))
def test_stores_agree_on_teams(portal: Portal, postgres_store: PostgresStore, program: list[Unit]) -> None:
    """On every program both stores return the same, raise the same at the same step, and keep the same rows."""
    portal(compare((MemoryStore(HOSTED), postgres_store), TEAM, program))


@bounded(250)
@given(program=programs_of(SERVICE))
def test_stores_agree_on_the_service(portal: Portal, postgres_store: PostgresStore, program: list[Unit]) -> None:
    """So they do on numbers, calls, notes, knowledge and billing, and on what becomes of the organization."""
    portal(compare((MemoryStore(HOSTED), postgres_store), SERVICE, program))


Plant = Callable[[pytest.MonkeyPatch], Callable[[], MemoryStore]]


def unique_without_its_condition(_: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """Deleted users keep their address."""
    rules = tuple(without_condition(rule) if rule.name == "users_email_unique" else rule for rule in user_rules.rules)
    models = [attrs.evolve(model, rules=rules) if model.entity is User else model for model in HOSTED.models]
    catalogue = Catalogue(tuple(models))
    return lambda: MemoryStore(catalogue)


def without_condition(rule: Rule) -> Rule:
    """The rule for all rows."""
    faulty = copy(rule)
    object.__setattr__(faulty, "where", None)
    return faulty


def set_null_forgotten(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A reference to a removed row stays."""
    carried_out = statement._actions

    def cascades(overlay: Overlay, removed: Change) -> Iterator[Change]:
        kept = [(table, link) for table, link in removed.table.referrers if link.on_delete is not OnDelete.SET_NULL]
        patch.setitem(removed.table.__dict__, "referrers", tuple(kept))
        return carried_out(overlay, removed)

    patch.setattr(statement, "_actions", cascades)
    return lambda: MemoryStore(HOSTED)


def cascade_without_a_second_level(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """What a cascade removes takes nothing along."""
    carried_out = statement._actions
    taken_along: list[Judged | None] = []

    def first_level(overlay: Overlay, removed: Change) -> Iterator[Change]:
        if removed.before in taken_along:
            return
        for action in carried_out(overlay, removed):
            taken_along.append(action.before)
            yield action

    patch.setattr(statement, "_actions", first_level)
    return lambda: MemoryStore(HOSTED)


def judged_by_state(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """Every commit judges every rule over many rows, whether or not a write put it in question."""

    def commit(schema: Schema, overlay: Overlay) -> None:
        homes: dict[Key, None] = {key[:1]: None for rows in overlay.based.values() for key in rows}
        for bound in schema.bounds:
            overlay.armed[bound.name].update(homes)
        committing.commit(schema, overlay)

    patch.setattr(unit_of_work, "commit", commit)
    return lambda: MemoryStore(HOSTED)


def commit_rules_in_another_order(_: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """Of two rules that a commit breaks, the last is named."""

    def made() -> MemoryStore:
        store = MemoryStore(HOSTED)
        schema = store._database.schema
        schema.__dict__["bounds"] = tuple(reversed(schema.bounds))
        return store

    return made


def transitions_forgotten(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A change is judged by the row after it alone."""
    patch.setattr(statement, "_require_step", lambda *_: None)
    return lambda: MemoryStore(HOSTED)


def trail_lost(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """The trail of a removed organization goes to no archive."""
    patch.setattr(statement, "_archived", lambda *_: iter(()))
    return lambda: MemoryStore(HOSTED)


def erasure_ignored(_: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """The trail is archived though nothing was to be kept."""
    return lambda: MemoryStore(_with_trail_rule("erased_by", None))


def entry_of_moved_rows_only(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A row that comes to be in the set of an entry rule is not judged, only one that is added."""
    judged = statement._require_entry

    def added_only(overlay: Overlay, change: Change, after: Judged) -> None:
        if change.before is None:
            judged(overlay, change, after)

    patch.setattr(statement, "_require_entry", added_only)
    return lambda: MemoryStore(HOSTED)


def _with_trail_rule(field: str, value: object) -> Catalogue:
    """The catalogue with something else said of the trail."""
    models = []
    for model in HOSTED.models:
        rules = []
        for rule in model.rules:
            faulty = rule
            if rule.name == "audit_logs_append_only":
                faulty = copy(rule)
                object.__setattr__(faulty, field, value)
            rules.append(faulty)
        models.append(attrs.evolve(model, rules=tuple(rules)))
    return Catalogue(tuple(models))


PLANTS: list[tuple[Plant, Vocabulary]] = [
    (unique_without_its_condition, TEAM),
    (set_null_forgotten, TEAM),
    (cascade_without_a_second_level, TEAM),
    (judged_by_state, TEAM),
    (commit_rules_in_another_order, TEAM),
    (set_null_forgotten, SERVICE),
    (transitions_forgotten, SERVICE),
    (trail_lost, SERVICE),
    (erasure_ignored, SERVICE),
    (entry_of_moved_rows_only, SERVICE),
]


@pytest.mark.parametrize(("plant", "words"), PLANTS, ids=[plant.__name__ for plant, _ in PLANTS])
def test_planted_faults_are_found(
    portal: Portal, postgres_store: PostgresStore, plant: Plant, words: Vocabulary
) -> None:
    """A fault that is planted into the store in memory makes some program disagree."""
    with pytest.MonkeyPatch.context() as patch:
        faulty = plant(patch)

        @settings(
            max_examples=1000,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(program=programs_of(words))
        def search(program: list[Unit]) -> None:
            portal(compare((faulty(), postgres_store), words, program))

        with pytest.raises(Disagreement):
            search()
