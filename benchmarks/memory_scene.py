"""A store in memory and a plain dict with the same rows, side by side.

Both are handed the same values, made before; the dict gets them with the versions that the store gives. It decides
nothing, locks nothing and can't roll back: it is what a test writes that has no store in memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar
from uuid import UUID

import attrs

from benchmarks.measurement import Side, SidesDiffer
from gapless.domain.users import User
from gapless.kit.audit import Actor, AuditRecord
from gapless.kit.ids import OrganizationId
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store, UnitOfWork

R = TypeVar("R", OutboxEvent, User)
ACTOR = Actor.system("benchmark")


@attrs.frozen(kw_only=True)
class Values(Generic[R]):
    """What one step works with.

    Attributes:
        added: the row as it is handed to the store.
        stored: the row as the store keeps it then.
        saved: the row as it is handed over to be saved.
        kept: the row as the store keeps it in the end.
        audits: those of the addition and of the saving; none if the row is not audited.
    """

    added: R
    stored: R
    saved: R
    kept: R
    audits: Sequence[AuditRecord] = ()


class PlainRows(Generic[R]):
    """Rows in a dict and audit records in a list, behind plain async functions."""

    def __init__(self, rows: Sequence[R]) -> None:
        self.rows: dict[UUID, R] = {row.id: row for row in rows}
        self.audits: list[AuditRecord] = []

    async def add(self, row: R) -> R:
        """Keeps a new row."""
        self.rows[row.id] = row
        return row

    async def add_audited(self, row: R, audit: AuditRecord) -> R:
        """Keeps a new row and its audit record."""
        self.rows[row.id] = row
        self.audits.append(audit)
        return row

    async def get(self, id: UUID) -> R:
        """The row with this id."""
        return self.rows[id]

    async def save(self, row: R) -> R:
        """Keeps a changed row."""
        self.rows[row.id] = row
        return row

    async def save_audited(self, row: R, audit: AuditRecord) -> R:
        """Keeps a changed row and its audit record."""
        self.rows[row.id] = row
        self.audits.append(audit)
        return row

    async def commit(self) -> None:
        """Has nothing to do: everything is kept already."""


@attrs.frozen(kw_only=True)
class Scene(ABC, Generic[R]):
    """A store and a dict with the same rows, and the values for all steps.

    Attributes:
        store: the store in memory.
        plain: the dict.
        home: the organization whose rows they are.
        size: how many rows are stored between the rounds.
        steps: how many steps a round has.
        values: one for each step of all rounds, in their order.
    """

    store: Store
    plain: PlainRows[R]
    home: OrganizationId
    size: int
    steps: int
    values: Sequence[Values[R]]

    @abstractmethod
    async def step_ours(self, place: int) -> None:
        """One unit of work: add, get, save, commit."""

    @abstractmethod
    async def step_plain(self, place: int) -> None:
        """The same with the dict."""

    @abstractmethod
    async def taken_out(self, unit: UnitOfWork, values: Sequence[Values[R]]) -> tuple[int, list[R], list[AuditRecord]]:
        """Takes rows out of the store again; returns how many it held, and these rows and records as it held them."""

    def side_ours(self) -> Side:
        """The store, as it is measured."""
        rounds = iter(range(len(self.values)))
        return Side(step=self.step_ours, after=lambda: self.clear_ours(next(rounds)))

    def side_plain(self) -> Side:
        """The dict, as it is measured."""
        rounds = iter(range(len(self.values)))
        return Side(step=self.step_plain, after=lambda: self.clear_plain(next(rounds)))

    async def clear_ours(self, number: int) -> None:
        """Sees to it that the store holds what it should after a round, and takes the round's rows out again.

        Raises:
            SidesDiffer: it holds something else.
        """
        async with self.store.unit(self.home) as unit:
            self._require(number, *await self.taken_out(unit, self._of_round(number)))
            await unit.commit()

    async def clear_plain(self, number: int) -> None:
        """The same with the dict.

        Raises:
            SidesDiffer: it holds something else.
        """
        rows, audits = len(self.plain.rows), list(self.plain.audits)
        self.plain.audits.clear()
        self._require(number, rows, [self.plain.rows.pop(each.kept.id) for each in self._of_round(number)], audits)

    def _of_round(self, number: int) -> Sequence[Values[R]]:
        return self.values[number * self.steps : (number + 1) * self.steps]

    def _require(self, number: int, rows: int, found: list[R], audits: list[AuditRecord]) -> None:
        values = self._of_round(number)
        told = [audit for each in values for audit in each.audits]
        if (rows, found, audits) != (self.size + len(values), [each.kept for each in values], told):
            raise SidesDiffer("a unit in memory: the two sides have left different data.")
