"""The files and bookings of the laws as entities of a host beside the voice service: below its organizations.

An entity has one declaration, and refers to one root, so these are classes of their own. Their fields and predicates
are those of the laws' entities, and so are their rules, which are functions of the root and its members.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from gapless.bootstrap import DEFAULT_CATALOGUE
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit import Rule, row, rules_of
from gapless.testing.laws import bookings, files
from gapless.testing.laws.bookings import rules_for_bookings
from gapless.testing.laws.files import FileParents, rules_for_documents, rules_for_folders, rules_for_stamps


@attrs.frozen(kw_only=True, slots=True)
class Folder(files.Folder):
    """A folder of an organization."""


@attrs.frozen(kw_only=True, slots=True)
class Document(files.Document):
    """A document of an organization."""


@attrs.frozen(kw_only=True, slots=True)
class Stamp(files.Stamp):
    """A stamp on a document of an organization."""


@attrs.frozen(kw_only=True, slots=True)
class Booking(bookings.Booking):
    """A booking of an organization."""


PARENTS = FileParents(root=Organization, member=User, folder=Folder, document=Document)


@rules_of(
    Folder, "folders", belongs_to=lambda folder: folder.organization_id, soft_deleted=lambda folder: folder.is_archived
)
def folder_rules(folder: Folder) -> Iterator[Rule]:
    """The rules of the laws' folders; an organization may show as many as it may have phone numbers."""
    organization = row(Organization)
    yield from rules_for_folders(folder, PARENTS, live=organization.is_live, limit=organization.phone_numbers_quota)


@rules_of(Document, "documents", belongs_to=lambda document: document.organization_id)
def document_rules(document: Document) -> Iterator[Rule]:
    """The rules of the laws' documents."""
    yield from rules_for_documents(document, PARENTS)


@rules_of(Stamp, "stamps", belongs_to=lambda stamp: stamp.organization_id)
def stamp_rules(stamp: Stamp) -> Iterator[Rule]:
    """The rules of the laws' stamps."""
    yield from rules_for_stamps(stamp, PARENTS)


@rules_of(Booking, "bookings", belongs_to=lambda booking: booking.organization_id)
def booking_rules(booking: Booking) -> Iterator[Rule]:
    """The rules of the laws' bookings."""
    yield from rules_for_bookings(booking, Organization)


HOSTED = DEFAULT_CATALOGUE + folder_rules + document_rules + stamp_rules + booking_rules
"""The catalogue of a service that embeds gapless and brings these four."""
