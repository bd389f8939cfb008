"""Forgets the expired processed commands of all roots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial

import attrs

from gapless.application.cleanup_outcomes import (
    Blocked,
    Purged,
    Tell,
    Unfinished,
    Unreadable,
    attempted,
    blocking,
    tell_unreadable,
)
from gapless.application.refusals import REFUSED_INSIDE
from gapless.kit import Model, all_of, nullable
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import ConcurrencyConflict
from gapless.kit.ids import RootId
from gapless.kit.ports import Store
from gapless.kit.row_keys import Found


@attrs.frozen(kw_only=True)
class ExpiredCommands:
    """Forgets expired commands in batches, the oldest first; a command that the database refuses to forget delays none.

    Args:
        store: the store that keeps them.
        now: a command that expired by this time (UTC) is forgotten.
        batch: how many a unit of work forgets, or more if some of them have the same time.
        commands: the model of the commands.
        root: the name of the entity of their root.
    """

    _store: Store
    _now: datetime
    _batch: int
    _commands: Model[ProcessedCommand]
    _root: str

    async def forget(self, tell: Tell) -> None:
        """Forgets what has expired.

        Args:
            tell: is called with each outcome.
        """
        after: ProcessedCommand | None = None
        kept: Counter[tuple[RootId, str]] = Counter()
        while True:
            found = await self._found(after)
            outcome = await self._all_forgotten(found.rows, since=after if kept else None)
            if isinstance(outcome, Unfinished):
                tell(outcome)
                break
            if outcome is None:
                tell_unreadable(found.left_out, tell)
                for row in found.rows:
                    await self._forgotten_alone(row, kept, tell)
            elif outcome.rows:  # otherwise another run was faster
                tell(outcome)
            if not found.rows:
                break
            after = found.rows[-1]
        for (root_id, reason), count in kept.items():
            entity = self._commands.name
            tell(Blocked(root_id=root_id, root=self._root, label=None, entity=entity, rule=reason, count=count))

    async def _found(self, after: ProcessedCommand | None) -> Found[ProcessedCommand]:
        async with self._store.system() as unit:
            return await unit.of(self._commands.entity).find_readable(
                self._is_expired, order=lambda command: command.expires_at, after=after, limit=self._batch
            )

    async def _all_forgotten(
        self, rows: Sequence[ProcessedCommand], since: ProcessedCommand | None
    ) -> Purged | Unfinished | None:
        """Forgets these commands in one unit; None if there are none, or if the database keeps one of them."""
        if not rows:
            return None
        try:
            outcome = await attempted(partial(self._forgotten, rows, since))
        except REFUSED_INSIDE:
            return None
        return None if isinstance(outcome, Unreadable) else outcome

    async def _forgotten(self, rows: Sequence[ProcessedCommand], since: ProcessedCommand | None) -> Purged | None:
        """Forgets these commands and others of the same times, and if `since` is given, all from its time on."""
        last = rows[-1].expires_at

        def wanted(command: ProcessedCommand) -> bool:
            until = nullable(command.expires_at) <= nullable(last)
            return until if since is None else all_of(until, nullable(command.expires_at) >= nullable(since.expires_at))

        async with self._store.system() as unit:
            commands = unit.of(self._commands.entity)
            number = await commands.delete_where(wanted)
            if number < len(rows) and await commands.count(wanted):
                return None  # something kept them silently, such as a trigger
            await unit.commit()
        return Purged(root_id=None, rows={self._commands.table: number})

    async def _forgotten_alone(self, row: ProcessedCommand, kept: Counter[tuple[RootId, str]], tell: Tell) -> None:
        try:
            outcome = await attempted(partial(self._one_forgotten, row), self._root, row.root_id)
        except REFUSED_INSIDE as error:
            kept[row.root_id, blocking(error, row.root_id, self._commands.name)] += 1
            return
        if not isinstance(outcome, Purged) or outcome.rows:
            tell(outcome)

    async def _one_forgotten(self, row: ProcessedCommand) -> Purged:
        def is_it(command: ProcessedCommand) -> bool:
            same_key = all_of(command.kind == row.kind, command.key == row.key)
            return all_of(command.root_id == row.root_id, same_key)

        async with self._store.system() as unit:
            commands = unit.of(self._commands.entity)
            number = await commands.delete_where(lambda command: all_of(is_it(command), self._is_expired(command)))
            if await commands.count(is_it):
                raise ConcurrencyConflict  # something kept it silently, such as a trigger
            await unit.commit()
        return Purged(root_id=None, rows={self._commands.table: number})

    def _is_expired(self, command: ProcessedCommand) -> bool:
        return nullable(command.expires_at) <= self._now
