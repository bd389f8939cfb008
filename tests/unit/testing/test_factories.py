"""Rows that are made from the declaration: valid, deterministic, accepted by a store, and told when there are none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import cast
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import UuidV7Factory
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User
from gapless.kit import Check, Entity, OnDelete, Reference, Rule, Unique, all_of, model_of, rules_of
from gapless.kit.errors import DeclarationError
from gapless.kit.model import VERSION, Model, Validated
from gapless.testing.additions import stored
from gapless.testing.differential.derived.vocabulary import vocabulary_of
from gapless.testing.enforcers import ask_entity
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture, fixture_of
from gapless.testing.steps import add
from gapless.testing.strategies import rows
from gapless.testing.violations import NOBODY, attempts
from tests.clinics import shapes
from tests.integration.shapes import SHAPES
from tests.properties import bounded
from tests.voice.hosted import HOSTED

IDS = UuidV7Factory()
FACTORIES = Factories(HOSTED)
TABLES = [pytest.param(model, id=model.table) for model in HOSTED.models]
ADDED = [pytest.param(model, id=model.table) for model in HOSTED.models if model.entity not in HOSTED.archives]
"""The entities whose rows the ports add."""


class Counted:
    """Ids in their order, the same for everybody who begins anew."""

    def __init__(self) -> None:
        self.last = 0

    def new(self) -> UUID:
        """The next id."""
        self.last += 1
        return UUID(int=(self.last << 64) | (self.last * 0x9E3779B97F4A7C15 % 2**64))


def own(model: Model[Validated]) -> list[tuple[str, ...]]:
    """The columns that no two rows share: the key, and what is unique but for rows of which there is one at most."""
    uniques = [tuple(column.name for column in rule.columns) for rule in model.of_kind(Unique)]
    return [model.key, *(names for names in uniques if names != (model.tenant,))]


@pytest.mark.parametrize("model", TABLES)
def test_rows_have_something_of_their_own(model: Model[Validated]) -> None:
    """Two rows of one fixture differ in their keys and in everything unique, so they don't meet by accident."""
    here = fixture_of(FACTORIES, IDS)
    one, other = (here.row(model.entity) for _ in range(2))
    for names in own(model):
        assert [getattr(one, name) for name in names] != [getattr(other, name) for name in names]


@pytest.mark.parametrize("model", TABLES)
def test_rows_are_valid_and_follow_from_the_ids(model: Model[Validated]) -> None:
    """A row keeps every rule over one row, and the same ids make the same rows."""
    one, same = (fixture_of(Factories(HOSTED), Counted()).row(model.entity) for _ in range(2))
    assert one == same
    values = model.values_by_column(one)
    assert model.find_violations(values) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("model", ADDED)
async def test_rows_are_accepted(model: Model[Validated]) -> None:
    """Every row can be added to its fixture, so that what is refused later is refused for what was spoiled."""
    store = MemoryStore(HOSTED)
    here = await stored(FACTORIES, store, IDS)
    row = here.row(model.entity)
    await add(store, here, row)
    async with store.reading(cast(OrganizationId, model.tenant_of(row))) as reading:
        kept = await reading.of(cast("type[Entity]", model.entity)).find()
    assert model.key_of(row) in [model.key_of(each) for each in kept]
    await store.aclose()


SHAPED = Factories(SHAPES)


@bounded(15)
@given(data=st.data())
@pytest.mark.parametrize("model", [pytest.param(model, id=model.table) for model in SHAPES.models])
def test_whatever_a_row_may_have_is_found_around(model: Model[Validated], data: st.DataObject) -> None:
    """Of values that some valid row has, any few are given, and a row around them is found that keeps every rule."""
    fixed = {*model.key, model.tenant, *model.filled, VERSION}
    names = data.draw(st.sets(st.sampled_from([c.name for c in model.columns if c.name not in fixed]), max_size=3))
    row = data.draw(rows(model))
    found = SHAPED.found(model, given={name: row[name] for name in names}, addable=False)
    assert found is not None
    assert {name: found.values[name] for name in names} == {name: row[name] for name in names}
    assert model.find_violations(found.values) == []


def test_a_fixture_has_what_others_refer_to() -> None:
    """One row of whatever others refer to is there, and what an invariant asks for: an owner."""
    here = fixture_of(Factories(GAPLESS), IDS)
    assert [type(row).__name__ for row in here.rows] == ["User", "PhoneNumber", "Call"]
    assert here.there(User).is_owner
    assert here.there(Organization).id == here.root_key
    with pytest.raises(DeclarationError, match="The fixture has no Subscription"):
        here.there(next(model.entity for model in GAPLESS.models if model.name == "Subscription"))


