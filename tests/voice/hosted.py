"""Entities of a host's own, declared with the rules of gapless: folders, documents in them, stamps, and bookings."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime
from typing import NewType
from uuid import UUID

import attrs

from gapless.bootstrap import DEFAULT_CATALOGUE
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit import (
    AdmissionGuard,
    AtMost,
    Check,
    Entity,
    Exclusion,
    Index,
    OnDelete,
    Reference,
    Rule,
    Unique,
    all_of,
    any_of,
    between,
    is_null,
    length,
    matches,
    negate,
    nullable,
    predicate,
    row,
    rules_of,
)
from gapless.kit.columns import BigInteger
from gapless.kit.ids import OrganizationId, UserId
from gapless.kit.json_object import JsonObject

FolderId = NewType("FolderId", UUID)
DocumentId = NewType("DocumentId", UUID)
BookingId = NewType("BookingId", UUID)


class Status(enum.Enum):
    """How far a document is."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"


@attrs.frozen(kw_only=True, slots=True)
class Folder(Entity):
    """A folder, perhaps inside another one; an archived one is hidden."""

    organization_id: OrganizationId
    id: FolderId
    created_at: datetime
    name: str
    label: str | None = None
    parent_id: FolderId | None = None
    owner_id: UserId | None = None
    is_archived: bool = False
    version: int = 0

    @predicate
    def is_shown(self) -> bool:
        """Whether the folder is not archived."""
        return negate(self.is_archived)


@rules_of(Folder, "folders", soft_deleted=lambda folder: folder.is_archived)
def folder_rules(folder: Folder) -> Iterator[Rule]:
    """What holds for folders: names are unique among those shown, and so many are shown at most."""
    organization = row(Organization)
    yield Check("folders_name_length", "A name has 1 to 80 characters.", between(length(folder.name), 1, 80))
    yield Check("folders_label_form", "A label is lower-case letters.", matches(nullable(folder.label), "[a-z]+"))
    yield Unique(
        "folders_name_unique",
        "Another folder has this name.",
        (folder.organization_id, folder.name),
        where=folder.is_shown,
    )
    home = Reference(
        "folders_organization_id_fkey",
        "A folder belongs to an organization that is there.",
        folder.organization_id,
        Organization,
        OnDelete.CASCADE,
    )
    yield home
    yield AdmissionGuard(
        "folders_enter_live", "The organization is deleted.", home, organization.is_live, of=folder.is_shown
    )
    yield Reference(
        "folders_parent_id_fkey",
        "A folder is inside one that is there.",
        (folder.organization_id, folder.parent_id),
        Folder,
        OnDelete.CASCADE,
    )
    yield Reference(
        "folders_owner_id_fkey",
        "The owner of a folder is a user who is there.",
        (folder.organization_id, folder.owner_id),
        User,
        OnDelete.SET_NULL,
    )
    yield AtMost(
        "folders_most",
        "There are as many folders as the organization may have.",
        home,
        of=folder.is_shown,
        limit=organization.phone_numbers_quota,
    )


@attrs.frozen(kw_only=True, slots=True)
class Document(Entity):
    """A document in a folder; a published one keeps its author."""

    organization_id: OrganizationId
    id: DocumentId
    created_at: datetime
    folder_id: FolderId
    title: str
    author_id: UserId | None = None
    reviewer_id: UserId | None = None
    original_id: DocumentId | None = None
    status: Status = Status.DRAFT
    published_at: datetime | None = None
    pages: int | None = None
    size: BigInteger | None = None
    content: JsonObject | None = None
    version: int = 0

    @predicate
    def is_published(self) -> bool:
        """Whether everybody can read it."""
        return self.status == Status.PUBLISHED


