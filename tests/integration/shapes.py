"""A catalogue of shapes that the voice service does not have: what derives rows and violations has to know them all."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime
from typing import NewType
from uuid import UUID

import attrs

from gapless.bootstrap import DEFAULT_CATALOGUE
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    AuditedEntity,
    Check,
    Entity,
    Exclusion,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    all_of,
    any_of,
    between,
    is_null,
    length,
    matches,
    negate,
    nullable,
    one_of,
    previous,
    row,
    rules_of,
)
from gapless.kit.columns import BigInteger
from gapless.kit.json_object import JsonObject

ShelfId = NewType("ShelfId", UUID)


class Mood(enum.Enum):
    """Members whose texts differ from their names."""

    GOOD = "good"
    BAD = "bad"
    UGLY = "ugly"


@attrs.frozen(kw_only=True, slots=True)
class Shelf(Entity):
    """A parent with a code in few letters, and a width in few values."""

    organization_id: OrganizationId
    id: ShelfId
    created_at: datetime
    code: str
    width: int
    version: int = 0


@rules_of(Shelf, "shelves", belongs_to=lambda shelf: shelf.organization_id)
def shelf_rules(shelf: Shelf) -> Iterator[Rule]:
    """What holds for shelves: a code, and a width that only shrinks."""
    yield Check(
        "shelves_code_form", "A code is capital letters and digits.", matches(shelf.code, "[A-Z][A-Z0-9]{3,11}")
    )
    yield Check("shelves_width_listed", "A shelf has one of three widths.", one_of(shelf.width, 40, 60, 80))
    home = Reference(
        "shelves_home_fkey", "A shelf is somewhere.", shelf.organization_id, Organization, OnDelete.CASCADE
    )
    yield home
    yield AdmissionGuard("shelves_enter", "Nothing enters.", home, row(Organization).is_live)
    yield Transition("shelves_width_shrinks", "A shelf does not grow.", shelf.width <= previous(shelf).width)


@attrs.frozen(kw_only=True, slots=True)
class Keeper(AuditedEntity):
    """A row that a root can't be without, on a shelf that has to be there before; two invariants ask for two kinds."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    shelf_id: ShelfId
    mood: Mood
    is_chief: bool = False
    nickname: str | None = None
    seat: BigInteger | None = None
    version: int = 0


@rules_of(Keeper, "keepers", belongs_to=lambda keeper: keeper.organization_id)
def keeper_rules(keeper: Keeper) -> Iterator[Rule]:
    """What holds for keepers: one is chief, one that is no chief is in a good mood, and few are ugly."""
    home = Reference(
        "keepers_home_fkey", "A keeper is somewhere.", keeper.organization_id, Organization, OnDelete.CASCADE
    )
    yield home
    yield Reference(
        "keepers_shelf_fkey",
        "A keeper has a shelf, which stays.",
        (keeper.organization_id, keeper.shelf_id),
        Shelf,
        OnDelete.CASCADE,
    )
    yield Check(
        "keepers_nickname_form",
        "A nickname is one to eight small letters, and not bob.",
        all_of(matches(nullable(keeper.nickname), "[a-z]{1,8}"), nullable(keeper.nickname) != "bob"),
    )
    yield Check(
        "keepers_seat_range", "A seat is one of a million.", between(nullable(keeper.seat), 1, BigInteger(10**6))
    )
    yield Unique("keepers_nickname_unique", "Somebody has this nickname.", keeper.nickname)
    yield Unique(
        "keepers_seat_unique",
        "Somebody in this mood has this seat.",
        (keeper.organization_id, keeper.mood, keeper.seat),
        where=negate(keeper.is_chief),
    )
    yield AtLeastOne("keepers_chief", "Somebody is chief.", home, of=keeper.is_chief)
    plain_good = all_of(negate(keeper.is_chief), keeper.mood == Mood.GOOD)
    yield AtLeastOne("keepers_good", "Somebody who is no chief is in a good mood.", home, of=plain_good)
    yield AtMost("keepers_ugly", "One is ugly at most.", home, of=keeper.mood == Mood.UGLY, limit=1)
    stays = any_of(previous(keeper).mood == Mood.UGLY, keeper.mood != Mood.UGLY)
    yield Transition("keepers_never_get_ugly", "Who was not ugly at first never is.", stays)