@attrs.frozen(kw_only=True, slots=True)
class Riddle(Entity):
    """An entity whose rows are not found by its rule: texts in an order have neither a pattern nor a length."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    word: str


@rules_of(Riddle, "riddles", belongs_to=lambda riddle: riddle.organization_id)
def riddle_rules(riddle: Riddle) -> Iterator[Rule]:
    """What holds for every riddle."""
    yield Check("riddles_word_place", "The word stands between m and n.", all_of(riddle.word > "m", riddle.word < "n"))


def a_riddle(fixture: Fixture) -> Riddle:
    """A valid row, made by hand."""
    return Riddle(
        organization_id=cast(OrganizationId, fixture.root_key),
        id=fixture.ids.new(),
        created_at=datetime.fromisoformat("2024-02-29T12:00:00+00:00"),
        word="moon",
    )


def test_an_entity_of_which_no_row_is_found_says_what_to_give() -> None:
    """The sentence names the entity, the rule and what to give; with a sample by hand there are rows, and attempts."""
    catalogue = GAPLESS + riddle_rules
    bare = fixture_of(Factories(catalogue), IDS)
    said = r"Riddle: no row was found that keeps riddles_word_place: .*samples=\{Riddle:"
    with pytest.raises(DeclarationError, match=said):
        bare.row(Riddle)
    here = fixture_of(Factories(catalogue, {Riddle: a_riddle}), IDS)
    assert here.row(Riddle).word == "moon"
    tried = attempts(here.factories, only=[Riddle])
    answers = {attempt.rule.name: ask_entity(attempt, here) for attempt in tried if attempt.entity}
    lacking = {attempt.rule.name for attempt in tried if attempt.tried == NOBODY}
    assert {name for name, answer in answers.items() if not answer.is_right} == lacking
    assert "riddles_word_storable" not in lacking


@pytest.mark.parametrize("shape", shapes.SHAPES)
def test_rows_are_made_whatever_the_keys_are(shape: str) -> None:
    """Fixtures have rows of each entity, which belong together, whatever the keys are and where the root's stands."""
    made = shapes.clinics(shapes.SHAPES[shape])
    factories = Factories(made.catalogue)
    one, other = (fixture_of(factories, IDS) for _ in range(2))
    assert one.root_key != other.root_key
    for fixture in (one, other):
        doctor, visit = fixture.there(made.doctor), fixture.there(made.visit)
        fields = {column: getattr(row, column) for row, column in ((doctor, "code"), (visit, "doctor"))}
        assert fields["code"] == fields["doctor"]
        assert {model_of(type(row)).tenant_of(row) for row in (doctor, visit)} == {fixture.root_key}
        further = fixture.with_needed(fixture.row(made.doctor))
        assert [type(row) for row in further] == [made.doctor, made.visit]  # an open doctor needs a first visit
        assert getattr(further[1], "doctor") == getattr(further[0], "code")  # noqa: B009  # of any entity


@attrs.frozen(kw_only=True, slots=True)
class Badge(Entity):
    """A row that refers to a user by the id alone."""

    organization_id: OrganizationId
    id: UUID
    user_id: UUID
    version: int = 0


@pytest.mark.parametrize("whole", [True, False])
def test_a_reference_may_begin_otherwise(*, whole: bool) -> None:
    """Rows refer by the id alone as well as by the root's field and the id, also those of worlds and of programs."""

    def rules(badge: Badge) -> Iterator[Rule]:
        own = (badge.organization_id, badge.user_id) if whole else badge.user_id
        yield Reference("badges_user_fkey", "It is a user's.", own, User, OnDelete.CASCADE)

    copy: type[Badge] = attrs.make_class("Badge", {}, bases=(Badge,), frozen=True, kw_only=True, slots=True)
    catalogue = GAPLESS + rules_of(copy, "badges", belongs_to=lambda row: row.organization_id)(rules)
    fixture = fixture_of(Factories(catalogue), IDS)
    assert fixture.row(copy).user_id == fixture.there(User).id
    words = vocabulary_of(catalogue, copy)
    home = OrganizationId(UUID(int=1))
    prepared = words.prepared(home)
    users = {row.id for row in prepared if isinstance(row, User)}
    assert {badge.user_id for badge in prepared if isinstance(badge, copy)} < users
