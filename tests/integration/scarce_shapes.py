"""Catalogues in which rows are scarce: few roots, keys of few values, exactly one row below another, no root at all."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from uuid import UUID

import attrs

from gapless.kit import (
    AUDIT_TRAIL,
    OUTBOX,
    AtLeastOne,
    AtMost,
    AuditedEntity,
    Catalogue,
    Check,
    Entity,
    OnDelete,
    Reference,
    Rule,
    Unique,
    between,
    is_null,
    length,
    matches,
    negate,
    nullable,
    rules_of,
)


class Colour(enum.Enum):
    """Few values of a key."""

    RED = "red"
    BLUE = "blue"


@attrs.frozen(kw_only=True, slots=True)
class Floor(Entity):
    """A root of which there are two at most."""

    number: int
    name: str
    version: int = 0


@rules_of(Floor, "floors", root=True, key=("number",))
def floor_rules(floor: Floor) -> Iterator[Rule]:
    """There are two floors, with names of their own."""
    yield Check("floors_two", "There are two floors.", between(floor.number, 1, 2))
    yield Check("floors_name_length", "A name is short.", between(length(floor.name), 1, 40))
    yield Unique("floors_name_unique", "Another floor has this name.", floor.name)


@attrs.frozen(kw_only=True, slots=True)
class Hall(Entity):
    """A root of which there is one."""

    number: int
    version: int = 0


@rules_of(Hall, "halls", root=True, key=("number",))
def hall_rules(hall: Hall) -> Iterator[Rule]:
    """There is one hall."""
    yield Check("halls_one", "There is one hall.", hall.number == 1)


@attrs.frozen(kw_only=True, slots=True)
class Guest(Entity):
    """Who is in it."""

    hall: int
    id: int
    version: int = 0


@rules_of(Guest, "guests", belongs_to=lambda guest: guest.hall)
def guest_rules(guest: Guest) -> Iterator[Rule]:
    """A guest is in the hall."""
    yield Reference("guests_hall_fkey", "A guest is in a hall.", guest.hall, Hall, OnDelete.CASCADE)


@attrs.frozen(kw_only=True, slots=True)
class Paint(Entity):
    """A shared row, found by one of a few values."""

    colour: Colour
    name: str
    version: int = 0


@rules_of(Paint, "paints", shared=True, key=("colour",))
def paint_rules(paint: Paint) -> Iterator[Rule]:
    """A paint has a name."""
    yield Check("paints_name_length", "A name is short.", between(length(paint.name), 1, 9))


@attrs.frozen(kw_only=True, slots=True)
class Lamp(Entity):
    """A row whose key is a member and a truth."""

    floor: int
    colour: Colour
    is_on: bool
    kind: str
    version: int = 0


@rules_of(Lamp, "lamps", belongs_to=lambda lamp: lamp.floor, key=("floor", "colour", "is_on"))
def lamp_rules(lamp: Lamp) -> Iterator[Rule]:
    """A lamp is of one of the paints."""
    yield Reference("lamps_floor_fkey", "A lamp has a floor.", lamp.floor, Floor, OnDelete.CASCADE)
    yield Reference("lamps_colour_fkey", "A lamp has a paint.", lamp.colour, Paint, OnDelete.RESTRICT)
    yield Check("lamps_kind_form", "A kind is two capitals.", matches(lamp.kind, "[A-Z]{2}"))


@attrs.frozen(kw_only=True, slots=True)
class Contract(Entity):
    """A row that has exactly one below it."""

    floor: int
    id: UUID
    version: int = 0


@rules_of(Contract, "contracts", belongs_to=lambda contract: contract.floor)
def contract_rules(contract: Contract) -> Iterator[Rule]:
    """There is always a contract."""
    home = Reference("contracts_floor_fkey", "A contract has a floor.", contract.floor, Floor, OnDelete.CASCADE)
    yield home
    yield AtLeastOne("contracts_least", "A floor has a contract.", home, of=True)


@attrs.frozen(kw_only=True, slots=True)
class Signature(Entity):
    """What a contract has exactly one of, and what has exactly one seal."""

    floor: int
    id: UUID
    contract: UUID
    version: int = 0


@rules_of(Signature, "signatures", belongs_to=lambda signature: signature.floor)
def signature_rules(signature: Signature) -> Iterator[Rule]:
    """One, by a Unique."""
    yield Reference("signatures_floor_fkey", "A signature has a floor.", signature.floor, Floor, OnDelete.CASCADE)
    above = (signature.floor, signature.contract)
    contract = Reference("signatures_contract_fkey", "A signature has a contract.", above, Contract, OnDelete.CASCADE)
    yield contract
    yield AtLeastOne("signatures_least", "A contract has a signature.", contract, of=True)
    yield Unique("signatures_one", "A contract has one signature.", above)


@attrs.frozen(kw_only=True, slots=True)
class Seal(Entity):
    """What a signature has exactly one of."""

    floor: int
    id: UUID
    signature: UUID
    version: int = 0


@rules_of(Seal, "seals", belongs_to=lambda seal: seal.floor)
def seal_rules(seal: Seal) -> Iterator[Rule]:
    """One, by a limit."""
    yield Reference("seals_floor_fkey", "A seal has a floor.", seal.floor, Floor, OnDelete.CASCADE)
    above = (seal.floor, seal.signature)
    signature = Reference("seals_signature_fkey", "A seal has a signature.", above, Signature, OnDelete.CASCADE)
    yield signature
    yield AtLeastOne("seals_least", "A signature has a seal.", signature, of=True)
    yield AtMost("seals_most", "A signature has one seal.", signature, of=True, limit=1)


@attrs.frozen(kw_only=True, slots=True)
class Member(Entity):
    """A shared row, without which a floor can't have what it needs."""

    id: int
    version: int = 0


