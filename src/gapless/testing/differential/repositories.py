"""A repository as programs use it, whether its entity is audited or not."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Protocol

from gapless.kit.cursors import Cursor
from gapless.kit.ids import RowId
from gapless.kit.model import Validated


class AnyRepository(Protocol):
    """A repository as a program uses it: with an audit record and events behind its arguments, or without."""

    def get(self, id: RowId, *, include_deleted: bool) -> Awaitable[Validated]:
        """As ReadRepository.get."""
        ...

    def find(
        self,
        where: object,
        *,
        order: object,
        after: Validated | Cursor | None,
        before: Validated | Cursor | None,
        limit: int | None,
        include_deleted: bool,
    ) -> Awaitable[tuple[Validated, ...]]:
        """As ReadRepository.find."""
        ...

    def find_by_ids(self, ids: Sequence[RowId], *, include_deleted: bool) -> Awaitable[tuple[Validated, ...]]:
        """As ReadRepository.find_by_ids."""
        ...

    def count(self, where: object, *, include_deleted: bool) -> Awaitable[int]:
        """As ReadRepository.count."""
        ...

    def exists(self, where: object, *, include_deleted: bool) -> Awaitable[bool]:
        """As ReadRepository.exists."""
        ...

    def sum(self, of: object, where: object, *, include_deleted: bool) -> Awaitable[object]:
        """As ReadRepository.sum."""
        ...

    def greatest(self, of: object, where: object, *, include_deleted: bool) -> Awaitable[object]:
        """As ReadRepository.greatest."""
        ...

    def least(self, of: object, where: object, *, include_deleted: bool) -> Awaitable[object]:
        """As ReadRepository.least."""
        ...

    def count_by(self, by: object, where: object, *, include_deleted: bool) -> Awaitable[object]:
        """As ReadRepository.count_by."""
        ...

    def add(self, row: Validated, *told: object) -> Awaitable[Validated]:
        """As AuditedRepository.add."""
        ...

    def add_all(self, rows: Sequence[Validated], *told: object) -> Awaitable[tuple[Validated, ...]]:
        """As AuditedRepository.add_all."""
        ...

    def save(self, row: Validated, *told: object) -> Awaitable[Validated]:
        """As AuditedRepository.save."""
        ...

    def save_unaudited(self, row: Validated, *events: object) -> Awaitable[Validated]:
        """As AuditedRepository.save_unaudited."""
        ...

    def remove(self, row: Validated, *told: object) -> Awaitable[None]:
        """As AuditedRepository.remove."""
        ...

    def update_where(self, where: object, values: object, *told: object, include_deleted: bool) -> Awaitable[int]:
        """As AuditedRepository.update_where."""
        ...

    def delete_where(self, where: object, *told: object, include_deleted: bool) -> Awaitable[int]:
        """As AuditedRepository.delete_where."""
        ...