@attrs.frozen(kw_only=True, slots=True)
class Loan(Entity):
    """A span of numbers and of times that hang together, of which no two overlap."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    keeper_id: UUID
    stand_in_id: UUID | None = None
    renews_id: UUID | None = None
    first: int
    last: int
    begins_at: datetime
    ends_at: datetime | None = None
    returned_at: datetime | None = None
    stage: Mood = Mood.GOOD
    step: int = 0
    label: str
    label_again: str
    version: int = 0


@rules_of(Loan, "loans", belongs_to=lambda loan: loan.organization_id)
def loan_rules(loan: Loan) -> Iterator[Rule]:
    """What holds for loans: orders, equal texts, states that need times, and steps that only grow."""
    yield Check("loans_order", "The last comes after the first.", loan.first < loan.last)
    yield Check("loans_first_least", "The first is 100 at least.", loan.first >= 100)
    yield Check("loans_ends", "A loan ends after it begins.", loan.begins_at < nullable(loan.ends_at))
    yield Check("loans_returned", "What is returned was lent before.", nullable(loan.returned_at) >= loan.begins_at)
    yield Check("loans_labels_alike", "Both labels are the same.", loan.label == loan.label_again)
    yield Check("loans_label_length", "A label has 3 characters.", between(length(loan.label), 3, 3))
    yield Check(
        "loans_bad_is_returned",
        "What is in a bad state is returned, and somebody stands in.",
        any_of(loan.stage != Mood.BAD, all_of(negate(is_null(loan.returned_at)), negate(is_null(loan.stand_in_id)))),
    )
    yield Exclusion(
        "loans_numbers_free",
        "Somebody has one of these numbers.",
        (loan.organization_id, loan.keeper_id),
        start=loan.first,
        end=loan.last,
        where=negate(loan.stage == Mood.UGLY),
    )
    yield Reference("loans_home_fkey", "A loan is somewhere.", loan.organization_id, Organization, OnDelete.CASCADE)
    yield Reference(
        "loans_keeper_fkey", "Who lends stays.", (loan.organization_id, loan.keeper_id), Keeper, OnDelete.RESTRICT
    )
    yield Reference(
        "loans_stand_in_fkey",
        "Who stands in is there.",
        (loan.organization_id, loan.stand_in_id),
        Keeper,
        OnDelete.SET_NULL,
    )
    yield Reference(
        "loans_renews_fkey",
        "The loan that it renews is there.",
        (loan.organization_id, loan.renews_id),
        Loan,
        OnDelete.SET_NULL,
    )
    yield Transition(
        "loans_step_grows", "A step is not taken back.", loan.step >= previous(loan).step, added=loan.step == 0
    )


@attrs.frozen(kw_only=True, slots=True)
class Receipt(Entity):
    """A row that never changes, with a document that is always there, and goes with its organization."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    number: int
    details: JsonObject
    note: str | None = None


@rules_of(Receipt, "receipts", belongs_to=lambda receipt: receipt.organization_id)
def receipt_rules(receipt: Receipt) -> Iterator[Rule]:
    """What holds for receipts: a note is one of two, and nothing changes but what may be taken out."""
    home = Reference(
        "receipts_home_fkey", "A receipt is somewhere.", receipt.organization_id, Organization, OnDelete.CASCADE
    )
    yield home
    yield Check("receipts_note_listed", "A note is one of two.", one_of(nullable(receipt.note), "seen", "paid"))
    yield AppendOnly(
        "receipts_append_only", "A receipt stays as it is.", home, erasable=(receipt.details, receipt.note)
    )
    yield Unique("receipts_number_unique", "This number is taken.", (receipt.organization_id, receipt.number))


SHAPES = DEFAULT_CATALOGUE + shelf_rules + keeper_rules + loan_rules + receipt_rules
"""The catalogue of these four."""
