"""Rules that count, asked before a store is: the answer is the one that the store gives at commit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import product
from uuid import UUID

import attrs
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from gapless.adapters.memory import MemoryStore
from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit import AdmissionGuard, Catalogue, Transition, Unique, model_of, negate, row
from gapless.kit.errors import DeclarationError, RuleViolated
from gapless.kit.invariants import Change, InvariantValidator, counted_by, refuses_added
from gapless.kit.model import Validated
from gapless.kit.ports import UnitOfWork
from gapless.kit.predicates import TRUE
from tests.catalogues import redeclared, without
from tests.properties import bounded
from tests.voice.rows import NOW, a_user, an_audit_record, an_organization

HOME = an_organization(id=UUID(int=1))
DELETED: dict[str, object] = {"is_deleted": True, "deleted_at": NOW}
LIVE: dict[str, object] = {"is_deleted": False, "deleted_at": None}
STATES = [
    {"role": role, "is_active": active, **deleted}
    for role, active, deleted in product((Role.OWNER, Role.ADMIN), (True, False), (LIVE, DELETED))
]
SLOTS = [UUID(int=number) for number in range(11, 16)]
FREE = without(GAPLESS, User, AdmissionGuard, Unique)
"""The rules over a team, without those that are checked at a write, so that every change reaches the commit."""


def declared_otherwise() -> list[Catalogue]:
    """Catalogues whose rules over a team have other limits, sets and parents."""
    parent, user = row(Organization), row(User)
    parents = [True, parent.is_live, negate(parent.is_live), parent.has_minutes_left]
    limits = [parent.team_members_quota, parent.phone_numbers_quota, 0, 1, 2]
    sets = [True, user.is_member, user.is_owner, user.is_deleted]
    made = [FREE]
    for place, (limit, of) in enumerate(product(limits, sets)):
        most = {"limit": limit, "of": of, "while_parent": parents[place % 4]}
        least = {"of": sets[(place + 1) % 4], "while_parent": parents[(place // 4) % 4]}
        made.append(redeclared(FREE, User, {"team_members_quota": most, "last_owner": least}))
    return made


CATALOGUES = declared_otherwise()
PLACES = st.sampled_from(range(len(CATALOGUES)))
"""Which of the catalogues; a failure would print the whole of one."""
PARENTS = st.fixed_dictionaries(
    {
        "team_members_quota": st.integers(0, 4),
        "phone_numbers_quota": st.integers(0, 4),
        "used_minutes": st.sampled_from([0, 100]),
    }
)
DELETIONS = st.sampled_from([LIVE, DELETED])
SLOT_STATES = st.none() | st.sampled_from(STATES)
TEAMS = st.lists(SLOT_STATES, min_size=len(SLOTS), max_size=len(SLOTS))
CHANGES = st.lists(st.tuples(st.sampled_from(range(len(SLOTS))), SLOT_STATES), max_size=4)
States = list[dict[str, object] | None]


async def told(unit: UnitOfWork, change: Change[User]) -> None:
    """Writes the change of one user."""
    before, after = change
    audit, users = an_audit_record(HOME.id), unit.of(User)
    if before is None and after is not None:
        await users.add(after, audit)
    elif after is None and before is not None:
        await users.remove(await users.get(before.id, include_deleted=True), audit)
    elif after is not None:
        stored = await users.get(after.id, include_deleted=True)
        await users.save(attrs.evolve(after, version=stored.version), audit)


async def parent_told(unit: UnitOfWork, values: dict[str, object]) -> None:
    """Writes the change of the organization."""
    stored = await unit.of(Organization).get(HOME.id, include_deleted=True)
    await unit.of(Organization).save(attrs.evolve(stored, **values), an_audit_record(HOME.id))  # type: ignore[arg-type]  # its fields


async def committed(store: MemoryStore, parent: dict[str, object], changes: list[Change[User]]) -> str | None:
    """What a store says at commit to these changes: the rule that it names, or None."""
    async with store.unit(HOME.id) as unit:
        await parent_told(unit, parent)
        for change in changes:
            await told(unit, change)
        try:
            await unit.commit()
        except RuleViolated as error:
            return error.rule
    return None


def user_of(slot: int, state: dict[str, object] | None) -> User | None:
    """The user of a slot in this state."""
    return None if state is None else a_user(HOME.id, id=SLOTS[slot], **state)


def expected(catalogue: Catalogue, parent: Change[Validated], team: States, changes: list[Change[User]]) -> str | None:
    """What the declarations say, in the order in which a commit asks them."""
    users = [user for slot, state in enumerate(team) if (user := user_of(slot, state)) is not None]
    for invariant in catalogue.invariants_of(User):
        if invariant.is_violated(parent, changes, number=invariant.number(users)):
            return invariant.rule.name
    return None


async def set_up(catalogue: Catalogue, parent: dict[str, object], team: States) -> MemoryStore | None:
    """A store with a team in any state that can be reached: a quota may be below it, a deleted one without an owner."""
    store = MemoryStore(catalogue)
    full = {"team_members_quota": 9, "phone_numbers_quota": 9}
    async with store.creating(HOME.id) as unit:
        await unit.of(Organization).add(attrs.evolve(HOME, **full), an_audit_record(HOME.id))  # type: ignore[arg-type]  # its fields
        for slot, state in enumerate(team):
            await told(unit, (None, user_of(slot, state)))
        try:
            await unit.commit()
        except RuleViolated:
            return None
    return store if await committed(store, parent, []) is None else None


ARGUMENTS = (PLACES, PARENTS, DELETIONS, TEAMS, PARENTS, DELETIONS, CHANGES)


def held_against_the_store(
    place: int,
    parent: dict[str, object],
    deletion: dict[str, object],
    team: States,
    other_parent: dict[str, object],
    other_deletion: dict[str, object],
    states: list[tuple[int, dict[str, object] | None]],
) -> None:
    """Asserts that a rule is violated by these changes of a team and its organization exactly if a commit says so."""
    catalogue = CATALOGUES[place]

    async def ask() -> None:
        store = await set_up(catalogue, parent | deletion, team)
        assume(store is not None)
        assert store is not None
        now, changes = list(team), []
        for slot, state in states:
            changes.append((user_of(slot, now[slot]), user_of(slot, state)))
            now[slot] = state
        homes = [attrs.evolve(HOME, **values) for values in (parent | deletion, other_parent | other_deletion)]  # type: ignore[arg-type]  # its fields
        answer = await committed(store, other_parent | other_deletion, changes)
        assert expected(catalogue, (homes[0], homes[1]), team, changes) == answer
        await store.aclose()

    asyncio.run(ask())


test_answer_is_that_of_the_store = bounded(160)(given(*ARGUMENTS)(held_against_the_store))
"""For any changes of any team and its organization the declaration answers as a commit does."""


def always(*_: object) -> bool:
    """An answer that asks nothing."""
    return True


def of_rows_alone(self: InvariantValidator[User], parent: Change[Validated], rows: Iterable[Change[User]] = ()) -> bool:
    """Whether rows put the rule in question; what becomes of the parent is forgotten."""
    return ASKED(self, (parent[1], parent[1]), rows)


ASKED = InvariantValidator.is_pending
FAULTS: dict[str, tuple[str, object]] = {
    "a limit that shrinks is checked": ("is_pending", always),
    "a parent that comes to satisfy is forgotten": ("is_pending", of_rows_alone),
    "a parent for which the rule does not hold is checked": ("applies", property(lambda _: always)),
    "every row counts": ("counts", property(lambda _: always)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: an answer that leaves out one part of what the stores do is found."""
    monkeypatch.setattr(InvariantValidator, *FAULTS[fault])
    hunted = settings(max_examples=4000, phases=[Phase.generate], database=None, derandomize=True)(
        given(*ARGUMENTS)(held_against_the_store)
    )
    with pytest.raises(AssertionError):
        hunted()


