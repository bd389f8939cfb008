"""Removes for good what was soft-deleted long enough ago (INTEGRITY-007), and what was released."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import cast
from uuid import UUID

import attrs

from gapless.application.arguments import duration, whole_number
from gapless.application.bulk_writes import roots, soft_rows
from gapless.application.cleanup_outcomes import (
    CleanupReport,
    Outcome,
    Purged,
    Tell,
    report_of,
    tell_unreadable,
)
from gapless.application.cleanup_rights import uses_of
from gapless.application.expired_commands import ExpiredCommands
from gapless.application.expired_rows import ExpiredRows, is_expired
from gapless.application.processed_commands import commands_by_root
from gapless.application.purge_records import notes_of, purge_kind
from gapless.application.released_rows import ReleasedRows, is_released
from gapless.application.root_purge import RootPurge
from gapless.application.roots_of_rows import RootsOfRows
from gapless.kit import Catalogue, Model, all_of, one_of
from gapless.kit.columns import INTEGER_RANGES, ColumnType
from gapless.kit.errors import InvalidValue
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.plain import kind_of
from gapless.kit.ports import Clock, IdFactory, Store
from gapless.kit.root_removal import cleaned_below, cleaned_roots, deleted_softly, releasable, unlinked
from gapless.kit.soft_deletion import SoftDeletableRoot, SoftDeletableRow, is_soft_deletable

DEFAULT_BATCH = 1000
GREATEST_BATCH = 10_000
PAGE = 500
LEAST: Mapping[ColumnType, RootId] = MappingProxyType(
    {
        ColumnType.UUID: UUID(int=0),
        ColumnType.TEXT: "",
        **{kind: least for kind, (least, _) in INTEGER_RANGES.items()},
    }
)
"""The least key that a root can have, by its type."""


@attrs.frozen(kw_only=True)
class Cleanup:
    """Removes for good what was soft-deleted long enough ago, and what was released.

    Args:
        store: the store that keeps the rows.
        clock: tells the time.
        ids: makes ids.
        catalogue: the catalogue of the store; the references in it say what keeps a root from being removed.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _catalogue: Catalogue

    async def purge_expired(
        self,
        retention: timedelta,
        *,
        batch: int = DEFAULT_BATCH,
        progress: Callable[[Purged], None] | None = None,
    ) -> CleanupReport:
        """Removes deleted roots for good, then deleted rows of the other roots (INTEGRITY-007).

        It goes through the roots of the catalogue in its order, and cleans each one by units of work of its own.

        It removes what was deleted at least `retention` ago. A purge that has already begun is finished in any case. So
        is every release: what still refers to a released row, as calls to a released number, is unlinked, and the row
        is removed. Processed commands that have expired are forgotten as well. All of it happens in units of work of a
        limited size, each under the lock of its root. Several runs at once share the work, and a run that is
        stopped loses nothing, because the next run goes on.

        A root with an invoice, or with a row of the host's that keeps it, stays as it is, and the report names
        it. If others are in the way, a root is tried a few times, and then again by the next run.

        Args:
            retention: how long deleted rows are kept; zero or more.
            batch: how many rows of each entity a unit of work removes at most, 1 to 10,000.
            progress: is called after each unit of work with what it has removed. If it raises anything, the run ends.

        Returns:
            What was removed, and what had to stay.

        Raises:
            InvalidValue: `retention` is not a timedelta, is negative, or reaches back before the year 1; or `batch` or
                `progress` is not what it must be.
            AccessDenied: the store's role lacks a right that a cleanup needs; nothing was touched.
            ClockSkewed: the clock is ahead of the store's own clock by more than `Limits.clock`; nothing was removed.
            StoreUnavailable: the store can't be reached; what was removed before stays removed.
        """
        now = self._clock.now()
        cutoff = _cutoff(now, retention)
        batch = whole_number("batch", batch, 1, GREATEST_BATCH)
        _require_progress(progress)
        await self._store.require_rights(*uses_of(self._catalogue))
        # Only a clock that is ahead is refused: one that is behind removes too little, which is safe (decision 0033).
        await self._store.require_not_ahead(now)
        outcomes: list[Outcome] = []

        def tell(outcome: Outcome) -> None:
            outcomes.append(outcome)
            if progress is not None and isinstance(outcome, Purged):
                progress(outcome)

        for root in cleaned_roots(self._catalogue):
            await self._clean(root, cutoff, batch, tell)
        await self._forget_commands(now, batch, tell)
        return _report(self._catalogue, outcomes)

    async def _clean(self, root: Model[Validated], cutoff: datetime, batch: int, tell: Tell) -> None:
        """Removes the deleted rows of a root, and then what is released and deleted in those that stay."""
        if is_soft_deletable(root):
            await self._purge_roots(root, cutoff, batch, tell)
        for model in reversed(releasable(self._catalogue, root)):
            await self._remove_released(root, model, batch, tell)
        for model in reversed(deleted_softly(self._catalogue, root)):  # rows go before the rows that they refer to
            await self._remove_expired(root, model, cutoff, batch, tell)

    async def _purge_roots(self, model: Model[Validated], cutoff: datetime, batch: int, tell: Tell) -> None:
        after = None
        while page := await self._deleted(model, after, tell):
            after = page[-1]
            begun = await self._begun(model, [root.id for root in page], tell)
            for root in page:
                expired = root.deleted_at is not None and root.deleted_at <= cutoff
                if expired or root.id in begun:
                    purge = RootPurge(
                        store=self._store,
                        clock=self._clock,
                        ids=self._ids,
                        catalogue=self._catalogue,
                        root=root,
                        cutoff=cutoff,
                        batch=batch,
                    )
                    await purge.remove(tell)

    async def _deleted(
        self, model: Model[Validated], after: SoftDeletableRoot | None, tell: Tell
    ) -> tuple[SoftDeletableRoot, ...]:
        async with self._store.system() as unit:
            found = await roots(unit, model).find_readable(
                lambda root: root.is_deleted, after=after, limit=PAGE, include_deleted=True
            )
        tell_unreadable(found.left_out, tell)
        return found.rows

    async def _begun(self, model: Model[Validated], ids: list[RootId], tell: Tell) -> set[RootId]:
        """Those of these roots whose purge has begun."""
        kind, notes = purge_kind(model.entity), notes_of(self._catalogue, model)
        async with self._store.system() as unit:
            commands = await unit.of(notes).find_readable(
                lambda command: all_of(one_of(command.root_id, *ids), command.kind == kind)
            )
        tell_unreadable(commands.left_out, tell)
        return {command.root_id for command in commands.rows}

    async def _remove_expired(
        self, root: Model[Validated], model: Model[Validated], cutoff: datetime, batch: int, tell: Tell
    ) -> None:
        rows_of = partial(
            ExpiredRows,
            store=self._store,
            clock=self._clock,
            ids=self._ids,
            catalogue=self._catalogue,
            root=root,
            model=model,
            cutoff=cutoff,
            batch=batch,
        )
        await self._remove_in_each(model, lambda row: is_expired(row, cutoff), rows_of, tell)

    async def _remove_released(self, root: Model[Validated], model: Model[Validated], batch: int, tell: Tell) -> None:
        rows_of = partial(
            ReleasedRows,
            store=self._store,
            clock=self._clock,
            ids=self._ids,
            catalogue=self._catalogue,
            root=root,
            model=model,
            batch=batch,
        )
        await self._remove_in_each(model, lambda row: is_released(model, row), rows_of, tell)

    async def _remove_in_each(
        self,
        model: Model[Validated],
        wanted: Callable[[SoftDeletableRow], bool],
        rows_of: Callable[..., ExpiredRows | ReleasedRows],
        tell: Tell,
    ) -> None:
        """Removes what is wanted, one root after another, in the order of their ids if rows have them."""
        if model.through is not None:
            roots_of = RootsOfRows(store=self._store, catalogue=self._catalogue, model=model, wanted=wanted)
            async for root_id in roots_of.found(tell):
                await rows_of(root_id=root_id).remove(tell)
            return
        after: RootId | None = None
        while ids := await self._with_rows(model, wanted, after, tell):
            after = ids[-1]
            for root_id in ids:
                await rows_of(root_id=root_id).remove(tell)

    async def _with_rows(
        self,
        model: Model[Validated],
        wanted: Callable[[SoftDeletableRow], bool],
        after: RootId | None,
        tell: Tell,
    ) -> list[RootId]:
        """The next roots that have such rows, in the order of their ids."""

        def home(row: SoftDeletableRow) -> RootId:
            return cast(RootId, getattr(row, model.named_tenant))

        # The type checker knows no order of keys in general, so it takes them for numbers.
        least, last = cast(int, LEAST[model.column(model.named_tenant).type]), cast("int | None", after)

        def behind(row: SoftDeletableRow) -> bool:
            # The first page has a bound as well, which leaves nothing out: so an index is entered, and not read whole.
            key = cast(int, home(row))
            return key >= least if last is None else key > last

        async with self._store.system() as unit:
            found = await soft_rows(unit, model).find_readable(
                lambda row: all_of(wanted(row), behind(row)),
                order=home,
                limit=PAGE,
                include_deleted=True,
            )
        tell_unreadable(found.left_out, tell)
        return list(dict.fromkeys(map(home, found.rows)))

    async def _forget_commands(self, now: datetime, batch: int, tell: Tell) -> None:
        for root, commands in commands_by_root(self._catalogue):
            forgetting = ExpiredCommands(store=self._store, now=now, batch=batch, commands=commands, root=root.name)
            await forgetting.forget(tell)


def _report(catalogue: Catalogue, outcomes: Iterable[Outcome]) -> CleanupReport:
    """The report of a cleanup, which names all tables and roots that it could remove something of."""
    homes = cleaned_roots(catalogue)
    tables = dict.fromkeys(model.table for root in homes for model in cleaned_below(catalogue, root))
    commands = dict.fromkeys(model.table for _, model in commands_by_root(catalogue))
    linking = dict.fromkeys(model.table for root in homes for model, _ in unlinked(catalogue, root))
    return report_of(outcomes, (*tables, *commands), linking, [root.name for root in homes if is_soft_deletable(root)])


def _cutoff(now: datetime, retention: timedelta) -> datetime:
    given = duration("retention", retention)
    try:
        return now - given
    except OverflowError:
        said = f"retention reaches back to the year 1 at most, not for {given.days} days."
        raise InvalidValue("retention", said, fields=("retention",)) from None


def _require_progress(progress: object) -> None:
    """Refuses a `progress` that can't be called before the first removal, and not after it."""
    if progress is not None and not callable(progress):
        raise InvalidValue("progress", f"progress must be a function, not {kind_of(progress)}.", fields=("progress",))
