"""Firms with little room: settings of one row, keys of few values, one owner each, and seats that nobody has bought."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import attrs

from gapless.kit import (
    AtLeastOne,
    AtMost,
    Catalogue,
    Check,
    Entity,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    all_of,
    any_of,
    between,
    is_null,
    negate,
    previous,
    row,
    rules_of,
)


@attrs.frozen(kw_only=True, slots=True)
class Firm(Entity):
    """The root, which has no seats at first."""

    id: UUID
    seats: int = 0
    version: int = 0


@rules_of(Firm, "firms", root=True)
def firm_rules(firm: Firm) -> Iterator[Rule]:
    """It has seats or none."""
    yield Check("firms_seats_range", "A firm has no seats or some.", between(firm.seats, 0, 100))


@attrs.frozen(kw_only=True, slots=True)
class Settings(Entity):
    """The one row of what holds for all."""

    id: int = 1
    is_strict: bool = False
    version: int = 0


@rules_of(Settings, "settings", shared=True)
def settings_rules(settings: Settings) -> Iterator[Rule]:
    """There is one row."""
    yield Check("settings_one", "There is one row.", settings.id == 1)


@attrs.frozen(kw_only=True, slots=True)
class Switch(Entity):
    """What holds by day, and what by night."""

    by_day: bool
    is_on: bool = False
    version: int = 0


@rules_of(Switch, "switches", shared=True, key=("by_day",))
def switch_rules(_: Switch) -> Iterator[Rule]:
    """Nothing but its key."""
    yield from ()


@attrs.frozen(kw_only=True, slots=True)
class Seat(Entity):
    """A seat of a firm."""

    firm: UUID
    id: UUID
    version: int = 0


@rules_of(Seat, "seats", belongs_to=lambda seat: seat.firm)
def seat_rules(seat: Seat) -> Iterator[Rule]:
    """A firm has as many as it says."""
    home = Reference("seats_firm_fkey", "It is in a firm.", seat.firm, Firm, OnDelete.CASCADE)
    yield home
    yield AtMost("seats_bought", "No seat is free.", home, of=True, limit=row(Firm).seats)


@attrs.frozen(kw_only=True, slots=True)
class Owner(Entity):
    """The owner of a firm."""

    firm: UUID
    id: UUID
    seat: UUID | None = None
    version: int = 0


@rules_of(Owner, "owners", belongs_to=lambda owner: owner.firm)
def owner_rules(owner: Owner) -> Iterator[Rule]:
    """A firm has one."""
    home = Reference("owners_firm_fkey", "It is of a firm.", owner.firm, Firm, OnDelete.CASCADE)
    yield home
    yield Reference("owners_seat_fkey", "The seat is there.", (owner.firm, owner.seat), Seat, OnDelete.SET_NULL)
    yield AtMost("owners_one", "A firm has one owner.", home, of=True, limit=1)


@attrs.frozen(kw_only=True, slots=True)
class Seal(Entity):
    """The seal of a firm."""

    firm: UUID
    id: UUID
    version: int = 0


@rules_of(Seal, "seals", belongs_to=lambda seal: seal.firm)
def seal_rules(seal: Seal) -> Iterator[Rule]:
    """A firm has one."""
    yield Reference("seals_firm_fkey", "It is of a firm.", seal.firm, Firm, OnDelete.CASCADE)
    yield Unique("seals_one", "A firm has one seal.", seal.firm)


@attrs.frozen(kw_only=True, slots=True)
class Deal(Entity):
    """What an owner has signed and sealed, for a seat, another one, or neither for a while."""

    firm: UUID
    id: UUID
    owner: UUID
    seal: UUID
    first: UUID | None = None
    second: UUID | None = None
    is_hidden: bool = True
    version: int = 0


@rules_of(Deal, "deals", belongs_to=lambda deal: deal.firm, soft_deleted=lambda deal: deal.is_hidden)
def deal_rules(deal: Deal) -> Iterator[Rule]:
    """It is for one seat at least, and a row that is new is hidden."""
    yield Reference("deals_firm_fkey", "It is of a firm.", deal.firm, Firm, OnDelete.CASCADE)
    yield Reference("deals_owner_fkey", "The owner is there.", (deal.firm, deal.owner), Owner, OnDelete.RESTRICT)
    yield Reference("deals_seal_fkey", "The seal is there.", (deal.firm, deal.seal), Seal, OnDelete.RESTRICT)
    yield Reference("deals_first_fkey", "The seat is there.", (deal.firm, deal.first), Seat, OnDelete.SET_NULL)
    yield Reference("deals_second_fkey", "The seat is there.", (deal.firm, deal.second), Seat, OnDelete.SET_NULL)
    seats = any_of(negate(is_null(deal.first)), negate(is_null(deal.second)))
    yield Check("deals_for_a_seat", "A deal is for a seat.", seats)


@attrs.frozen(kw_only=True, slots=True)
class Trial(Entity):
    """What is tried twice at most."""

    firm: UUID
    id: UUID
    note: int = 0
    version: int = 0


@rules_of(Trial, "trials", belongs_to=lambda trial: trial.firm)
def trial_rules(trial: Trial) -> Iterator[Rule]:
    """It is not changed a third time."""
    yield Reference("trials_firm_fkey", "It is of a firm.", trial.firm, Firm, OnDelete.CASCADE)
    tried = all_of(trial.note >= previous(trial).note, trial.version <= 2)
    yield Transition("trials_twice", "It was tried twice.", tried)


@attrs.frozen(kw_only=True, slots=True)
class Half(Entity):
    """One of the two halves of a firm."""

    firm: UUID
    id: UUID
    is_left: bool
    number: int
    version: int = 0


@rules_of(Half, "halves", belongs_to=lambda half: half.firm)
def half_rules(half: Half) -> Iterator[Rule]:
    """Each side and each number is there once."""
    yield Reference("halves_firm_fkey", "It is of a firm.", half.firm, Firm, OnDelete.CASCADE)
    yield Unique("halves_sides", "The side is there.", (half.firm, half.is_left))
    yield Unique("halves_numbers", "The number is there.", (half.firm, half.number))


@attrs.frozen(kw_only=True, slots=True)
class Country(Entity):
    """A country, which is shared, as its banks are."""

    id: UUID
    version: int = 0


@rules_of(Country, "countries", shared=True)
def country_rules(_: Country) -> Iterator[Rule]:
    """Nothing but its key."""
    yield from ()


@attrs.frozen(kw_only=True, slots=True)
class Bank(Entity):
    """A bank."""

    id: UUID
    country: UUID
    version: int = 0


@rules_of(Bank, "banks", shared=True)
def bank_rules(bank: Bank) -> Iterator[Rule]:
    """A country has one at least."""
    home = Reference("banks_country_fkey", "The country is there.", bank.country, Country, OnDelete.RESTRICT)
    yield home
    yield AtLeastOne("banks_first", "A country has a bank.", home, of=True)


NARROW = Catalogue(
    (
        firm_rules,
        settings_rules,
        switch_rules,
        seat_rules,
        owner_rules,
        seal_rules,
        deal_rules,
        trial_rules,
        half_rules,
        country_rules,
        bank_rules,
    )
)
"""Its settings, switches, owners and seals can't be added as often as laws want."""