@bounded(60)
@given(PLACES, st.lists(st.sampled_from(STATES), max_size=4), PARENTS)
def test_creating_is_answered_as_by_the_store(
    place: int, team: list[dict[str, object]], parent: dict[str, object]
) -> None:
    """Of an organization that comes with its first users all is known, and the answer is that of the store."""
    catalogue = CATALOGUES[place]
    home = attrs.evolve(HOME, **parent)  # type: ignore[arg-type]  # its fields
    changes: list[Change[User]] = [(None, user_of(slot, state)) for slot, state in enumerate(team)]

    async def ask() -> str | None:
        store = MemoryStore(catalogue)
        async with store.creating(home.id) as unit:
            await unit.of(Organization).add(home, an_audit_record(home.id))
            for change in changes:
                await told(unit, change)
            try:
                await unit.commit()
            except RuleViolated as error:
                return error.rule
        return None

    assert expected(catalogue, (None, home), [], changes) == asyncio.run(ask())


def invariant(name: str) -> InvariantValidator[User]:
    """A rule over a team as gapless declares it."""
    found = GAPLESS.invariant(User, name)
    assert found is not None
    return found


def test_team_over_its_quota_can_do_everything_else() -> None:
    """A quota that shrank below the team refuses growth alone."""
    home, quota = attrs.evolve(HOME, team_members_quota=1), invariant("team_members_quota")
    ann = a_user(home.id, role=Role.OWNER)
    quota.require((HOME, home), number=5)
    quota.require((home, home), [(ann, ann.with_role(Role.ADMIN))], number=5)
    quota.require((home, home), [(ann, None)], number=5)
    with pytest.raises(RuleViolated, match="team_members_quota"):
        quota.require((home, home), [(None, ann)], number=5)


