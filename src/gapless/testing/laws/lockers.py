"""Lockers of a workspace, which are released before they are removed, and what refers to them in each way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NewType
from uuid import UUID

import attrs

from gapless.kit import (
    AtMost,
    AuditedEntity,
    Check,
    Entity,
    Index,
    Names,
    OnDelete,
    OnSoftDelete,
    Reference,
    Rule,
    Unique,
    any_of,
    between,
    camel_case,
    impersonal,
    is_null,
    length,
    negate,
    rules_of,
)
from gapless.testing.laws.workspaces import Workspace

LockerId = NewType("LockerId", UUID)
RentalId = NewType("RentalId", UUID)
KeyTagId = NewType("KeyTagId", UUID)
SealId = NewType("SealId", UUID)
LOCKERS_QUOTA = 2


@attrs.frozen(kw_only=True, slots=True)
class Locker(AuditedEntity):
    """A locker, with a label that no other locker of the workspace has."""

    organization_id: UUID
    id: LockerId
    created_at: datetime
    label: str = impersonal()
    is_released: bool = False
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Rental(Entity):
    """Who has a locker, and whether it is still in use; a rental that is over may lose its locker."""

    organization_id: UUID
    id: RentalId
    created_at: datetime
    locker_id: LockerId | None = None
    is_open: bool = False
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class KeyTag(Entity):
    """A tag on the key of a locker, which goes with it."""

    organization_id: UUID
    id: KeyTagId
    created_at: datetime
    locker_id: LockerId
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Seal(Entity):
    """A seal on a locker, which keeps it."""

    organization_id: UUID
    id: SealId
    created_at: datetime
    locker_id: LockerId
    version: int = 0


def rules_for_lockers(locker: Locker, root: type[AuditedEntity]) -> Iterator[Rule]:
    """The rules of lockers below any root."""
    yield Check("lockers_label_length", "A label has 1 to 50 characters.", between(length(locker.label), 1, 50))
    yield Unique("lockers_label_unique", "Another locker has this label.", (locker.organization_id, locker.label))
    home = Reference(
        "lockers_organization_id_fkey",
        "A locker belongs to a tenant that is there.",
        locker.organization_id,
        root,
        OnDelete.CASCADE,
        on_soft_delete=OnSoftDelete.REMOVE,
    )
    yield home
    yield AtMost("lockers_quota", "The tenant has all its lockers.", home, of=True, limit=LOCKERS_QUOTA)


def rules_for_rentals(rental: Rental, root: type[AuditedEntity], locker: type[AuditedEntity]) -> Iterator[Rule]:
    """The rules of rentals below any root."""
    yield Check(
        "rentals_open_needs_locker",
        "A rental that is open has a locker, which therefore can't be released.",
        any_of(negate(rental.is_open), negate(is_null(rental.locker_id))),
    )
    yield Reference(
        "rentals_organization_id_fkey",
        "A rental belongs to a tenant that is there.",
        rental.organization_id,
        root,
        OnDelete.CASCADE,
    )
    yield Reference(
        "rentals_locker_id_fkey",
        "A rental is of a locker of its tenant.",
        (rental.organization_id, rental.locker_id),
        locker,
        OnDelete.SET_NULL,
    )
    yield Index(
        "idx_rentals_locker", "Finds the rentals of a locker.", (rental.organization_id, rental.locker_id, rental.id)
    )
    yield Index("idx_rentals_open", "Finds what is open.", rental.organization_id, where=rental.is_open)


def rules_for_key_tags(tag: KeyTag, root: type[AuditedEntity], locker: type[AuditedEntity]) -> Iterator[Rule]:
    """The rules of tags below any root."""
    yield Reference(
        "key_tags_organization_id_fkey",
        "A tag belongs to a tenant that is there.",
        tag.organization_id,
        root,
        OnDelete.CASCADE,
    )
    yield Reference(
        "key_tags_locker_id_fkey",
        "A tag hangs on the key of a locker of its tenant, and goes with it.",
        (tag.organization_id, tag.locker_id),
        locker,
        OnDelete.CASCADE,
    )


def rules_for_seals(seal: Seal, root: type[AuditedEntity], locker: type[AuditedEntity]) -> Iterator[Rule]:
    """The rules of seals below any root."""
    yield Reference(
        "seals_organization_id_fkey",
        "A seal belongs to a tenant that is there.",
        seal.organization_id,
        root,
        OnDelete.CASCADE,
    )
    yield Reference(
        "seals_locker_id_fkey",
        "A locker that is sealed stays.",
        (seal.organization_id, seal.locker_id),
        locker,
        OnDelete.RESTRICT,
    )


@rules_of(
    Locker,
    "lockers",
    belongs_to=lambda locker: locker.organization_id,
    released=lambda locker: locker.is_released,
    names=Names("Locker", camel_case),
)
def locker_rules(locker: Locker) -> Iterator[Rule]:
    """What holds for lockers: no two have one label, and a workspace has a few at most."""
    yield from rules_for_lockers(locker, Workspace)


@rules_of(Rental, "rentals", belongs_to=lambda rental: rental.organization_id, names=Names("Rental", camel_case))
def rental_rules(rental: Rental) -> Iterator[Rule]:
    """What holds for rentals: one that is open keeps its locker."""
    yield from rules_for_rentals(rental, Workspace, Locker)


@rules_of(KeyTag, "key_tags", belongs_to=lambda tag: tag.organization_id, names=Names("KeyTag", camel_case))
def key_tag_rules(tag: KeyTag) -> Iterator[Rule]:
    """What holds for tags."""
    yield from rules_for_key_tags(tag, Workspace, Locker)


@rules_of(Seal, "seals", belongs_to=lambda seal: seal.organization_id, names=Names("Seal", camel_case))
def seal_rules(seal: Seal) -> Iterator[Rule]:
    """What holds for seals."""
    yield from rules_for_seals(seal, Workspace, Locker)
