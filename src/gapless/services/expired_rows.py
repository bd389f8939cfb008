"""Removing for good the users or the knowledge items that were deleted one by one, in an organization that stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar
from uuid import UUID

import attrs

from gapless.application.recording import Recording
from gapless.application.refusals import REFUSED_INSIDE
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit import all_of, between, known, model_of
from gapless.kit.errors import ConcurrencyConflict, NotFound, RowUnreadable
from gapless.kit.ids import OrganizationId
from gapless.kit.json_object import JsonObject
from gapless.kit.ports import Clock, IdFactory, Store, UnitOfWork
from gapless.services.cleanup_outcomes import (
    CLEANUP,
    Blocked,
    Purged,
    Tell,
    Unfinished,
    Unreadable,
    attempted,
    blocking,
    tell_unreadable,
)

D = TypeVar("D", User, KnowledgeItem)

# Below the id of every row.
NO_ID = UUID(int=0)


def is_expired(row: User | KnowledgeItem, cutoff: datetime) -> bool:
    """Whether a row was deleted at that time (UTC) or before: of a symbolic row the condition."""
    return all_of(row.is_deleted, known(row.deleted_at) <= cutoff)


@attrs.frozen(kw_only=True)
class ExpiredRows(Generic[D]):
    """Removes the expired rows of one entity, in batches: each has a unit of work and an entry of its own.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
        entity: User or KnowledgeItem.
        organization_id: whose rows are removed, unless it is deleted itself.
        cutoff: until when a row was deleted that is expired (UTC).
        batch: how many rows a unit of work removes at most.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _entity: type[D]
    _organization_id: OrganizationId
    _cutoff: datetime
    _batch: int

    async def remove(self, tell: Tell) -> None:
        """Removes what is expired. A row that a rule keeps, or that can't be read, is found by halving; the others go.

        Args:
            tell: is told each outcome.
        """
        after, size = NO_ID, self._batch
        kept: dict[str, list[Blocked]] = {}
        while found := await self._found(after, size, tell):
            organization, rows = found
            try:
                outcome = await attempted(partial(self._removed, rows), self._organization_id)
            except REFUSED_INSIDE as error:
                if len(rows) == 1:
                    after = rows[0].id
                    reason = blocking(error, self._organization_id, self._entity.__name__)
                    kept.setdefault(reason, []).append(self._blocked(organization, reason))
                size = max(len(rows) // 2, 1)
                continue
            if outcome is None:
                break
            if isinstance(outcome, Unreadable) and len(rows) > 1:
                size = len(rows) // 2
                continue
            tell(outcome)
            if isinstance(outcome, Unfinished):
                break
            after, size = rows[-1].id, min(size * 2, self._batch)
        for same in kept.values():
            tell(attrs.evolve(same[0], count=len(same)))

    async def _found(self, after: UUID, size: int, tell: Tell) -> tuple[Organization, tuple[D, ...]] | None:
        """The organization and its next expired rows, or None if there are none, or the organization does not stay."""
        async with self._store.reading(self._organization_id) as reading:
            found = await reading.of(self._entity).find_readable(
                lambda row: all_of(is_expired(row, self._cutoff), row.id > after), limit=size, include_deleted=True
            )
            tell_unreadable(found.left_out, tell)
            if not found.rows:
                return None
            try:
                return await reading.of(Organization).get(self._organization_id), found.rows
            except NotFound:
                return None
            except RowUnreadable as error:
                tell_unreadable(error.rows, tell)
                return None

    async def _removed(self, rows: tuple[D, ...]) -> Purged | None:
        """Removes those of these rows that are still expired; None if the organization does not stay any more."""
        first, last = rows[0].id, rows[-1].id

        def wanted(row: D) -> bool:
            return all_of(is_expired(row, self._cutoff), between(row.id, first, last))

        try:
            async with self._store.unit(self._organization_id) as unit:
                organization = await unit.of(Organization).get(self._organization_id)
                record = Recording(self._ids, self._clock.now(), CLEANUP)
                purged = await removed(unit, self._entity, wanted, organization, record)
                await unit.commit()
        except NotFound:
            return None
        return purged

    def _blocked(self, organization: Organization, rule: str) -> Blocked:
        return Blocked(
            organization_id=organization.id,
            slug=organization.slug,
            entity=self._entity.__name__,
            rule=rule,
            count=1,
        )


async def removed(
    unit: UnitOfWork,
    entity: type[D],
    where: Callable[[D], bool],
    organization: Organization,
    record: Recording,
) -> Purged:
    """Removes rows for good, deleted or not, and tells their ids in one entry; no row leaves no entry.

    Args:
        unit: the unit of work that does it.
        entity: User or KnowledgeItem.
        where: which rows.
        organization: whose rows they are; the entry is about it.
        record: makes the entry.

    Raises:
        RuleViolated: a rule keeps one of the rows.
        ConcurrencyConflict: others were removed than had been there, as where a trigger of the host's silently keeps
            some.
    """
    repository = unit.of(entity)
    rows = await repository.find(where, include_deleted=True)
    if rows:
        metadata = JsonObject({"ids": [str(row.id) for row in rows]})
        entry = record.entry(f"{model_of(entity).table}.purged", organization, organization, metadata)
        if await repository.delete_where(where, entry, include_deleted=True) != len(rows):
            raise ConcurrencyConflict  # the entry would tell of rows that stay, or went with somebody else
    number = len(rows)
    if entity is User:
        return Purged(organization_id=organization.id, users=number)
    return Purged(organization_id=organization.id, knowledge_items=number)