@rules_of(Document, "documents")
def document_rules(document: Document) -> Iterator[Rule]:
    """What holds for documents. Deleting the author of a published one would break a check: so it is refused."""
    yield Check("documents_title_length", "A title has at most 60 characters.", length(document.title) <= 60)
    yield Check("documents_pages_positive", "A document has pages.", nullable(document.pages) >= 1)
    yield Check(
        "documents_published_has_author",
        "A published document has an author.",
        any_of(negate(document.is_published), negate(is_null(document.author_id))),
    )
    yield Check(
        "documents_published_at_agrees",
        "A published document says since when, and no other does.",
        any_of(
            all_of(document.is_published, negate(is_null(document.published_at))),
            all_of(negate(document.is_published), is_null(document.published_at)),
        ),
    )
    home = Reference(
        "documents_organization_id_fkey",
        "A document belongs to an organization that is there.",
        document.organization_id,
        Organization,
        OnDelete.CASCADE,
    )
    yield home
    yield Reference(
        "documents_folder_id_fkey",
        "A document is in a folder that is there.",
        (document.organization_id, document.folder_id),
        Folder,
        OnDelete.CASCADE,
    )
    yield Reference(
        "documents_author_id_fkey",
        "The author is a user who is there.",
        (document.organization_id, document.author_id),
        User,
        OnDelete.SET_NULL,
    )
    yield Reference(
        "documents_reviewer_id_fkey",
        "The reviewer is a user who is there, and stays.",
        (document.organization_id, document.reviewer_id),
        User,
        OnDelete.RESTRICT,
    )
    yield Reference(
        "documents_original_id_fkey",
        "The original is a document that is there.",
        (document.organization_id, document.original_id),
        Document,
        OnDelete.SET_NULL,
    )
    yield AtMost(
        "documents_published_most", "Two documents are published at most.", home, of=document.is_published, limit=2
    )
    yield Index("idx_documents_title", "Lists documents by title.", (document.organization_id, document.title))


@attrs.frozen(kw_only=True, slots=True)
class Stamp(Entity):
    """A mark on a document. It never changes, so it has no version, and it keeps its document from being removed."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    document_id: DocumentId


@rules_of(Stamp, "stamps")
def stamp_rules(stamp: Stamp) -> Iterator[Rule]:
    """What holds for stamps."""
    yield Reference(
        "stamps_organization_id_fkey",
        "A stamp belongs to an organization that is there.",
        stamp.organization_id,
        Organization,
        OnDelete.RESTRICT,
    )
    yield Reference(
        "stamps_document_id_fkey",
        "A stamp is on a document that is there.",
        (stamp.organization_id, stamp.document_id),
        Document,
        OnDelete.RESTRICT,
    )


@attrs.frozen(kw_only=True, slots=True)
class Booking(Entity):
    """A room that is booked for a time, and perhaps seats at a desk that several organizations use.

    A start that is null has always been, and an end that is null never comes.
    """

    organization_id: OrganizationId
    id: BookingId
    created_at: datetime
    room: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_cancelled: bool = False
    desk_id: UUID | None = None
    first_seat: int = 0
    next_seat: int | None = None
    version: int = 0


@rules_of(Booking, "bookings")
def booking_rules(booking: Booking) -> Iterator[Rule]:
    """What holds for bookings: a room is booked once at a time, and a seat at a desk by one organization."""
    yield Check(
        "bookings_room_length", "A room has 1 to 20 characters.", between(length(nullable(booking.room)), 1, 20)
    )
    yield Check(
        "bookings_seats_in_order",
        "The next seat is not before the first.",
        booking.first_seat <= nullable(booking.next_seat),
    )
    yield Check(
        "bookings_times_in_order",
        "A booking does not end before it begins.",
        nullable(booking.starts_at) <= nullable(booking.ends_at),
    )
    yield Exclusion(
        "bookings_room_is_free",
        "The room is booked at that time.",
        (booking.organization_id, booking.room),
        start=booking.starts_at,
        end=booking.ends_at,
        where=negate(booking.is_cancelled),
    )
    yield Exclusion(
        "bookings_seats_are_free",
        "Somebody has one of these seats.",
        booking.desk_id,
        start=booking.first_seat,
        end=booking.next_seat,
    )
    yield Reference(
        "bookings_organization_id_fkey",
        "A booking belongs to an organization that is there.",
        booking.organization_id,
        Organization,
        OnDelete.CASCADE,
    )


HOSTED = DEFAULT_CATALOGUE + folder_rules + document_rules + stamp_rules + booking_rules
"""The catalogue of a service that embeds gapless and brings these four."""
