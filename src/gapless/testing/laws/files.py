"""The files of a workspace: folders inside of folders, documents in them, and stamps on documents; none is audited."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, NewType
from uuid import UUID

import attrs

from gapless.kit import (
    AdmissionGuard,
    AtMost,
    AuditedEntity,
    Check,
    Digits,
    Entity,
    Index,
    Names,
    OnDelete,
    Reference,
    Rule,
    Unique,
    all_of,
    any_of,
    between,
    camel_case,
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
from gapless.kit.ids import UserId
from gapless.kit.json_object import JsonObject
from gapless.testing.laws.members import Member
from gapless.testing.laws.workspaces import Workspace

FolderId = NewType("FolderId", UUID)
DocumentId = NewType("DocumentId", UUID)


class DocumentStatus(enum.Enum):
    """How far a document is."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"


@attrs.frozen(kw_only=True, slots=True)
class Folder(Entity):
    """A folder, perhaps inside another folder; an archived folder counts as deleted."""

    organization_id: UUID
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


@attrs.frozen(kw_only=True, slots=True)
class Document(Entity):
    """A document in a folder; a published one keeps its author."""

    organization_id: UUID
    id: DocumentId
    created_at: datetime
    folder_id: FolderId
    title: str
    author_id: UserId | None = None
    reviewer_id: UserId | None = None
    original_id: DocumentId | None = None
    status: DocumentStatus = DocumentStatus.DRAFT
    published_at: datetime | None = None
    pages: int | None = None
    size: BigInteger | None = None
    price: Annotated[Decimal, Digits(precision=12, scale=2)] | None = None
    content: JsonObject | None = None
    readers: tuple[UserId, ...] = ()
    version: int = 0

    @predicate
    def is_published(self) -> bool:
        """Whether everybody can read it."""
        return self.status == DocumentStatus.PUBLISHED

    def published(self, at: datetime) -> Document:
        """The document once it is published, at this time (UTC)."""
        return attrs.evolve(self, status=DocumentStatus.PUBLISHED, published_at=at)


@attrs.frozen(kw_only=True, slots=True)
class Stamp(Entity):
    """A mark on a document. It never changes, so it has no version, and it keeps its document from being removed."""

    organization_id: UUID
    id: UUID
    created_at: datetime
    document_id: DocumentId


@attrs.frozen(kw_only=True)
class FileParents:
    """The classes that files refer to; a catalogue with another root has other ones.

    Attributes:
        root, member, folder, document: the classes of the root, of its members, of folders and of documents.
    """

    root: type[AuditedEntity]
    member: type[AuditedEntity]
    folder: type[Entity]
    document: type[Entity]


PARENTS = FileParents(root=Workspace, member=Member, folder=Folder, document=Document)


def rules_for_folders(folder: Folder, parents: FileParents, *, live: bool, limit: int) -> Iterator[Rule]:
    """The rules of folders below any root.

    Args:
        folder: a symbolic row.
        parents: what the rows refer to.
        live: the predicate that a root is not deleted.
        limit: the field of a root that says how many folders may be shown.
    """
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
        "A folder belongs to a tenant that is there.",
        folder.organization_id,
        parents.root,
        OnDelete.CASCADE,
    )
    yield home
    yield AdmissionGuard("folders_enter_live", "The tenant is deleted.", home, live, of=folder.is_shown)
    yield from _folder_references(folder, parents)
    most = "There are as many folders as the tenant may have."
    yield AtMost("folders_most", most, home, of=folder.is_shown, limit=limit)


def _folder_references(folder: Folder, parents: FileParents) -> Iterator[Rule]:
    yield Reference(
        "folders_parent_id_fkey",
        "A folder is inside one that is there.",
        (folder.organization_id, folder.parent_id),
        parents.folder,
        OnDelete.CASCADE,
    )
    yield Reference(
        "folders_owner_id_fkey",
        "The owner of a folder is a member who is there.",
        (folder.organization_id, folder.owner_id),
        parents.member,
        OnDelete.SET_NULL,
    )


