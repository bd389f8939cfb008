"""Enforces exclusions in memory: for each group of rows with equal fields it keeps their ranges in order.

See docs/decisions/0038-exclusion.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

import attrs

from gapless.adapters.memory.keys import Key, tests_of, values_in
from gapless.adapters.memory.ranges import NO_END, NO_START, Bound, Ranges
from gapless.adapters.memory.state import Committed, Overlay
from gapless.kit import Catalogue, Exclusion, Model
from gapless.kit.columns import Column
from gapless.kit.errors import ConcurrencyConflict
from gapless.kit.model import Validated
from gapless.kit.python_compiler import PythonSource, bound

Held: TypeAlias = tuple[Key, Bound, Bound]
"""The fields that must be equal in two rows that exclude each other, and the range of a row."""
HeldBy: TypeAlias = Callable[[object], Held | None]
Groups: TypeAlias = dict[Key, Ranges]
"""The ranges of the rows in each group; for a unit, of the rows that it has written."""


def held_where(rule: Exclusion) -> HeldBy:
    """Compiles a function for what a row excludes; it gives None if one of its fields is null or its range is empty."""
    source = PythonSource()
    start, end = f"o.{rule.start.name}", f"o.{rule.end.name}"
    emptiness = f"{start} != {end}" if not (rule.start.nullable and rule.end.nullable) else _may_be_open(start, end)
    tests = [*tests_of(source, rule.fields, rule.where), f"({emptiness})"]
    parts = f"({values_in(rule.fields)}, {_bound(rule.start, NO_START)}, {_bound(rule.end, NO_END)})"
    return cast(HeldBy, bound("o", f"({parts} if {' and '.join(tests)} else None)", source.constants))


def _may_be_open(start: str, end: str) -> str:
    return f"{start} is None or {start} != {end}"


def _bound(column: Column, beyond: Bound) -> str:
    value = f"(1, o.{column.name})"
    return f"({value} if o.{column.name} is not None else {beyond!r})" if column.nullable else value


@attrs.frozen(eq=False)
class ExclusionEnforcer:
    """Enforces an exclusion: `held` gives what a row keeps others from having."""

    name: str
    model: Model[Validated]
    rule: Exclusion
    held: HeldBy

    @classmethod
    def of(cls, _: Catalogue, model: Model[Validated], rule: Exclusion) -> ExclusionEnforcer:
        """Makes the enforcer of a rule."""
        return cls(rule.name, model, rule, held_where(rule))

    def empty(self) -> Groups:
        """The index for no rows."""
        return {}

    def hold(self, overlay: Overlay, before: Validated | None, after: Validated | None, key: Key) -> None:
        """Takes the range of a changed row, and gives back the one that it had.

        Raises:
            RuleViolated: the range overlaps the range of another row.
        """
        old = None if before is None else self.held(before)
        new = None if after is None else self.held(after)
        taken = overlay.indexes.of(self)
        if old is not None:
            _discard(taken, old, key)
        if new is None:
            return
        if new != old and not self._is_free(overlay, taken, new, key):
            raise self.model.violated(self.rule)
        _add(taken, new, key)

    def _is_free(self, overlay: Overlay, taken: Groups, wanted: Held, key: Key) -> bool:
        group, start, end = wanted
        mine = taken.get(group)
        if mine is not None and any(mine.overlapping(start, end)):
            return False
        return not self._is_taken_by_others(overlay, wanted, key)

    def _is_taken_by_others(self, overlay: Overlay, wanted: Held, key: Key) -> bool:
        """Whether a committed row that the unit did not write has a range that overlaps this one."""
        group, start, end = wanted
        theirs = overlay.committed.indexes.of(self).get(group)
        if theirs is None:
            return False
        written = overlay.view.replaced[self.model.table]
        return any(holder != key and holder not in written for holder in theirs.overlapping(start, end))

    def require_free(self, overlay: Overlay) -> None:
        """Refuses a commit if a range of the unit overlaps one that somebody else has taken meanwhile.

        Raises:
            ConcurrencyConflict: such a range exists.
        """
        for group, ranges in overlay.indexes.of(self).items():
            for start, end, key in ranges:
                if self._is_taken_by_others(overlay, (group, start, end), key):
                    raise ConcurrencyConflict

    def release(self, committed: Committed, before: Validated, key: Key) -> None:
        """Forgets the range of a committed row, when the commit changes that row."""
        held = self.held(before)
        if held is not None:
            _discard(committed.indexes.of(self), held, key)

    def keep(self, overlay: Overlay) -> None:
        """Keeps the ranges of a unit's rows, once all their old ranges are released."""
        committed = overlay.committed.indexes.of(self)
        for group, ranges in overlay.indexes.of(self).items():
            for start, end, key in ranges:
                _add(committed, (group, start, end), key)


def _add(groups: Groups, held: Held, key: Key) -> None:
    group, start, end = held
    ranges = groups.get(group)
    if ranges is None:
        ranges = groups[group] = Ranges()
    ranges.add(start, end, key)


def _discard(groups: Groups, held: Held, key: Key) -> None:
    group, start, _ = held
    ranges = groups.get(group)
    if ranges is not None:
        ranges.discard(start, key)
        if not ranges:
            del groups[group]
