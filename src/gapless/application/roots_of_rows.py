"""The roots of rows that have no field for them: they stand at the end of the ways of such rows.

See docs/decisions/0059-belonging-through-a-row.md.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from typing import cast

import attrs

from gapless.application.bulk_writes import released_or_not, soft_rows
from gapless.application.cleanup_outcomes import Tell, tell_unreadable
from gapless.kit import Catalogue, Model, all_of, any_of, one_of
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.ports import Store, SystemUnit
from gapless.kit.soft_deletion import SoftDeletableRow
from gapless.kit.ways import WayStep

PAGE = 500
"""How many rows are read at once."""


@attrs.frozen(kw_only=True)
class RootsOfRows:
    """Finds the roots that have certain rows of an entity without a field for its root.

    Args:
        store: the store that keeps the rows.
        catalogue: the catalogue of the store, which has the ways of the rows.
        model: the model of the entity, whose rows can be soft-deleted.
        wanted: which rows.
    """

    _store: Store
    _catalogue: Catalogue
    _model: Model[Validated]
    _wanted: Callable[[SoftDeletableRow], bool]

    async def found(self, tell: Tell) -> AsyncIterator[RootId]:
        """The roots, each once, page by page of their rows.

        Args:
            tell: is called with what can't be read.
        """
        after: SoftDeletableRow | None = None
        known: set[RootId] = set()
        while True:
            rows, roots = await self._next(after, tell)
            for root in roots:
                if root not in known:
                    known.add(root)
                    yield root
            if not rows:
                return
            after = rows[-1]

    async def _next(
        self, after: SoftDeletableRow | None, tell: Tell
    ) -> tuple[Sequence[SoftDeletableRow], Iterable[RootId]]:
        """The next rows, and the roots to which they belong."""
        async with self._store.system() as unit:
            found = await soft_rows(unit, self._model).find_readable(
                self._wanted, after=after, limit=PAGE, include_deleted=True
            )
            tell_unreadable(found.left_out, tell)
            rows: Sequence[object] = found.rows
            steps = self._catalogue.way(self._model)
            for step in steps:
                rows = await _parents(unit, step, rows, tell) if rows else ()
        tenant = steps[-1].parent.named_tenant
        return found.rows, dict.fromkeys(cast(RootId, getattr(row, tenant)) for row in rows)


async def _parents(unit: SystemUnit, step: WayStep, rows: Sequence[object], tell: Tell) -> Sequence[object]:
    """The rows to which rows refer, deleted or not."""
    keys = dict.fromkeys(tuple(cast(object, getattr(row, own.name)) for own, _ in step.links) for row in rows)
    names = [key.name for _, key in step.links]
    parents = await soft_rows(unit, step.parent).find_readable(
        lambda parent: all_of(has_key(parent, names, keys), released_or_not(step.parent, parent)), include_deleted=True
    )
    tell_unreadable(parents.left_out, tell)
    return parents.rows


def has_key(row: object, names: Sequence[str], keys: Collection[tuple[object, ...]]) -> bool:
    """The condition that a row has one of these keys, in the fields with these names.

    Args:
        row: the row.
        names: the names of the fields.
        keys: their values.
    """
    columns = [cast(object, getattr(row, name)) for name in names]
    # That each field has one of its values follows from the rest, and is what an index answers, however many they are.
    near = (
        one_of(column, *dict.fromkeys(values)) for column, values in zip(columns, zip(*keys, strict=True), strict=True)
    )
    if len(columns) == 1:
        return all_of(*near)
    exact = (all_of(*(column == value for column, value in zip(columns, key, strict=True))) for key in keys)
    return all_of(*near, any_of(*exact))