@pytest.mark.parametrize("name", ["last_owner", "team_members_quota"])
def test_error_is_that_of_the_declared_rule(name: str) -> None:
    """The answer is raised as a store raises it: the rule as it is declared with the users."""
    found = invariant(name)
    assert found.error.to_dict() == model_of(User).violated(found.rule).to_dict()


def test_row_of_another_parent_counts_for_nothing() -> None:
    """A user of another organization neither takes a seat here nor leaves one."""
    elsewhere = a_user(an_organization().id, role=Role.OWNER)
    full = attrs.evolve(HOME, team_members_quota=0)
    assert not invariant("team_members_quota").is_violated((full, full), [(None, elsewhere)], number=9)
    assert not invariant("last_owner").is_violated((HOME, HOME), [(elsewhere, None)])


def test_parent_that_goes_is_asked_nothing() -> None:
    """With the organization goes whatever its rules count."""
    ann = a_user(HOME.id, role=Role.OWNER)
    assert not invariant("last_owner").is_violated((HOME, None), [(ann, None)], number=1)


def test_limit_of_what_is_not_bounded() -> None:
    """A rule that asks for at least one bounds nothing, nor does one that does not hold for the parent."""
    calls = GAPLESS.invariants_of(Call)[0]
    assert invariant("last_owner").limit(HOME) is None
    assert (calls.limit(HOME), calls.limit(attrs.evolve(HOME, **DELETED))) == (None, 0)  # type: ignore[arg-type]  # its fields
    assert not calls.is_broken(HOME, 7)


def test_sets_as_conditions() -> None:
    """What a rule counts can be asked of a store; what counts every row is no condition."""
    everyone = {each.rule.of: each.counted for made in declared_otherwise() for each in made.invariants_of(User)}
    assert everyone[TRUE] is None
    assert [counted for of, counted in everyone.items() if of is not TRUE and counted is None] == []

    async def ask() -> tuple[int, int]:
        store = MemoryStore(FREE)
        async with store.creating(HOME.id) as unit:
            await unit.of(Organization).add(HOME, an_audit_record(HOME.id))
            for slot, state in enumerate(STATES[:5]):
                await told(unit, (None, user_of(slot, state)))
            users = unit.of(User)
            owners = await users.count(invariant("last_owner").counted, include_deleted=True)
            return owners, await users.count(counted_by(GAPLESS.invariants_of(User)), include_deleted=True)

    assert asyncio.run(ask()) == (1, 2)


def test_catalogue_names_what_it_declares() -> None:
    """A name that no rule has is answered by None, and an entity of another catalogue by an error."""
    assert GAPLESS.invariant(User, "phone_numbers_quota") is None
    with pytest.raises(DeclarationError):
        Catalogue(()).invariants_of(User)


def test_row_that_no_store_would_add() -> None:
    """A rule over changes tells of a row what it would say if it came as it is."""
    (rule,) = [rule for rule in model_of(Organization).of_kind(Transition) if rule.name == "storage_quota"]
    assert not refuses_added(rule, HOME)
    assert refuses_added(rule, HOME.with_usage(storage=HOME.storage_quota + 1))
