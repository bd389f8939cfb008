"""A service whose keys are texts and numbers of few values, which refer by parts of keys, and count below any row."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from gapless.kit import (
    UNNUMBERED,
    AdmissionGuard,
    AtMost,
    Catalogue,
    Check,
    Entity,
    Exclusion,
    Index,
    Numbered,
    OnDelete,
    Reference,
    Rule,
    Unique,
    between,
    length,
    matches,
    nullable,
    row,
    rules_of,
)
from gapless.kit.columns import BigInteger

ZIP, CODE = "[a-z]{3,9}", "[A-Z]{2}"


@attrs.frozen(kw_only=True, slots=True)
class Land(Entity):
    """The root, of which there are 676 at most."""

    code: str
    most: int
    is_open: bool = True
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Town(Entity):
    """A town, whose key names its land at last."""

    land: str
    zip: str
    name: str
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class House(Entity):
    """A house, which its number names wherever it is; its plate is there once in a land."""

    land: str
    number: int
    town: str
    plate: str
    place: BigInteger = attrs.field(default=UNNUMBERED, eq=False)
    rooms: int = 2
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Guest(Entity):
    """A guest of a house for some days, perhaps from a town, perhaps from another land."""

    id: BigInteger
    land: str
    house: int
    town: str | None = None
    origin: str | None = None
    since: int
    until: int
    pays: bool = True
    version: int = 0


@rules_of(Land, "lands", root=True, key=("code",))
def land_rules(land: Land) -> Iterator[Rule]:
    """A code has two capitals."""
    yield Check("lands_code_form", "A code has two capitals.", matches(land.code, CODE))
    yield Check("lands_most_range", "A land has 0 to 9 towns.", between(land.most, 0, 9))


@rules_of(Town, "towns", belongs_to=lambda town: town.land, key=("zip", "land"))
def town_rules(town: Town) -> Iterator[Rule]:
    """A land has no more towns than it wants."""
    yield Check("towns_zip_form", "A zip code has 3 to 9 letters.", matches(town.zip, ZIP))
    yield Check("towns_name_length", "A name has 1 to 20 characters.", between(length(town.name), 1, 20))
    home = Reference("towns_land_fkey", "The land is there.", town.land, Land, OnDelete.CASCADE)
    yield home
    yield AtMost("towns_most", "The land has enough towns.", home, of=True, limit=row(Land).most)


@rules_of(House, "houses", belongs_to=lambda house: house.land, key=("number",))
def house_rules(house: House) -> Iterator[Rule]:
    """Houses are numbered in an open land, and have a plate."""
    yield Check("houses_town_form", "A zip code has 3 to 9 letters.", matches(house.town, ZIP))
    yield Check("houses_plate_form", "A plate is short.", matches(house.plate, "[A-Z]{1,3}[0-9]{1,4}"))
    yield Check("houses_rooms_range", "A house has 1 to 6 rooms.", between(house.rooms, 1, 6))
    home = Reference("houses_land_fkey", "The land is there.", house.land, Land, OnDelete.CASCADE)
    yield home
    yield Reference("houses_town_fkey", "The town is there.", (house.town, house.land), Town, OnDelete.RESTRICT)
    yield Unique("houses_plate_unique", "The plate is taken.", (house.land, house.plate))
    yield AdmissionGuard("houses_open", "The land is closed.", home, row(Land).is_open, of=True, added=True)
    yield Index("idx_houses_place", "Reads houses in their order.", (house.land, house.place))
    yield Numbered("houses_place", "The houses of a land are numbered.", through=home, column=house.place)


@rules_of(Guest, "guests", belongs_to=lambda guest: guest.land, key=("id",))
def guest_rules(guest: Guest) -> Iterator[Rule]:
    """A house has one guest at a time, and no more who pay than rooms."""
    yield Check("guests_days_ordered", "A guest leaves after the arrival.", guest.since <= guest.until)
    yield Check("guests_town_form", "A zip code has 3 to 9 letters.", matches(nullable(guest.town), ZIP))
    yield Check("guests_origin_form", "A code has two capitals.", matches(nullable(guest.origin), CODE))
    yield Reference("guests_land_fkey", "The land is there.", guest.land, Land, OnDelete.CASCADE)
    house = Reference("guests_house_fkey", "The house is there.", guest.house, House, OnDelete.CASCADE)
    yield house
    yield Reference("guests_town_fkey", "The town is there.", guest.town, Town, OnDelete.SET_NULL)
    yield Reference("guests_origin_fkey", "The origin is there.", guest.origin, Land, OnDelete.RESTRICT)
    yield Exclusion("guests_alone", "The house is taken.", guest.house, start=guest.since, end=guest.until)
    yield AtMost("guests_most", "All rooms are taken.", house, of=guest.pays, limit=row(House).rooms)


LANDS = Catalogue((land_rules, town_rules, house_rules, guest_rules))
