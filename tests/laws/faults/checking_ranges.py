"""Faults of the in-memory store: what no two rows have at the same time is checked wrongly."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gapless.adapters.memory.enforcers import exclusion
from gapless.adapters.memory.enforcers.exclusion import ExclusionEnforcer, Groups, Held
from gapless.adapters.memory.keys import Key
from gapless.adapters.memory.ranges import NO_END, NO_START, Bound, Ranges
from gapless.adapters.memory.state import Overlay
from gapless.kit import Exclusion
from gapless.kit.model import Validated
from tests.laws.faults.planting import Made, compiled_anew, in_memory, on_another, without_conditions


def ends_belong_to_ranges(patch: pytest.MonkeyPatch) -> Made:
    """A range holds its end, so that the next one can't begin there."""

    def overlapping(ranges: Ranges, start: Bound, end: Bound) -> Iterator[Key]:
        return (key for first, last, key in ranges if first <= end and start <= last)

    patch.setattr(Ranges, "overlapping", overlapping)
    return in_memory


def the_range_before_is_forgotten(patch: pytest.MonkeyPatch) -> Made:
    """Only the ranges that begin inside of a new one are in its way, and not the one that began before it."""

    def overlapping(ranges: Ranges, start: Bound, end: Bound) -> Iterator[Key]:
        return (key for first, _, key in ranges if start <= first < end)

    patch.setattr(Ranges, "overlapping", overlapping)
    return in_memory


def exclusion_without_its_condition(_: pytest.MonkeyPatch) -> Made:
    """What is cancelled keeps others out."""
    return on_another(lambda catalogue: without_conditions(catalogue, Exclusion))


def empty_ranges_exclude(patch: pytest.MonkeyPatch) -> Made:
    """A range that is empty holds its start all the same."""
    compiled = exclusion.held_where

    def held_where(rule: Exclusion) -> exclusion.HeldBy:
        usual = compiled(rule)

        def held(row: object) -> Held | None:
            start = getattr(row, rule.start.name)
            if start is None or start != getattr(row, rule.end.name):
                return usual(row)
            behind: Bound = (1, start, "behind")  # type: ignore[assignment]  # the end of a faulty store
            stretched = usual(_Other(row, rule.end.name))
            return None if stretched is None else (stretched[0], stretched[1], behind)

        return held

    patch.setattr(exclusion, "held_where", held_where)
    return compiled_anew()


class _Other:
    """A row with another value in one field."""

    def __init__(self, row: object, name: str) -> None:
        self._row, self._name = row, name

    def __getattr__(self, name: str) -> object:
        return None if name == self._name else getattr(self._row, name)


def open_ranges_exclude_nothing(patch: pytest.MonkeyPatch) -> Made:
    """A range without a start or an end is taken for none."""
    compiled = exclusion.held_where

    def held_where(rule: Exclusion) -> exclusion.HeldBy:
        usual = compiled(rule)

        def held(row: object) -> Held | None:
            found = usual(row)
            return None if found is None or found[1] == NO_START or found[2] == NO_END else found

        return held

    patch.setattr(exclusion, "held_where", held_where)
    return compiled_anew()


def own_range_in_the_way(patch: pytest.MonkeyPatch) -> Made:
    """A row that is moved within its own range meets itself."""
    hold = ExclusionEnforcer.hold

    def met(
        self: ExclusionEnforcer, overlay: Overlay, before: Validated | None, after: Validated | None, key: Key
    ) -> None:
        old, new = (None if row is None else self.held(row) for row in (before, after))
        if old is not None and new is not None and old != new and old[0] == new[0]:
            alone: Groups = {old[0]: Ranges()}
            alone[old[0]].add(old[1], old[2], key)
            if any(alone[old[0]].overlapping(new[1], new[2])):
                raise self.model.violated(self.rule)
        hold(self, overlay, before, after, key)

    patch.setattr(ExclusionEnforcer, "hold", met)
    return in_memory


def others_ranges_not_looked_at(patch: pytest.MonkeyPatch) -> Made:
    """A commit doesn't look whether somebody else took a range meanwhile."""
    patch.setattr(ExclusionEnforcer, "require_free", lambda *_: None)
    return in_memory
