"""Rows, worlds and programs of what belongs to a root through other rows, whatever the keys on the way are."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import attrs
import pytest
from hypothesis import given

from gapless.adapters.memory import MemoryStore
from gapless.kit import (
    AtLeastOne,
    AtMost,
    Catalogue,
    Check,
    Entity,
    Exclusion,
    Index,
    OnDelete,
    Reference,
    Rule,
    Unique,
    between,
    length,
    nullable,
    row,
    rules_of,
)
from gapless.kit.model import Model, Validated
from gapless.testing.additions import stored
from gapless.testing.differential.derived.vocabulary import vocabularies_of
from gapless.testing.differential.runner import prepare
from gapless.testing.enforcers import ask_store
from gapless.testing.factories import Factories
from gapless.testing.fixtures import fixture_of
from gapless.testing.strategies import World, put, worlds
from gapless.testing.violations import attempts
from tests.properties import Portal, bounded
from tests.violations import named


class Side(enum.Enum):
    """The sides of a rack."""

    LEFT = "left"
    RIGHT = "right"


@attrs.frozen(kw_only=True, slots=True)
class Shop(Entity):
    """A shop."""

    number: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Guild(Entity):
    """A guild, which always has a chapter."""

    name: str
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Chapter(Entity):
    """A chapter of a guild."""

    name: str
    guild: str
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Sheet(Entity):
    """A sheet of a shop, or of nobody."""

    id: int
    shop: int | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Rack(Entity):
    """A rack of a shop, with some slots."""

    code: str
    shop: int
    most: int = 3
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Slot(Entity):
    """A slot of a rack, in which a sheet may be."""

    rack: str
    level: int
    name: str
    sheet: int | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Hire(Entity):
    """A slot is hired for some days, perhaps by a guild; a side of it is hired by one at a time."""

    id: int
    rack: str
    level: int
    side: Side
    since: int
    until: int
    guild: str | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Stamp(Entity):
    """Each side of a slot may have a stamp."""

    rack: str
    level: int
    side: Side
    shop: int | None = None
    version: int = 0


@rules_of(Shop, "shops", root=True, key=("number",))
def shop_rules(shop: Shop) -> Iterator[Rule]:
    """A shop has a number."""
    yield Check("shops_number_positive", "A number is positive.", shop.number > 0)


@rules_of(Guild, "guilds", root=True, key=("name",))
def guild_rules(guild: Guild) -> Iterator[Rule]:
    """A guild has a name."""
    yield Check("guilds_name_length", "A name is short.", between(length(guild.name), 1, 10))


@rules_of(Chapter, "chapters", belongs_to=lambda chapter: chapter.guild, key=("name",))
def chapter_rules(chapter: Chapter) -> Iterator[Rule]:
    """A chapter is of a guild, which has one at least."""
    yield Check("chapters_name_length", "A name is short.", between(length(chapter.name), 1, 10))
    yield Check("chapters_guild_length", "A name is short.", between(length(chapter.guild), 1, 10))
    guild = Reference("chapters_guild_fkey", "The guild is there.", chapter.guild, Guild, OnDelete.CASCADE)
    yield guild
    yield AtLeastOne("chapters_of_guild", "A guild has a chapter.", guild, of=True)


@rules_of(Sheet, "sheets", belongs_to=lambda sheet: sheet.shop, key=("id",))
def sheet_rules(sheet: Sheet) -> Iterator[Rule]:
    """A sheet is of a shop that is there."""
    yield Reference("sheets_shop_fkey", "The shop is there.", sheet.shop, Shop, OnDelete.CASCADE)


@rules_of(Rack, "racks", belongs_to=lambda rack: rack.shop, key=("code",))
def rack_rules(rack: Rack) -> Iterator[Rule]:
    """A rack is in a shop."""
    yield Check("racks_code_length", "A code is short.", between(length(rack.code), 1, 10))
    yield Reference("racks_shop_fkey", "The shop is there.", rack.shop, Shop, OnDelete.CASCADE)


@rules_of(Slot, "slots", belongs_through=lambda slot: slot.rack, key=("rack", "level"))
def slot_rules(slot: Slot) -> Iterator[Rule]:
    """A slot is in a rack, where its name is there once."""
    yield Check("slots_rack_length", "A code is short.", between(length(slot.rack), 1, 10))
    yield Check("slots_name_length", "A name is short.", between(length(slot.name), 1, 10))
    yield Check("slots_level_range", "There are a few levels.", between(slot.level, 1, 5))
    rack = Reference("slots_rack_fkey", "The rack is there.", slot.rack, Rack, OnDelete.CASCADE)
    yield rack
    yield Reference("slots_sheet_fkey", "The sheet is there.", slot.sheet, Sheet, OnDelete.SET_NULL)
    yield AtMost("slots_of_rack", "A rack has no more slots.", rack, of=True, limit=row(Rack).most)
    yield Unique("slots_name_unique", "Another slot has this name.", (slot.rack, slot.name))


@rules_of(Hire, "hires", belongs_through=lambda hire: (hire.rack, hire.level))
def hire_rules(hire: Hire) -> Iterator[Rule]:
    """A hire is of a slot, of whose sides each is hired once at a time."""
    yield Check("hires_rack_length", "A code is short.", between(length(hire.rack), 1, 10))
    yield Check("hires_guild_length", "A name is short.", between(length(nullable(hire.guild)), 1, 10))
    yield Check("hires_days_ordered", "A hire ends after it began.", hire.since < hire.until)
    place = (hire.rack, hire.level)
    yield Reference("hires_slot_fkey", "The slot is there.", place, Slot, OnDelete.RESTRICT)
    yield Index("idx_hires_slot", "Finds the hires of a slot.", place)
    yield Reference("hires_guild_fkey", "The guild is there.", hire.guild, Guild, OnDelete.RESTRICT)
    yield Exclusion("hires_free", "It is hired.", (*place, hire.side), start=hire.since, end=hire.until)


@rules_of(Stamp, "stamps", belongs_through=lambda stamp: (stamp.rack, stamp.level), key=("rack", "level", "side"))
def stamp_rules(stamp: Stamp) -> Iterator[Rule]:
    """A stamp is on a slot, and may be of any shop."""
    yield Check("stamps_rack_length", "A code is short.", between(length(stamp.rack), 1, 10))
    place = (stamp.rack, stamp.level)
    yield Reference("stamps_slot_fkey", "The slot is there.", place, Slot, OnDelete.CASCADE)
    yield Reference("stamps_shop_fkey", "The shop is there.", stamp.shop, Shop, OnDelete.RESTRICT)


RACKS = Catalogue(
    (shop_rules, guild_rules, chapter_rules, sheet_rules, rack_rules, slot_rules, hire_rules, stamp_rules)
)
FACTORIES = Factories(RACKS)


@pytest.mark.asyncio
@pytest.mark.parametrize("model", RACKS.models, ids=lambda model: model.table)
async def test_each_attempt_is_refused(model: Model[Validated]) -> None:
    """Nothing has to be written by hand, and the in-memory store refuses each attempt in the name of its rule."""
    answers = {}
    for attempt in attempts(FACTORIES, only=[model.entity]):
        store = MemoryStore(RACKS)
        answers[named(attempt)] = await ask_store(attempt, store, await stored(FACTORIES, store))
    assert {name: answer.words for name, answer in answers.items() if not answer.is_right} == {}


def test_rows_on_one_way_are_told_apart_there() -> None:
    """A few levels are enough for the stamps of any number of fixtures, each with racks of its own."""
    for _ in range(10):
        fixture = fixture_of(FACTORIES)
        made = [fixture.afresh().row(Stamp) for _ in range(3)]
        assert {stamp.rack for stamp in made} == {fixture.there(Rack).code}


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # what a world shows may fill pages
def test_worlds_are_taken(portal: Portal) -> None:
    """A store takes each world; a row below a shop never refers to a sheet of nobody."""

    def taken(world: World) -> None:
        portal(put(MemoryStore(RACKS), world))

    bounded(50)(given(worlds(RACKS))(taken))()


@pytest.mark.asyncio
async def test_programs_have_a_beginning() -> None:
    """About each entity there are programs, which begin with rows that a store takes."""
    for words in vocabularies_of(RACKS).values():
        store = MemoryStore(RACKS)
        for root_key in words.root_keys():
            await prepare(store, words, root_key)
