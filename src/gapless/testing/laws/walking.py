"""Rows that change between the pages of a listing, and the rows that each page then has to hold; for laws."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol, cast
from uuid import UUID

import attrs
from hypothesis import strategies as st

from gapless.kit import descending, model_of
from gapless.kit.characters import trimmed
from gapless.kit.columns import BigInteger
from gapless.kit.ids import RootId, UserId
from gapless.kit.ports import UnitOfWork
from gapless.kit.predicates import ORDERED
from gapless.testing.laws.files import Document, Folder
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Files, Team
from gapless.testing.laws.rows import NOW, an_audit_record, fresh_id

Order = Sequence[tuple[str, bool]]
Values = dict[str, object]
Row = Member | Document

LETTERS = "aBÄz \u0301\uffff\U0001f600_-1"
times = st.sampled_from([NOW + timedelta(microseconds=n) for n in range(3)])
texts = st.text(LETTERS, min_size=2, max_size=3).filter(trimmed)
MOVING: dict[type[Row], dict[str, st.SearchStrategy[object]]] = {
    Member: {
        "name": texts,
        "last_seen_at": st.none() | times,
        "deactivation_reason": st.none() | texts,
        "deleted_by": st.none() | st.sampled_from([UserId(fresh_id()) for _ in range(2)]),
    },
    Document: {
        "title": texts,
        "pages": st.none() | st.integers(1, 3),
        "size": st.none() | st.sampled_from([BigInteger(n) for n in (-(2**63), -1, 0, 2**53 + 1, 2**63 - 1)]),
        "price": st.none() | st.sampled_from([Decimal(n) for n in ("0.00", "0.01", "1.50", "9999999999.99")]),
    },
}
"""The fields that change in rows while their pages are read; orders may use the other columns too."""


@attrs.frozen
class FieldChange:
    """A change between two pages: the row at a place is removed or moves, or another row comes."""

    kind: str
    place: int
    values: Values


@attrs.frozen
class RandomWalk:
    """The rows at the beginning, how their pages are asked for, and the changes before each further page."""

    rows: list[Values]
    order: list[tuple[str, bool]]
    limit: int
    changes: list[list[FieldChange]]

    def asked(self, row: Row) -> object:
        """The order as a caller writes it."""
        return tuple(descending(getattr(row, name)) if down else getattr(row, name) for name, down in self.order)


def ordered_columns(entity: type[Row]) -> list[str]:
    """The columns of an entity that its rows can be ordered by."""
    return [column.name for column in model_of(entity).columns if column.type in ORDERED]


def walks(part: type[Row], entity: type[Row]) -> st.SearchStrategy[RandomWalk]:
    """A strategy of walks through the pages of an entity."""
    values = st.fixed_dictionaries(MOVING[part])
    changes = st.builds(FieldChange, st.sampled_from(["move", "move", "remove", "add"]), st.integers(0, 8), values)
    # Orders begin more often with columns that change: ids have no ties, so that columns after them don't matter.
    columns = st.sampled_from([*MOVING[part], *MOVING[part], *ordered_columns(entity)])
    return st.builds(
        RandomWalk,
        st.lists(values, min_size=2, max_size=8),
        st.lists(st.tuples(columns, st.booleans()), max_size=3, unique_by=lambda part: part[0]),
        st.integers(1, 3),
        st.lists(st.lists(changes, max_size=3), max_size=4),
    )


class Writing(Protocol):
    """Writes the rows of one entity, with an audit record if they are audited."""

    async def add(self, values: Values) -> Row:
        """Adds a row."""
        ...

    async def move(self, row: Row, values: Values) -> Row:
        """Changes a row."""
        ...

    async def remove(self, row: Row) -> None:
        """Removes a row."""
        ...


@attrs.frozen
class MembersWalk(Writing):
    """Members of a unit."""

    team: Team
    unit: UnitOfWork
    home: RootId

    async def add(self, values: Values) -> Row:
        """As Writing.add."""
        return await self.unit.of(self.team.member).add(
            self.team.a_member(self.home, **values), an_audit_record(self.home)
        )

    async def move(self, row: Row, values: Values) -> Row:
        """As Writing.move; `last_seen_at` never goes back."""
        user = cast(Member, row)
        seen = [at for at in (user.last_seen_at, cast("datetime | None", values["last_seen_at"])) if at is not None]
        changed = model_of(self.team.member).evolved(user, {**values, "last_seen_at": max(seen, default=None)})
        return await self.unit.of(self.team.member).save(changed, an_audit_record(self.home))

    async def remove(self, row: Row) -> None:
        """As Writing.remove."""
        await self.unit.of(self.team.member).remove(cast(Member, row), an_audit_record(self.home))


@attrs.frozen
class Documents(Writing):
    """Documents of a unit, in one folder."""

    files: Files
    unit: UnitOfWork
    folder: Folder

    async def add(self, values: Values) -> Row:
        """As Writing.add."""
        document = self.files.a_document(self.folder.organization_id, self.folder.id, **values)
        return await self.unit.of(self.files.document).add(document)

    async def move(self, row: Row, values: Values) -> Row:
        """As Writing.move."""
        return await self.unit.of(self.files.document).save(
            model_of(self.files.document).evolved(cast(Document, row), values)
        )

    async def remove(self, row: Row) -> None:
        """As Writing.remove."""
        await self.unit.of(self.files.document).remove(cast(Document, row))


async def members_of(team: Team, unit: UnitOfWork, home: RootId) -> MembersWalk:
    """The writing of members in a unit, where there are no members yet."""
    await unit.of(team.member).delete_where(lambda row: row.role == team.role.OWNER, an_audit_record(home))
    return MembersWalk(team, unit, home)


async def documents_of(files: Files, unit: UnitOfWork, home: RootId) -> Documents:
    """The writing of documents in a unit, where there are no documents yet."""
    return Documents(files, unit, await unit.of(files.folder).add(files.a_folder(home)))


def place_of(row: Row, order: Order) -> tuple[object, ...]:
    """The place of a row in an order; no two rows have the same place."""
    return (*(getattr(row, name) for name, _ in order), row.id)


def following(rows: Sequence[Row], last: Row | None, order: Order) -> list[Row]:
    """The rows after the place of the last row of a page, in their order, worked out without the library."""
    here = None if last is None else place_of(last, order)
    found = sorted([row for row in rows if place_of(row, order) != here], key=lambda row: row.id)
    found = sorted([*found, last], key=lambda row: row.id) if last is not None else found
    for name, down in reversed(order):
        present = [row for row in found if getattr(row, name) is not None]
        present.sort(key=lambda row: getattr(row, name), reverse=down)
        found = present + [row for row in found if getattr(row, name) is None]
    return found if last is None else found[found.index(last) + 1 :]


async def changed(writing: Writing, rows: dict[UUID, Row], changes: Sequence[FieldChange]) -> set[UUID]:
    """Makes changes, and returns the ids of their rows."""
    concerned: set[UUID] = set()
    for change in changes:
        row = [*rows.values()][change.place % len(rows)] if rows else None
        if row is None or change.kind == "add":
            row = await writing.add(change.values)
            rows[row.id] = row
        elif change.kind == "move":
            rows[row.id] = await writing.move(row, change.values)
        else:
            await writing.remove(rows.pop(row.id))
        concerned.add(row.id)
    return concerned
