"""The purge of one deleted organization, in units of work of a bounded size, each under its lock (INTEGRITY-007).

found expired ──a unit of work──> begun ──units of work──> gone
      │                             │
      └──────── blocked <───────────┘   by a row that keeps it: nothing more is touched, and the next run looks again
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import cast

import attrs

from gapless.application.handled import find_handled
from gapless.application.recording import Recording
from gapless.application.refusals import REFUSED_INSIDE
from gapless.domain.calls import Call
from gapless.domain.events import OrganizationPurged
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit import Catalogue, Entity, Model, OnDelete, Reference, all_of, is_null, negate
from gapless.kit.commands import HandledCommand
from gapless.kit.errors import NotFound
from gapless.kit.json_object import GREATEST_INTEGER, Json, JsonObject
from gapless.kit.model import Judged
from gapless.kit.ports import Clock, IdFactory, Store, UnitOfWork
from gapless.kit.queries import assign
from gapless.services.cleanup_outcomes import CLEANUP, Blocked, Purged, Tell, attempted, blocking
from gapless.services.expired_rows import D, removed
from gapless.services.purging import PURGE, begin, purge_key

# The whole trail moves to the archive in the last unit, and nobody waits for the lock of a deleted organization.
PURGE_SECONDS = 300.0
# What a purge has to remove by itself; everything else goes along by a cascade.
REMOVED = (Organization, Call)


@attrs.frozen(kw_only=True)
class OrganizationPurge:
    """Removes one deleted organization for good.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
        catalogue: the references of its entities say what keeps an organization.
        organization: the one to remove, as it was found.
        cutoff: until when it was deleted if it is expired (UTC); one whose purge has begun is removed all the same.
        batch: how many rows of each entity a unit of work removes at most.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _catalogue: Catalogue
    _organization: Organization
    _cutoff: datetime
    _batch: int

    async def remove(self, tell: Tell) -> None:
        """Removes the organization, if it still is to be removed when its lock is held.

        Args:
            tell: is told each outcome.
        """
        whole = False
        while True:
            try:
                outcome = await attempted(partial(self._step, whole), self._organization.id)
            except REFUSED_INSIDE as error:
                if whole:
                    reason = blocking(error, self._organization.id, Organization.__name__)
                    return tell(self._blocked(reason, None))
                whole = True  # a row that keeps a user may go along with the organization
                continue
            if outcome is not None:
                tell(outcome)
            if not isinstance(outcome, Purged) or outcome.is_gone:
                return None

    async def _step(self, whole: bool) -> Purged | Blocked | None:
        """One unit of work; None if there is nothing to remove, or somebody else has done it.

        Args:
            whole: whether users and knowledge items only go together with the organization, however many there are.

        Raises:
            GaplessError: what REFUSED_INSIDE holds, if the catalogue does not tell of it beforehand.
        """
        try:
            async with self._store.unit(self._organization.id, seconds=PURGE_SECONDS) as unit:
                outcome = await self._carried_on(unit, whole)
                if isinstance(outcome, Purged):
                    await unit.commit()
        except NotFound:
            return None
        return outcome

    async def _carried_on(self, unit: UnitOfWork, whole: bool) -> Purged | Blocked | None:
        organization = await unit.of(Organization).get(self._organization.id, include_deleted=True)
        begun = await find_handled(unit, PURGE, purge_key(organization))
        if organization.deleted_at is None or (begun is None and organization.deleted_at > self._cutoff):
            return None
        for model, reference in keeping(self._catalogue):
            if number := await _number(unit, model, reference):
                return self._blocked(reference.name, number)
        record = Recording(self._ids, self._clock.now(), CLEANUP)
        if begun is None:
            await begin(unit, organization, record.at)
        purged = await self._batch_removed(unit, organization, record, whole)
        numbers = _added(purged, begun)
        if purged.is_gone:
            await _remove(unit, organization, record, numbers)
        else:
            await _remember(unit, organization, numbers)
        return purged

    async def _batch_removed(
        self, unit: UnitOfWork, organization: Organization, record: Recording, whole: bool
    ) -> Purged:
        """Removes what has to go before the organization; if all of that fits in the batch, it is its turn."""
        calls = await self._calls_removed(unit)
        purged = Purged(organization_id=organization.id, calls=calls)
        if calls == self._batch:
            return purged
        users = await unit.of(User).count(include_deleted=True)
        if users > self._batch and not whole:
            taken = await self._surplus_removed(unit, User, organization, record)
            return attrs.evolve(purged, users=taken.users)
        items = await unit.of(KnowledgeItem).count(include_deleted=True)
        if items > self._batch and not whole:
            taken = await self._surplus_removed(unit, KnowledgeItem, organization, record)
            return attrs.evolve(purged, knowledge_items=taken.knowledge_items)
        return attrs.evolve(purged, is_gone=True, users=users, knowledge_items=items)

    async def _calls_removed(self, unit: UnitOfWork) -> int:
        repository = unit.of(Call)
        calls = await repository.find(limit=self._batch)
        if not calls:
            return 0
        last = calls[-1].id
        return await repository.delete_where(lambda call: call.id <= last)

    async def _surplus_removed(
        self, unit: UnitOfWork, entity: type[D], organization: Organization, record: Recording
    ) -> Purged:
        rows = await unit.of(entity).find(limit=self._batch, include_deleted=True)
        last = rows[-1].id
        return await removed(unit, entity, lambda row: row.id <= last, organization, record)

    def _blocked(self, rule: str, count: int | None) -> Blocked:
        return Blocked(
            organization_id=self._organization.id,
            slug=self._organization.slug,
            entity=Organization.__name__,
            rule=rule,
            count=count,
        )


