"""The transaction of a unit in memory: an overlay over the committed state until its commit, or a view."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from gapless.adapters.deadline import Deadline
from gapless.adapters.memory.answers import AnsweredConnection
from gapless.adapters.memory.commit import commit
from gapless.adapters.memory.database import MemoryDatabase
from gapless.adapters.memory.keys import part_of_key
from gapless.adapters.memory.rows import MemoryRows
from gapless.adapters.memory.state import Overlay
from gapless.adapters.writing.openings import SNAPSHOT, UNIT, Opening
from gapless.kit import Model
from gapless.kit.errors import NotFound, SqlUnanswered, UnitOfWorkError
from gapless.kit.model import E, Validated
from gapless.kit.ports import Reading, SelectConnection


class MemoryTransaction:
    """The primitives of `Transaction`. Only a commit changes the state, so the end has nothing to undo.

    Args:
        database: the state of the store.
        opening: how the unit is opened.

    Attributes:
        overlay: what the unit has written, over what it sees.
        tenant: the root of the unit, as keys hold it; None if it has none.
    """

    is_failed = False
    is_lent = False
    holds_lock = False

    def __init__(self, database: MemoryDatabase, opening: Opening) -> None:
        self.database = database
        self.catalogue = database.schema.catalogue
        self.audit = database.audit
        self.outbox = database.outbox
        self.overlay = Overlay(database.committed)
        self.tenant = part_of_key(opening.root_id)
        self.deadline = Deadline(opening.seconds)
        self._opening = opening

    @property
    def connection(self) -> NoReturn:
        """Always refuses, because this store has no connection.

        Raises:
            UnitOfWorkError: always.
        """
        raise UnitOfWorkError("The in-memory store has no connection: rows of the host's own need PostgreSQL.")

    def selects(self, reading: Reading, require_open: Callable[[], None]) -> SelectConnection:
        """As `Transaction.selects`: a function of the host's answers, if there is one."""
        if self.database.sql is None:
            raise SqlUnanswered
        return AnsweredConnection(self.database.sql, reading, require_open)

    def require_usable(self) -> None:
        """As `Transaction.require_usable`."""
        self.database.require_usable()

    def require_unbroken(self) -> None:
        """Does nothing, because nobody else can reach the transaction."""

    async def begin(self) -> None:
        """As `Transaction.begin`; from now on a snapshot keeps the rows that others change as they were."""
        root = self._opening.root
        if self._opening.kind is UNIT and root is not None:
            self._require_there(root)
        elif self._opening.kind is SNAPSHOT:
            for tenant in self._seen():
                self.overlay.committed.snapshots.setdefault(tenant, []).append(self.overlay.view)

    async def was_taken_back(self) -> bool:
        """Always False, because nobody else can reach the transaction."""
        return False

    def rows(self, model: Model[E]) -> MemoryRows[E]:
        """As `Transaction.rows`."""
        tenant = part_of_key(self._opening.tenant_for(self.catalogue, model))
        return MemoryRows(self.overlay, tenant, self.database.schema.tables[model.table], self.database)

    async def commit(self) -> None:
        """As `Transaction.commit`."""
        commit(self.database.schema, self.overlay)

    async def end(self) -> None:
        """As `Transaction.end`."""
        if self._opening.kind is SNAPSHOT:
            self._forget_snapshot()

    def _require_there(self, root: Model[Validated]) -> None:
        if self.overlay.view.row(root.table, (self.tenant,)) is None:
            raise NotFound(root.name, self._opening.root_id)

    def _seen(self) -> set[object]:
        """The roots whose rows the unit sees: its own, and None for rows of no root, if there are any."""
        return {self.tenant, None} if self.catalogue.may_be_alone else {self.tenant}

    def _forget_snapshot(self) -> None:
        snapshots = self.overlay.committed.snapshots
        for tenant in self._seen():
            others = [view for view in snapshots.get(tenant, ()) if view is not self.overlay.view]
            if others:
                snapshots[tenant] = others
            else:
                snapshots.pop(tenant, None)
