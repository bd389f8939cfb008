"""What a repository asks of a store for each write: one statement, and nothing else if nothing is wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.adapters.writing.openings import Opening
from gapless.adapters.writing.primitives import ReadRows, Rows, Transaction
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import User
from gapless.kit import Model, model_of
from gapless.kit.assignments import assign
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord
from gapless.kit.errors import GaplessError
from gapless.kit.ids import UserId
from gapless.kit.model import Validated
from gapless.kit.ports import AuditedRepository, UnitOfWork
from tests.voice.rows import a_user, an_audit_record, created, fresh_id, members

pytestmark = pytest.mark.asyncio
PRIMITIVES = {*vars(Rows), *vars(ReadRows)}


class Noted:
    """What notes by name which primitives are asked, of a transaction or of its rows."""

    def __init__(self, inner: object, asked: list[str]) -> None:
        self._inner, self._asked = inner, asked

    def __getattr__(self, name: str) -> object:
        if name in PRIMITIVES and not name.startswith("_"):
            self._asked.append(name)
        return getattr(self._inner, name)

    def rows(self, model: Model[Validated]) -> Noted:
        """Rows that are noted as well."""
        return Noted(cast(Transaction, self._inner).rows(model), self._asked)


class NotingStore(MemoryStore):
    """A store whose primitives are noted."""

    def __init__(self) -> None:
        super().__init__(GAPLESS)
        self.asked: list[str] = []

    def transaction(self, opening: Opening) -> Transaction:
        """As `MemoryStore.transaction`."""
        return cast(Transaction, Noted(super().transaction(opening), self.asked))


Users = AuditedRepository[User, UserId]
Write = Callable[[Users, User], Awaitable[object]]


def renamed(user: User, **changes: object) -> User:
    """The user by another name, with whatever else is changed."""
    return model_of(User).evolved(user, {"name": "Somebody else", **changes})


WRITES: dict[str, tuple[Write, list[str]]] = {
    "add": (
        lambda users, user: users.add(a_user(user.organization_id), an_audit_record(user.organization_id)),
        ["insert"],
    ),
    "add all": (
        lambda users, user: users.add_all([a_user(user.organization_id)], an_audit_record(user.organization_id)),
        ["insert_all"],
    ),
    "add none": (lambda users, user: users.add_all([], an_audit_record(user.organization_id)), ["insert_side"]),
    "save": (lambda users, user: users.save(renamed(user), an_audit_record(user.organization_id)), ["update"]),
    "save stale": (
        lambda users, user: users.save(renamed(user, version=7), an_audit_record(user.organization_id)),
        ["update", "row"],
    ),
    "save what can't be kept": (
        lambda users, user: users.save(renamed(user, name="a\0b"), an_audit_record(user.organization_id)),
        ["row"],
    ),
    "save what is gone": (
        lambda users, user: users.save(renamed(user, id=fresh_id()), an_audit_record(user.organization_id)),
        ["row"],
    ),
    "save without an entry": (lambda users, user: users.save(user, cast(AuditRecord, None)), []),
    "save an audited field unaudited": (lambda users, user: users.save_unaudited(renamed(user)), ["row"]),
    "remove": (lambda users, user: users.remove(user, an_audit_record(user.organization_id)), ["delete"]),
    "remove stale": (
        lambda users, user: users.remove(renamed(user, version=7), an_audit_record(user.organization_id)),
        ["delete", "row"],
    ),
    "update where": (
        lambda users, user: users.update_where(
            lambda row: row.id == user.id, lambda row: (assign(row.name, "Ann"),), an_audit_record(user.organization_id)
        ),
        ["update_where"],
    ),
    "delete where": (
        lambda users, user: users.delete_where(lambda row: row.name == "nobody", an_audit_record(user.organization_id)),
        ["delete_where"],
    ),
}


@pytest.mark.parametrize("write", WRITES)
async def test_a_write_is_one_statement(write: str) -> None:
    """What the unit has seen is not read again, unless the write is refused for what the row may be by now."""
    store = NotingStore()
    home = (await created(store)).id
    (owner,) = await members(store, home)
    perform, expected = WRITES[write]
    async with store.unit(home) as unit:
        user = await unit.of(User).get(owner.id)
        store.asked.clear()
        with suppress(GaplessError):
            await perform(unit.of(User), user)
        assert store.asked == expected


async def test_a_row_that_was_not_seen_is_read_first() -> None:
    """A save has to know what it changes."""
    store = NotingStore()
    home = (await created(store)).id
    (owner,) = await members(store, home)
    async with store.unit(home) as unit:
        store.asked.clear()
        await unit.of(User).save(attrs.evolve(owner, name="Ann"), an_audit_record(home))
        assert store.asked == ["row", "update"]


async def test_what_never_changes_is_counted_and_not_written() -> None:
    """A set-based write of rows that never change looks for one that it would concern, and keeps what goes along."""

    async def erased(unit: UnitOfWork) -> int:
        return await unit.of(ArchivedAuditRecord).delete_where(lambda row: row.action == "nothing")

    store = NotingStore()
    home = (await created(store)).id
    async with store.unit(home) as unit:
        store.asked.clear()
        assert await erased(unit) == 0
        assert store.asked == ["count", "insert_side"]
