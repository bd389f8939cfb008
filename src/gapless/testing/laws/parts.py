"""The parts that laws ask for: a root with its members, rows that are not audited, files, bookings, and lockers.

A law is written for the entities of the laws' own catalogue, and gets its parts as arguments: `team`, `plain`, `files`,
`bookings`, `lockers`. The `Casting` of another catalogue says which entities play these parts. An entity needs the
fields of the one in whose place it stands, and the same declarations.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar, cast
from uuid import UUID

import attrs

from gapless.kit import (
    AdmissionGuard,
    AtLeastOne,
    AtMost,
    AuditedEntity,
    Check,
    Entity,
    PrimaryKey,
    Reference,
    Rule,
    Transition,
    Unique,
    model_of,
)
from gapless.kit.assignments import Assignment, assign
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.testing.laws.bookings import Booking
from gapless.testing.laws.files import Document, DocumentId, Folder, FolderId, Stamp
from gapless.testing.laws.lockers import KeyTag, Locker, LockerId, Rental, Seal
from gapless.testing.laws.members import Member, MemberRole
from gapless.testing.laws.rows import NOW, an_audit_record, common_values, fresh_id
from gapless.testing.laws.workspaces import Workspace

Values = Callable[[], Mapping[str, object]]
"""The values of a valid row by field, without its id, its root and `created_at`."""
E = TypeVar("E", bound=Validated)


def rule_of(entity: type[Validated], kind: type[Rule], *fields: str) -> str:
    """The name of the rule of one kind that an entity has over some fields.

    Raises:
        LookupError: the entity has no such rule, or several.
    """
    found = [
        rule.name for rule in model_of(entity).of_kind(kind) if {*fields} <= {column.name for column in rule.columns}
    ]
    if len(found) != 1:
        said = (
            f"{entity.__name__} has {len(found)} rules of kind {kind.__name__} over {', '.join(fields) or 'anything'}"
        )
        raise LookupError(f"{said}: {', '.join(found)}")
    return found[0]


@attrs.frozen(kw_only=True)
class Team:
    """The root and its members: both audited, versioned and soft-deleted, with a quota of members and an owner.

    Attributes:
        root, member, role: the classes of the root, of its members and of their roles.
        root_values: the values of a root that has room for everything.
        member_values: the values of a member who is not an owner; with an address of their own.
    """

    root: type[Workspace]
    member: type[Member]
    role: type[MemberRole]
    root_values: Values
    member_values: Values

    @staticmethod
    def of(
        root: type[AuditedEntity],
        member: type[AuditedEntity],
        role: type[enum.Enum],
        *,
        root_values: Values,
        member_values: Values,
    ) -> Team:
        """A team of the entities of another catalogue."""
        return Team(
            root=cast("type[Workspace]", root),
            member=cast("type[Member]", member),
            role=cast("type[MemberRole]", role),
            root_values=root_values,
            member_values=member_values,
        )

    def a_root(self, **values: object) -> Workspace:
        """A root that is not added yet."""
        return _made(self.root, {"id": fresh_id(), "created_at": NOW, **self.root_values(), **values})

    def a_member(self, home: RootId, **values: object) -> Member:
        """A member of a root who is not added yet, and is not an owner."""
        return _made(self.member, {**common_values(home), **self.member_values(), **values})

    def an_owner(self, home: RootId, **values: object) -> Member:
        """A member who is an owner, and is not added yet."""
        return self.a_member(home, **{"role": self.role.OWNER, **values})

    @property
    def owner_rule(self) -> str:
        """The name of the rule that a root keeps at least one owner."""
        return rule_of(self.member, AtLeastOne)

    @property
    def seats_rule(self) -> str:
        """The name of the rule that bounds the number of members."""
        return rule_of(self.member, AtMost)

    @property
    def email_rule(self) -> str:
        """The name of the rule that no two members have one address."""
        return rule_of(self.member, Unique, "email")

    @property
    def member_key_rule(self) -> str:
        """The name of the rule that no two members have one id."""
        return rule_of(self.member, PrimaryKey)

    @property
    def root_key_rule(self) -> str:
        """The name of the rule that no two roots have one id."""
        return rule_of(self.root, PrimaryKey)

    @property
    def slug_rule(self) -> str:
        """The name of the rule that no two roots have one slug."""
        return rule_of(self.root, Unique, "slug")

    @property
    def forward_rule(self) -> str:
        """The name of the rule that the time at which a member was last seen does not go back."""
        return rule_of(self.member, Transition)

    @property
    def storage_rule(self) -> str:
        """The name of the rule that the storage of a root does not grow beyond its quota."""
        return rule_of(self.root, Transition)

    @property
    def admission_rule(self) -> str:
        """The name of the rule that no member enters a deleted root."""
        return rule_of(self.member, AdmissionGuard)

    async def created(
        self, store: Store, *members: Member, seconds: float | None = None, **values: object
    ) -> Workspace:
        """Creates a root with these members, and commits it; without members it gets one owner."""
        root = self.a_root(**values)
        async with store.creating(root.id, seconds=seconds) as unit:
            audit = an_audit_record(root.id)
            stored = await unit.of(self.root).add(root, audit)
            for member in members or (self.an_owner(root.id),):
                await unit.of(self.member).add(member, audit)
            await unit.commit()
        return stored

    async def members(self, store: Store, home: RootId) -> tuple[Member, ...]:
        """All members of a root as they are committed, also deleted ones."""
        async with store.reading(home) as reading:
            return await reading.of(self.member).find(include_deleted=True)

    async def assert_untouched(self, store: Store, home: RootId) -> None:
        """Asserts that a root is as `created` left it, and that its lock is free."""
        async with store.unit(home, seconds=5) as unit:
            assert (await unit.of(self.root).get(home)).version == 1
            assert [member.version for member in await unit.of(self.member).find(include_deleted=True)] == [1]
            assert await unit.audit_trail.count() == 1
            assert await unit.outbox.count() == 0


class PlainRow(Entity):
    """The fields that laws use of a row that is not audited."""

    organization_id: RootId
    id: UUID
    created_at: datetime
    version: int


@attrs.frozen(kw_only=True)
class Plain:
    """Rows that are not audited, and have a version.

    Attributes:
        row: the class of the rows.
        text: the name of a field for a text of 3 to 10 lower-case letters, which may change freely.
        values: the values of a valid row.
    """

    row: type[PlainRow]
    text: str
    values: Values

    @staticmethod
    def of(entity: type[Entity], *, text: str, values: Values) -> Plain:
        """The part, played by an entity."""
        return Plain(row=cast("type[PlainRow]", entity), text=text, values=values)

    def a_row(self, home: RootId, **values: object) -> PlainRow:
        """A row that is not added yet."""
        return _made(self.row, {**common_values(home), **self.values(), **values})

    def saying(self, row: PlainRow, text: str) -> PlainRow:
        """The row with another text."""
        return attrs.evolve(row, **{self.text: text})  # type: ignore[misc]  # mypy knows no attrs class in it

    def said(self, row: PlainRow, text: str) -> Assignment:
        """The assignment of another text, for a set-based write."""
        return assign(getattr(row, self.text), text)


@attrs.frozen(kw_only=True)
class Files:
    """Rows that refer to each other: folders inside of folders, documents in folders, and stamps on documents.

    Attributes:
        folder, document, stamp: the classes of the rows.
    """

    folder: type[Folder]
    document: type[Document]
    stamp: type[Stamp]

    @property
    def most_rule(self) -> str:
        """The name of the rule that bounds the number of folders."""
        return rule_of(self.folder, AtMost)

    def a_folder(self, home: RootId, **values: object) -> Folder:
        """A folder on the top level, with a name of its own, which follows from its id."""
        given = {**common_values(home), **values}
        return _made(self.folder, {"name": f"folder {given['id']}", **given})

    def a_document(self, home: RootId, folder_id: FolderId, **values: object) -> Document:
        """A draft in a folder."""
        return _made(self.document, {**common_values(home), "folder_id": folder_id, "title": "Minutes", **values})

    def a_stamp(self, home: RootId, document_id: DocumentId, **values: object) -> Stamp:
        """A stamp on a document."""
        return _made(self.stamp, {**common_values(home), "document_id": document_id, **values})


@attrs.frozen(kw_only=True)
class Bookings:
    """Rows whose ranges exclude each other.

    Attributes:
        booking: the class of the rows.
    """

    booking: type[Booking]

    def a_booking(self, home: RootId, **values: object) -> Booking:
        """A booking of a room for one hour, from now on."""
        hour = {"room": "Blue", "starts_at": NOW, "ends_at": NOW + timedelta(hours=1)}
        return _made(self.booking, {**common_values(home), **hour, **values})


@attrs.frozen(kw_only=True)
class Lockers:
    """Rows that are released before they are removed, and those that refer to them in each way.

    Attributes:
        locker, rental, key_tag, seal: the classes of the rows.
    """

    locker: type[Locker]
    rental: type[Rental]
    key_tag: type[KeyTag]
    seal: type[Seal]

    def a_locker(self, home: RootId, **values: object) -> Locker:
        """A locker with a label of its own, which follows from its id."""
        given = {**common_values(home), **values}
        return _made(self.locker, {"label": f"locker {given['id']}", **given})

    def a_rental(self, home: RootId, **values: object) -> Rental:
        """A rental that is over, without a locker."""
        return _made(self.rental, {**common_values(home), **values})

    def a_key_tag(self, home: RootId, locker_id: LockerId) -> KeyTag:
        """A tag on the key of a locker."""
        return _made(self.key_tag, {**common_values(home), "locker_id": locker_id})

    def a_seal(self, home: RootId, locker_id: LockerId) -> Seal:
        """A seal on a locker."""
        return _made(self.seal, {**common_values(home), "locker_id": locker_id})

    @property
    def most_rule(self) -> str:
        """The name of the rule that bounds the number of lockers."""
        return rule_of(self.locker, AtMost)

    @property
    def label_rule(self) -> str:
        """The name of the rule that no two lockers have one label."""
        return rule_of(self.locker, Unique)

    @property
    def final_rule(self) -> str:
        """The name of the rule that a released locker stays released."""
        return rule_of(self.locker, Transition)

    @property
    def link_rule(self) -> str:
        """The name of the reference of a rental to its locker."""
        return rule_of(self.rental, Reference, "locker_id")

    @property
    def open_rule(self) -> str:
        """The name of the check that keeps the locker of an open rental."""
        return rule_of(self.rental, Check)

    @property
    def seal_rule(self) -> str:
        """The name of the reference that keeps a sealed locker."""
        return rule_of(self.seal, Reference, "locker_id")


def _made(entity: type[E], values: Mapping[str, object]) -> E:
    return entity(**values)
