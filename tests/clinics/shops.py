"""A shop whose rows can do little by themselves: final or growing ones, and such as are nothing without others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import attrs

from gapless.kit import (
    AUDIT_TRAIL,
    AtLeastOne,
    Catalogue,
    Check,
    Entity,
    Index,
    Model,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    between,
    length,
    negate,
    previous,
    rules_of,
)


@attrs.frozen(kw_only=True, slots=True)
class Shop(Entity):
    """The root."""

    id: UUID
    name: str
    version: int = 0


@rules_of(Shop, "shops", root=True)
def shop_rules(shop: Shop) -> Iterator[Rule]:
    """It has a name."""
    yield Check("shops_name_length", "A name has 1 to 20 characters.", between(length(shop.name), 1, 20))


@attrs.frozen(kw_only=True, slots=True)
class Draft(Entity):
    """What is final stays as it is for ever."""

    shop: UUID
    id: UUID
    is_final: bool = False
    version: int = 0


@rules_of(Draft, "drafts", belongs_to=lambda draft: draft.shop)
def draft_rules(draft: Draft) -> Iterator[Rule]:
    """A final one is not saved any more."""
    yield Reference("drafts_shop_fkey", "It is in a shop.", draft.shop, Shop, OnDelete.CASCADE)
    yield Transition("drafts_final", "It is final.", negate(previous(draft).is_final))


@attrs.frozen(kw_only=True, slots=True)
class Meter(Entity):
    """A number that grows with each save."""

    shop: UUID
    id: UUID
    reading: int
    version: int = 0


@rules_of(Meter, "meters", belongs_to=lambda meter: meter.shop)
def meter_rules(meter: Meter) -> Iterator[Rule]:
    """A reading is no number that was there."""
    yield Reference("meters_shop_fkey", "It is in a shop.", meter.shop, Shop, OnDelete.CASCADE)
    yield Check("meters_reading_range", "A reading is small.", between(meter.reading, 0, 1000))
    yield Transition("meters_grow", "A reading grows.", meter.reading > previous(meter).reading)


@attrs.frozen(kw_only=True, slots=True)
class Order(Entity):
    """What has a line, which keeps it."""

    shop: UUID
    id: UUID
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Line(Entity):
    """One of the lines of an order."""

    shop: UUID
    id: UUID
    parent: UUID
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Parcel(Entity):
    """What has exactly one label."""

    shop: UUID
    id: UUID
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Label(Entity):
    """The label of a parcel."""

    shop: UUID
    id: UUID
    parent: UUID
    version: int = 0


def plain_rules(entity: type[Order | Parcel], table: str) -> Model[Order | Parcel]:
    """What others belong to."""

    def rules(row: Order | Parcel) -> Iterator[Rule]:
        yield Reference(f"{table}_shop_fkey", "It is in a shop.", row.shop, Shop, OnDelete.CASCADE)

    return rules_of(entity, table, belongs_to=lambda row: row.shop)(rules)


def below(
    entity: type[Line | Label], table: str, parent: type[Entity], on_delete: OnDelete, more: Callable[..., Rule]
) -> Model[Line | Label]:
    """What a parent needs at least one of, with one more rule about the fields that refer to it."""

    def rules(row: Line | Label) -> Iterator[Rule]:
        above = Reference(f"{table}_parent_fkey", "It is there.", (row.shop, row.parent), parent, on_delete)
        yield Reference(f"{table}_shop_fkey", "It is in a shop.", row.shop, Shop, OnDelete.CASCADE)
        yield above
        yield more((row.shop, row.parent))
        yield AtLeastOne(f"{table}_first", "There is one.", through=above, of=True)

    return rules_of(entity, table, belongs_to=lambda row: row.shop)(rules)


@attrs.frozen(kw_only=True, slots=True)
class Lab(Entity):
    """Another root, of whose units the trail takes no records."""

    id: UUID
    version: int = 0


@rules_of(Lab, "labs", root=True)
def lab_rules(_: Lab) -> Iterator[Rule]:
    """Nothing more."""
    yield from ()


SHOPS = (
    Catalogue(
        (
            shop_rules,
            draft_rules,
            meter_rules,
            plain_rules(Order, "orders"),
            below(Line, "lines", Order, OnDelete.RESTRICT, lambda of: Index("idx_lines_parent", "It is found.", of)),
            plain_rules(Parcel, "parcels"),
            below(Label, "labels", Parcel, OnDelete.CASCADE, lambda of: Unique("labels_one", "There is one.", of)),
        )
    )
    + AUDIT_TRAIL
    + Catalogue((lab_rules,))
)
