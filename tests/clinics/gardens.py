"""Towns of which a cleanup removes nothing, and gardens that are never deleted, with flowers that are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import attrs

from gapless.kit import (
    AUDIT_TRAIL,
    OUTBOX,
    PROCESSED_COMMANDS,
    Catalogue,
    Entity,
    OnDelete,
    Reference,
    Rule,
    processed_commands_of,
    rules_of,
    soft_deletion_rules,
)
from gapless.kit.ids import DeletionId


@attrs.frozen(kw_only=True, slots=True)
class Town(Entity):
    """The first root."""

    id: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Tax(Entity):
    """A tax of a town, which a purge of it would remove, if there were one."""

    town: int
    id: UUID
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Garden(Entity):
    """The second root."""

    id: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Bill(Entity):
    """A bill of a garden, which would go with it as a tax does with its town."""

    garden: int
    id: UUID
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Fence(Entity):
    """A fence between two gardens, which would keep both."""

    id: UUID
    garden: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Flower(Entity):
    """A flower in a garden, which can be soft-deleted."""

    garden: int
    id: UUID
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UUID | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@rules_of(Town, "towns", root=True)
def town_rules(_: Town) -> Iterator[Rule]:
    """Nothing but its key."""
    yield from ()


@rules_of(Tax, "taxes", belongs_to=lambda tax: tax.town)
def tax_rules(tax: Tax) -> Iterator[Rule]:
    """A tax is of a town."""
    yield Reference("taxes_town_fkey", "The town is there.", tax.town, Town, OnDelete.RESTRICT, purged=True)


@rules_of(Garden, "gardens", root=True)
def garden_rules(_: Garden) -> Iterator[Rule]:
    """Nothing but its key."""
    yield from ()


@rules_of(Bill, "bills", belongs_to=lambda bill: bill.garden)
def bill_rules(bill: Bill) -> Iterator[Rule]:
    """A bill is for a garden."""
    yield Reference("bills_garden_fkey", "The garden is there.", bill.garden, Garden, OnDelete.RESTRICT, purged=True)


@rules_of(Fence, "fences", shared=True)
def fence_rules(fence: Fence) -> Iterator[Rule]:
    """A fence is around a garden."""
    yield Reference("fences_garden_fkey", "The garden is there.", fence.garden, Garden, OnDelete.RESTRICT)


@rules_of(Flower, "flowers", belongs_to=lambda flower: flower.garden, soft_deleted=lambda flower: flower.is_deleted)
def flower_rules(flower: Flower) -> Iterator[Rule]:
    """A flower is in a garden."""
    yield Reference("flowers_garden_fkey", "The garden is there.", flower.garden, Garden, OnDelete.CASCADE)
    yield from soft_deletion_rules(flower, "flowers")


PARTS = AUDIT_TRAIL + OUTBOX + PROCESSED_COMMANDS
GARDENS_COMMANDS = processed_commands_of(Garden)
GARDENS = (
    Catalogue((town_rules, tax_rules, garden_rules, bill_rules, fence_rules, flower_rules)) + PARTS + GARDENS_COMMANDS
)
"""Two roots that are never deleted; a cleanup removes rows of the second one, and forgets commands of both."""