def rules_for_documents(document: Document, parents: FileParents) -> Iterator[Rule]:
    """The rules of documents below any root.

    Args:
        document: a symbolic row.
        parents: what the rows refer to.
    """
    yield Check("documents_title_length", "A title has at most 60 characters.", length(document.title) <= 60)
    yield Check("documents_pages_positive", "A document has pages.", nullable(document.pages) >= 1)
    yield Check("documents_price_positive", "A price is not negative.", nullable(document.price) >= 0)
    yield from _publication_rules(document)
    home = Reference(
        "documents_organization_id_fkey",
        "A document belongs to a tenant that is there.",
        document.organization_id,
        parents.root,
        OnDelete.CASCADE,
    )
    yield home
    yield from _document_references(document, parents)
    yield AtMost(
        "documents_published_most", "Two documents are published at most.", home, of=document.is_published, limit=2
    )
    yield Index("idx_documents_title", "Lists documents by title.", (document.organization_id, document.title))


def _publication_rules(document: Document) -> Iterator[Rule]:
    """The author of a published document can't be removed, because the first of these checks would break."""
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


def _document_references(document: Document, parents: FileParents) -> Iterator[Rule]:
    yield Reference(
        "documents_folder_id_fkey",
        "A document is in a folder that is there.",
        (document.organization_id, document.folder_id),
        parents.folder,
        OnDelete.CASCADE,
    )
    yield Reference(
        "documents_author_id_fkey",
        "The author is a member who is there.",
        (document.organization_id, document.author_id),
        parents.member,
        OnDelete.SET_NULL,
    )
    yield Reference(
        "documents_reviewer_id_fkey",
        "The reviewer is a member who is there, and stays.",
        (document.organization_id, document.reviewer_id),
        parents.member,
        OnDelete.RESTRICT,
    )
    yield Reference(
        "documents_original_id_fkey",
        "The original is a document that is there.",
        (document.organization_id, document.original_id),
        parents.document,
        OnDelete.SET_NULL,
    )


def rules_for_stamps(stamp: Stamp, parents: FileParents) -> Iterator[Rule]:
    """The rules of stamps below any root.

    Args:
        stamp: a symbolic row.
        parents: what the rows refer to.
    """
    yield Reference(
        "stamps_organization_id_fkey",
        "A stamp belongs to a tenant that is there.",
        stamp.organization_id,
        parents.root,
        OnDelete.RESTRICT,
    )
    yield Reference(
        "stamps_document_id_fkey",
        "A stamp is on a document that is there.",
        (stamp.organization_id, stamp.document_id),
        parents.document,
        OnDelete.RESTRICT,
    )


@rules_of(
    Folder,
    "folders",
    belongs_to=lambda folder: folder.organization_id,
    soft_deleted=lambda folder: folder.is_archived,
    names=Names("Folder", camel_case),
)
def folder_rules(folder: Folder) -> Iterator[Rule]:
    """What holds for folders: names are unique among folders that are shown, and their number is bounded."""
    workspace = row(Workspace)
    yield from rules_for_folders(folder, PARENTS, live=workspace.is_live, limit=workspace.folders_quota)


@rules_of(
    Document, "documents", belongs_to=lambda document: document.organization_id, names=Names("Document", camel_case)
)
def document_rules(document: Document) -> Iterator[Rule]:
    """What holds for documents; the author of a published one can't be removed, because a check would break."""
    yield from rules_for_documents(document, PARENTS)


@rules_of(Stamp, "stamps", belongs_to=lambda stamp: stamp.organization_id, names=Names("Stamp", camel_case))
def stamp_rules(stamp: Stamp) -> Iterator[Rule]:
    """What holds for stamps."""
    yield from rules_for_stamps(stamp, PARENTS)
