"""Treatments of a practice: rules that calculate with numbers and times, and texts without regard to case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import attrs

from gapless.kit import (
    AtMost,
    BigInteger,
    Catalogue,
    Check,
    Digits,
    Entity,
    Index,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    all_of,
    any_of,
    between,
    contains,
    is_null,
    length,
    lower,
    matches,
    negate,
    nullable,
    previous,
    rules_of,
    starts_with,
)

NOTHING = BigInteger(0)
Money = Annotated[Decimal, Digits(precision=24, scale=2)]
Rate = Annotated[Decimal, Digits(precision=20, scale=6)]
LONGEST = timedelta(hours=4)
FREE = "it's 100% _free\\"
"""What has to be escaped in a LIKE, in quotes, and in a text of SQL whose backslashes escape."""


@attrs.frozen(kw_only=True, slots=True)
class Practice(Entity):
    """The root."""

    id: int
    name: str
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Treatment(Entity):
    """What a practice does for a patient."""

    practice: int
    id: UUID
    email: str
    code: str | None = None
    title: str
    note: str | None = None
    doses: int = 1
    spare: int | None = None
    price: BigInteger = NOTHING
    paid: BigInteger = NOTHING
    fee: Money = Decimal(0)
    rate: Rate = Decimal(1)
    charged: Money | None = None
    begins_at: datetime
    ends_at: datetime
    closed_at: datetime | None = None
    version: int = 0


@rules_of(Practice, "practices", root=True, key=("id",))
def practice_rules(practice: Practice) -> Iterator[Rule]:
    """What holds for a practice."""
    yield Check("practices_name_length", "A name is short.", between(length(practice.name), 1, 40))
    yield Unique("practices_name_taken", "Another practice has this name.", lower(practice.name))


def _of_texts(treatment: Treatment) -> Iterator[Rule]:
    practice, code = treatment.practice, nullable(treatment.code)
    yield Check("treatments_email_length", "An address is short.", between(length(treatment.email), 3, 60))
    yield Check("treatments_title_length", "A title is short.", length(lower(treatment.title)) <= 30)
    yield Check("treatments_code_form", "A code begins with K_.", starts_with(lower(code), "k_"))
    signs = matches(lower(code), "[^0-9]{2}[a-z0-9_-]*")
    yield Check("treatments_code_signs", "A code has letters and digits.", signs)
    yield Check("treatments_code_length", "A code is short.", length(code) <= 12)
    yield Check("treatments_note_free", "Nothing is free.", negate(contains(lower(nullable(treatment.note)), FREE)))
    yield Check(
        "treatments_title_shop",
        "A title with a shop is that of the kiosk.",
        any_of(lower(treatment.title) == "kiosk", negate(contains(treatment.title, "os"))),
    )
    yield Unique("treatments_email_taken", "Somebody has this address.", (practice, lower(treatment.email)))
    is_open = is_null(treatment.closed_at)
    yield Unique("treatments_code_taken", "An open one has this code.", (practice, lower(code)), where=is_open)
    yield Index("idx_treatments_title", "Finds by title.", (practice, lower(treatment.title), treatment.begins_at))


def _of_numbers(treatment: Treatment) -> Iterator[Rule]:
    yield Check("treatments_doses_range", "There are some doses.", all_of(treatment.doses >= 0, treatment.price >= 0))
    yield Check("treatments_doses_fit", "Twelve fit.", treatment.doses + nullable(treatment.spare) <= 12)
    yield Check("treatments_paid_most", "It is paid once.", treatment.paid <= treatment.price * treatment.doses)
    yield Check("treatments_paid_least", "Nothing is paid back.", 2 * treatment.price + treatment.paid >= -1)
    charged, factor = nullable(treatment.charged), Decimal("-1.5")
    yield Check("treatments_charged_most", "So much is charged.", charged <= treatment.fee * treatment.rate)
    yield Check("treatments_fee_doses", "Doses have a price.", treatment.doses * 2 - treatment.fee <= treatment.rate)
    yield Check("treatments_fee_back", "Little is paid back.", treatment.fee * factor + treatment.doses < 1000)
    raised = treatment.fee - previous(treatment).fee * Decimal("1.1")
    yield Transition("treatments_fee_step", "A fee rises by a tenth at most.", raised <= Decimal("14.5"))
    yield Transition("treatments_doses_step", "One more at a time.", treatment.doses - previous(treatment).doses <= 1)


def _of_times(treatment: Treatment) -> Iterator[Rule]:
    yield Check("treatments_times_order", "It ends after it begins.", treatment.begins_at < treatment.ends_at)
    yield Check("treatments_times_apart", "It is short.", treatment.ends_at - treatment.begins_at <= LONGEST)
    yield Check(
        "treatments_closed_late",
        "It is closed a while after it has begun.",
        nullable(treatment.closed_at) >= treatment.begins_at + timedelta(minutes=5, microseconds=1),
    )


@rules_of(Treatment, "treatments", belongs_to=lambda treatment: treatment.practice)
def treatment_rules(treatment: Treatment) -> Iterator[Rule]:
    """What holds for a treatment."""
    home = Reference("treatments_home", "A practice gives it.", treatment.practice, Practice, OnDelete.CASCADE)
    yield home
    yield from _of_texts(treatment)
    yield from _of_numbers(treatment)
    yield from _of_times(treatment)
    is_large = treatment.doses * 2 + nullable(treatment.spare) > 10
    yield AtMost("treatments_large_quota", "Two are large at most.", home, of=is_large, limit=2)


TREATMENTS = Catalogue((practice_rules, treatment_rules))
