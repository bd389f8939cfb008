"""A catalogue with the types of columns in all the places where rules can have them: keys, ranges, limits, orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, NewType
from uuid import UUID

import attrs

from gapless.bootstrap import DEFAULT_CATALOGUE
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import (
    AtMost,
    Check,
    Digits,
    Entity,
    Exclusion,
    Index,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    all_of,
    any_of,
    between,
    descending,
    is_null,
    negate,
    nullable,
    one_of,
    previous,
    rules_of,
)

PriceId = NewType("PriceId", UUID)
Money = Annotated[Decimal, Digits(precision=12, scale=2)]
Share = Annotated[Decimal, Digits(precision=4, scale=4)]
Large = Annotated[Decimal, Digits(precision=40, scale=0)]


@attrs.frozen(kw_only=True, slots=True)
class Price(Entity):
    """What something costs, with decimals of several digits."""

    organization_id: OrganizationId
    id: PriceId
    created_at: datetime
    net: Money
    gross: Money
    tax: Share = Decimal("0.19")
    discount: Share | None = None
    edition: Large
    least: Money | None = None
    most: Money | None = None
    is_shown: bool = True
    version: int = 0


@rules_of(Price, "prices", belongs_to=lambda price: price.organization_id)
def price_rules(price: Price) -> Iterator[Rule]:
    """What holds for prices: they are ordered, listed, told apart, and their ranges don't overlap."""
    yield Check("prices_net_positive", "A price is not negative.", price.net >= 0)
    yield Check("prices_gross_more", "The gross price is not below the net price.", price.net <= price.gross)
    yield Check("prices_tax_listed", "There are three taxes.", one_of(price.tax, *map(Decimal, ("0", "0.07", "0.19"))))
    yield Check(
        "prices_discount_bounded",
        "A discount is below a half.",
        any_of(is_null(price.discount), between(nullable(price.discount), Decimal("0.0001"), Decimal("0.5"))),
    )
    yield Check(
        "prices_range_ordered",
        "A range of amounts does not end before it starts.",
        any_of(is_null(price.least), is_null(price.most), nullable(price.least) <= nullable(price.most)),
    )
    home = Reference("prices_home_fkey", "A price is somewhere.", price.organization_id, Organization, OnDelete.CASCADE)
    yield home
    yield AtMost(
        "prices_high_most", "There are two high prices.", home, of=all_of(price.net > 100, price.is_shown), limit=2
    )
    yield Unique("prices_edition_unique", "Another price is of this edition.", (price.organization_id, price.edition))
    yield Exclusion(
        "prices_apart",
        "Another price is for these amounts.",
        (price.organization_id, price.tax),
        start=price.least,
        end=price.most,
        where=negate(price.is_shown),
    )
    yield Transition("prices_net_grows", "A price does not fall.", price.net >= previous(price).net)
    yield Index("idx_prices_gross", "Lists prices.", (price.organization_id, descending(price.gross)))


TYPED = DEFAULT_CATALOGUE + price_rules