@rules_of(Member, "members", shared=True)
def member_rules(member: Member) -> Iterator[Rule]:
    """A member has a number."""
    yield Check("members_id_positive", "A number is positive.", member.id > 0)


@attrs.frozen(kw_only=True, slots=True)
class Seat(Entity):
    """The seat of a member on a floor, of which each has a first."""

    floor: int
    member: int
    is_first: bool = False
    version: int = 0


@rules_of(Seat, "seats", belongs_to=lambda seat: seat.floor, key=("floor", "member"))
def seat_rules(seat: Seat) -> Iterator[Rule]:
    """One is first."""
    home = Reference("seats_floor_fkey", "A seat is on a floor.", seat.floor, Floor, OnDelete.CASCADE)
    yield home
    yield Reference("seats_member_fkey", "A seat is a member's.", seat.member, Member, OnDelete.RESTRICT)
    yield AtLeastOne("seats_first", "A floor has a first seat.", home, of=seat.is_first)


@attrs.frozen(kw_only=True, slots=True)
class Folder(Entity):
    """A tree that has a top, in which no folder is in itself."""

    floor: int
    id: UUID
    above: UUID | None = None
    version: int = 0


@rules_of(Folder, "folders", belongs_to=lambda folder: folder.floor)
def folder_rules(folder: Folder) -> Iterator[Rule]:
    """There is a top."""
    home = Reference("folders_floor_fkey", "A folder is on a floor.", folder.floor, Floor, OnDelete.CASCADE)
    yield home
    above = (folder.floor, folder.above)
    yield Reference("folders_above_fkey", "It is in a folder.", above, Folder, OnDelete.RESTRICT)
    yield AtLeastOne("folders_top", "A floor has a top folder.", home, of=is_null(folder.above))
    yield Check("folders_not_in_itself", "No folder is in itself.", negate(nullable(folder.above) == folder.id))


@attrs.frozen(kw_only=True, slots=True)
class Currency(AuditedEntity):
    """A shared row of a catalogue without a root, which is audited all the same."""

    code: str
    version: int = 0


@rules_of(Currency, "currencies", shared=True, key=("code",))
def currency_rules(currency: Currency) -> Iterator[Rule]:
    """A code is three capitals."""
    yield Check("currencies_code_form", "A code is three capitals.", matches(currency.code, "[A-Z]{3}"))


SCARCE: Mapping[str, Catalogue] = MappingProxyType(
    {
        "lamps": Catalogue((floor_rules, paint_rules, lamp_rules)),
        "seals": Catalogue((floor_rules, contract_rules, signature_rules, seal_rules)),
        "seats": Catalogue((floor_rules, member_rules, seat_rules)),
        "folders": Catalogue((floor_rules, folder_rules)),
        "guests": Catalogue((hall_rules, guest_rules)),
        "currencies": Catalogue((currency_rules,)) + AUDIT_TRAIL + OUTBOX,
    }
)
"""By what their rows are called."""