def keeping(catalogue: Catalogue) -> tuple[tuple[Model[Judged], Reference], ...]:
    """The references whose rows keep an organization from being removed for good, beside the model that has them.

    Those of its calls are none: a purge removes the calls itself, before anything else. What refers to a row that goes
    along keeps it, unless it goes along as well.
    """
    gone = going_along(catalogue)
    return tuple(
        (model, reference)
        for entity in gone
        for model, reference in catalogue.references_to[entity]
        if reference.on_delete is OnDelete.RESTRICT
        and (model.entity not in gone or entity in REMOVED)
        and model.entity is not Call
    )


def going_along(catalogue: Catalogue) -> tuple[type[Judged], ...]:
    """The entities whose rows go when an organization is removed: it, its calls, and what cascades from those."""
    gone = dict.fromkeys(cast("tuple[type[Judged], ...]", REMOVED))
    waiting = list(gone)
    while waiting:
        for model, reference in catalogue.references_to[waiting.pop()]:
            if reference.on_delete is OnDelete.CASCADE and model.entity not in gone:
                gone[model.entity] = None
                waiting.append(model.entity)
    return tuple(gone)


async def _number(unit: UnitOfWork, model: Model[Judged], reference: Reference) -> int:
    """How many rows keep the organization by this reference."""
    names = [column.name for column in reference.nulled]

    def refers(row: Entity) -> bool:
        return all_of(*(negate(is_null(cast(object, getattr(row, name)))) for name in names))

    return await unit.of(cast("type[Entity]", model.entity)).count(refers if names else None, include_deleted=True)


def _added(purged: Purged, begun: HandledCommand | None) -> dict[str, Json]:
    """How many rows the purge has removed so far, in all runs."""
    so_far = {} if begun is None else begun.result.to_dict()
    now = {"calls": purged.calls, "users": purged.users, "knowledge_items": purged.knowledge_items}
    return {name: min(number + _counted(so_far.get(name)), GREATEST_INTEGER) for name, number in now.items()}


def _counted(number: Json) -> int:
    """A number that an earlier run has remembered; nought for what somebody has written in its place."""
    return number if type(number) is int and number >= 0 else 0


async def _remember(unit: UnitOfWork, organization: Organization, numbers: dict[str, Json]) -> None:
    key = purge_key(organization)
    await unit.of(HandledCommand).update_where(
        lambda command: all_of(command.kind == PURGE, command.key == key),
        lambda command: (assign(command.result, JsonObject(numbers)),),
    )


async def _remove(unit: UnitOfWork, organization: Organization, record: Recording, numbers: dict[str, Json]) -> None:
    """Removes the organization with everything that is left of it; the entry goes to the archive with the trail."""
    entry = record.entry("organization.purged", organization, None, JsonObject(numbers))
    events = record.events(organization.id, [OrganizationPurged(organization_id=organization.id)])
    await unit.audit_trail.add(entry)
    await unit.of(Organization).remove(organization, entry, events)
