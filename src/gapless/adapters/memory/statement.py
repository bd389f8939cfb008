"""One statement, judged as PostgreSQL judges it.

First every row is changed, and what one row can break (checks, uniques) is judged at once. Then the references, then
what a deletion does to the rows that referred to it, breadth first. At the end the rules over a change, and of entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gapless.adapters.memory.schema import Bound, Key, Link, Table
from gapless.adapters.memory.state import Overlay
from gapless.kit import OnDelete, Reference, writes
from gapless.kit.model import Judged


class Change(NamedTuple):
    """One row before and after: None before an addition, and after a removal."""

    table: Table
    before: Judged | None
    after: Judged | None


def execute(overlay: Overlay, changes: Sequence[Change]) -> None:
    """Carries out one statement over a unit's overlay. If it raises, the overlay is of no use any more.

    Raises:
        RuleViolated: the first broken rule that is judged at the write.
    """
    for change in changes:
        _require_changeable(change, None)
    for change in changes:
        _change_row(overlay, change)
    _require_parents(overlay, changes)
    effects = [*changes]
    removed = [change for change in changes if change.after is None]
    while removed:
        for change in removed:
            _require_unrestricted(overlay, change)
        actions = [action for change in removed for action in _actions(overlay, change)]
        effects += actions
        removed = [change for change in actions if change.after is None]
    for change in effects:
        if change.table.steps and change.after is not None:
            _require_step(change, change.after)
    for change in effects:
        if change.table.gates and change.after is not None:
            _require_entry(overlay, change, change.after)


def _require_changeable(change: Change, cause: Reference | None) -> None:
    """Refuses a change of an append-only row, but an erasure, and its removal by the cascade from its parent."""
    table, before, after = change
    rule = table.append_only
    if rule is None or before is None:
        return
    if after is None:
        allowed = cause is not None and cause is rule.through
    else:
        allowed = bool(rule.erasable) and writes.is_erasure(table.model, before, after)
    if not allowed:
        raise table.model.violated(rule)


def _change_row(overlay: Overlay, change: Change) -> None:
    table, before, after = change
    if after is not None:
        table.model.judge(after)
    key = table.key_of(after if before is None else before)
    if before is None and overlay.view.row(table.name, key) is not None:
        raise table.model.violated(table.primary_key)
    if table.uniques:
        _hold_uniques(overlay, change, key)
    for link in table.inner_links:
        _refer(overlay, link, change, key)
    for bound in table.bounds:
        _count(overlay, bound, change)
    if after is not None:
        for bound in table.armed:
            if bound.applies(after) and not (before is not None and bound.applies(before)):
                overlay.armed[bound.name][key] = None
    if table is table.schema.root and after is None:
        overlay.last_number(key[0])  # from which the commit counts on
        overlay.numbers[key[0]] = 0
    overlay.write(table.name, key, before, after)


def _hold_uniques(overlay: Overlay, change: Change, key: Key) -> None:
    table, before, after = change
    for unique in table.uniques:
        old = None if before is None else unique.key(before)
        new = None if after is None else unique.key(after)
        if new is not None and new != old and overlay.holder(unique.name, table.name, new) not in (None, key):
            raise table.model.violated(unique.rule)
        taken = overlay.taken[unique.name]
        if old is not None and old != new and taken.get(old) == key:
            del taken[old]
        if new is not None:
            taken[new] = key


def _refer(overlay: Overlay, link: Link, change: Change, key: Key) -> None:
    old = None if change.before is None else link.key(change.before)
    new = None if change.after is None else link.key(change.after)
    if old == new:
        return
    children = overlay.children[link.name]
    if old is not None:
        children.setdefault(old, {})[key] = False
    if new is not None:
        children.setdefault(new, {})[key] = True


def _count(overlay: Overlay, bound: Bound, change: Change) -> None:
    old = None if change.before is None else bound.key(change.before)
    new = None if change.after is None else bound.key(change.after)
    if old == new:
        return
    counts = overlay.counts[bound.name]
    if old is not None:
        counts[old] = counts.get(old, 0) - 1
    if new is not None:
        counts[new] = counts.get(new, 0) + 1
    armed = old if bound.least else new
    if armed is not None:
        overlay.armed[bound.name][armed] = None


def _require_parents(overlay: Overlay, changes: Sequence[Change]) -> None:
    """Refuses a row that refers to nothing; one that the cascade of this very statement takes along is spared."""
    for table, before, after in changes:
        for link in table.links:
            parent = None if after is None else link.key(after)
            if parent is None or (before is not None and link.key(before) == parent):
                continue
            if overlay.view.row(link.parent, parent) is None and not _is_taken_along(link, parent, changes):
                raise table.model.violated(link.rule)


def _is_taken_along(link: Link, parent: Key, changes: Sequence[Change]) -> bool:
    return link.on_delete is OnDelete.CASCADE and any(
        change.after is None and change.table.name == link.parent and change.table.key_of(change.before) == parent
        for change in changes
    )


def _require_unrestricted(overlay: Overlay, removed: Change) -> None:
    parent = removed.table.key_of(removed.before)
    for table, link in removed.table.referrers:
        if link.on_delete is OnDelete.RESTRICT and overlay.children_of(table, link, parent):
            raise table.model.violated(link.rule)


def _actions(overlay: Overlay, removed: Change) -> Iterator[Change]:
    """Carries out what a removal does to the rows that referred to the removed one; the version stays."""
    parent = removed.table.key_of(removed.before)
    for table, link in removed.table.referrers:
        if link.on_delete is OnDelete.RESTRICT:
            continue
        for row in overlay.children_of(table, link, parent):
            cleared = {column.name: None for column in link.rule.nulled}
            after = None if link.on_delete is OnDelete.CASCADE else table.model.replaced(row, cleared)
            action = Change(table, row, after)
            _require_changeable(action, link.rule)
            _change_row(overlay, action)
            yield action
            yield from _archived(overlay, action)


def _archived(overlay: Overlay, removed: Change) -> Iterator[Change]:
    """Keeps a row that went with its parent, unless somebody asked that nothing be kept of that organization."""
    table, row = removed.table, removed.before
    rule = table.append_only
    if rule is None or rule.archive is None or row is None:
        return
    erasures = None if rule.erased_by is None else table.schema.table(rule.erased_by)
    if erasures is not None and any(overlay.view.rows(erasures.name, table.key_of(row)[0])):
        return
    archive = table.schema.table(rule.archive)
    there = overlay.view.row(archive.name, table.key_of(row))
    if there is not None and archive.model.values(there) == table.model.values(row):
        return  # the same row is there already; a different one is refused, because it would take this one's place
    kept = Change(archive, None, archive.model.hydrate(table.model.values(row)))
    _change_row(overlay, kept)
    yield kept


def _require_step(change: Change, after: Judged) -> None:
    for step in change.table.steps:
        before = change.before
        if step.refuses_added(after) if before is None else step.refuses(before, after):
            raise change.table.model.violated(step.rule)


def _require_entry(overlay: Overlay, change: Change, after: Judged) -> None:
    table = change.table
    for gate in table.gates:
        key = gate.added_key(after) if change.before is None else gate.key(after)
        if key is None or (change.before is not None and gate.key(change.before) == key):
            continue
        parent = overlay.view.row(gate.parent, key)
        if parent is None:
            continue
        if not gate.holds(parent):
            raise table.model.violated(gate.rule)
        overlay.entered.append((gate, key, overlay.committed.row(gate.parent, key)))
