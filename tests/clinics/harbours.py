"""Harbours with boats: rows of their own say how many there may be in a harbour, at a pier, and of an owner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import attrs

from gapless.kit import (
    AtMost,
    Catalogue,
    Check,
    Entity,
    Index,
    OnDelete,
    Reference,
    Rule,
    between,
    length,
    negate,
    rules_of,
    supplement,
)

E = TypeVar("E")


@attrs.frozen(kw_only=True, slots=True)
class Owner(Entity):
    """A shared row: somebody with boats in several harbours."""

    id: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Permit(Entity):
    """How many boats an owner may lend, if not two."""

    owner: int
    most: int = 2
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Harbour(Entity):
    """The root."""

    id: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Terms(Entity):
    """How many boats are afloat in a harbour, if not three."""

    harbour: int
    most: int = 3
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Pier(Entity):
    """A place in a harbour."""

    harbour: int
    code: str
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Berths(Entity):
    """How many boats lie at a pier, if not one."""

    pier: str
    harbour: int
    most: int = 1
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Boat(Entity):
    """What lies at a pier, or is ashore."""

    harbour: int
    id: int
    pier: str
    owner: int
    is_afloat: bool = True
    is_lent: bool = False
    version: int = 0


def limited(name: str, most: int) -> Check:
    """What holds for each limit."""
    return Check(f"{name}_most_range", "A limit is 0 to 9.", between(most, 0, 9))


@rules_of(Owner, "owners", shared=True, key=("id",))
def owner_rules(_: Owner) -> Iterator[Rule]:
    """Nothing."""
    yield from ()


@rules_of(Permit, "permits", shared=True, key=("owner",))
def permit_rules(permit: Permit) -> Iterator[Rule]:
    """A permit is an owner's."""
    yield limited("permits", permit.most)
    yield Reference("permits_owner_fkey", "The owner is there.", permit.owner, Owner, OnDelete.RESTRICT)


@rules_of(Harbour, "harbours", root=True)
def harbour_rules(_: Harbour) -> Iterator[Rule]:
    """Nothing."""
    yield from ()


@rules_of(Terms, "terms", belongs_to=lambda terms: terms.harbour, key=("harbour",))
def terms_rules(terms: Terms) -> Iterator[Rule]:
    """Terms are those of a harbour."""
    yield limited("terms", terms.most)
    yield Reference("terms_harbour_fkey", "The harbour is there.", terms.harbour, Harbour, OnDelete.CASCADE)


@rules_of(Pier, "piers", belongs_to=lambda pier: pier.harbour, key=("harbour", "code"))
def pier_rules(pier: Pier) -> Iterator[Rule]:
    """A pier is in a harbour."""
    yield Check("piers_code_length", "A code is short.", between(length(pier.code), 1, 9))
    yield Reference("piers_harbour_fkey", "The harbour is there.", pier.harbour, Harbour, OnDelete.CASCADE)


@rules_of(Berths, "berths", belongs_to=lambda berths: berths.harbour, key=("pier", "harbour"))
def berths_rules(berths: Berths) -> Iterator[Rule]:
    """Berths are those of a pier."""
    yield limited("berths", berths.most)
    yield Check("berths_pier_length", "A code is short.", between(length(berths.pier), 1, 9))
    yield Reference("berths_pier_fkey", "The pier is there.", (berths.harbour, berths.pier), Pier, OnDelete.CASCADE)


@rules_of(Boat, "boats", belongs_to=lambda boat: boat.harbour)
def boat_rules(boat: Boat) -> Iterator[Rule]:
    """A boat lies at a pier, and its harbour, its pier and its owner have few."""
    home = Reference("boats_harbour_fkey", "The harbour is there.", boat.harbour, Harbour, OnDelete.CASCADE)
    pier = Reference("boats_pier_fkey", "The pier is there.", (boat.harbour, boat.pier), Pier, OnDelete.RESTRICT)
    owner = Reference("boats_owner_fkey", "The owner is there.", boat.owner, Owner, OnDelete.RESTRICT)
    yield from (home, pier, owner)
    yield Index("idx_boats_owner", "Finds the boats of an owner.", boat.owner)
    ashore = negate(boat.is_afloat)
    yield AtMost("boats_afloat", "The harbour is full.", home, of=boat.is_afloat, limit=supplement(Terms).most)
    yield AtMost("boats_ashore_at_pier", "The pier is full.", pier, of=ashore, limit=supplement(Berths).most)
    yield AtMost("boats_of_owner", "The owner lends enough.", owner, of=boat.is_lent, limit=supplement(Permit).most)


HARBOURS = Catalogue(
    (
        *(owner_rules, permit_rules, harbour_rules, terms_rules),
        *(pier_rules, berths_rules, boat_rules),
    )
)
"""The catalogue of the harbours."""
