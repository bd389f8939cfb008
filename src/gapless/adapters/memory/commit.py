"""The commit in memory: it checks what others did meanwhile, then the invariants, and then keeps everything at once.

It runs without an await, so nobody ever sees half of it; if it raises, it has changed nothing.
"""

from __future__ import annotations

from gapless.adapters.memory.keys import Key
from gapless.adapters.memory.schema import Schema, Table
from gapless.adapters.memory.state import Committed, Overlay
from gapless.kit.errors import ConcurrencyConflict
from gapless.kit.model import Validated


def commit(schema: Schema, overlay: Overlay) -> None:
    """Keeps what a unit has written.

    Raises:
        ConcurrencyConflict: another unit changed what this one is based on.
        RuleViolated: an invariant does not hold for the newest committed state with this unit's writes.
    """
    if overlay.committed.commits != overlay.begun:  # otherwise nobody can be in the way
        # This comes before the rules: otherwise they would be checked on a state that was never committed.
        _require_current(schema, overlay)
        _count_on(schema, overlay)
    if overlay.pending:
        _check_invariants(schema, overlay)
    _apply(schema, overlay)


def look(schema: Schema, overlay: Overlay) -> None:
    """Looks whether a unit's writes still stand beside what others have committed, before it reads or writes again.

    So whatever it finds, and each rule that refuses a write, is about a state that some order of the units has.
    PostgreSQL needs no look, for there others wait for the locks of those writes (decision 0057).

    Raises:
        ConcurrencyConflict: another unit changed what an earlier write of this one is based on.
    """
    if overlay.based:
        _require_current(schema, overlay)
    overlay.looked = overlay.committed.commits


def _require_current(schema: Schema, overlay: Overlay) -> None:
    _require_unchanged(overlay)
    _require_free_keys(schema, overlay)
    _require_relatives(schema, overlay)


def _require_unchanged(overlay: Overlay) -> None:
    """Refuses the commit if a written row, or the parent of a row that entered, has changed since the unit found it."""
    committed = overlay.committed
    for table, rows in overlay.based.items():
        for key, based in rows.items():
            if committed.row(table, key) is not based:
                raise ConcurrencyConflict
    for check, key, found in overlay.entered:
        if not check.still_lets_in(overlay, key, found):
            raise ConcurrencyConflict


def _require_free_keys(schema: Schema, overlay: Overlay) -> None:
    """Refuses the commit if a row of another unit has meanwhile taken a key that this unit took."""
    for table in overlay.view.replaced:
        for shared in schema.tables[table].shared:
            shared.require_free(overlay)


def _require_relatives(schema: Schema, overlay: Overlay) -> None:
    """Refuses the commit if a row refers to something that has gone, or something refers to a removed row."""
    for place, added in overlay.relied.items():
        if place[1] not in overlay.view.replaced.get(place[0], ()) and overlay.committed.added.get(place) != added:
            raise ConcurrencyConflict  # another row has the key of the one to which the unit refers
    if any(_has_got_children(schema, overlay, name, key) for name, key in overlay.renewed):
        raise ConcurrencyConflict
    for name, rows in overlay.view.replaced.items():
        table = schema.tables[name]
        for key, row in rows.items():
            before = overlay.based[name][key]
            fits = _has_no_children(overlay, table, key) if row is None else _has_parents(overlay, table, key, row)
            if not fits or _is_kept(overlay, table, key, before, row):
                raise ConcurrencyConflict


def _has_parents(overlay: Overlay, table: Table, key: Key, row: Validated) -> bool:
    before = overlay.based[table.name][key]
    return all(link.has_parent(overlay, before, row, key[0]) for link in table.links)


def _has_no_children(overlay: Overlay, table: Table, key: tuple[object, ...]) -> bool:
    return not any(link.children_of(overlay, key) for _, link in table.referrers)


def _has_got_children(schema: Schema, overlay: Overlay, name: str, key: Key) -> bool:
    """Whether a row that the unit has put in another one's place has children which that removal did not reach."""
    return any(link.has_others(overlay, key) for _, link in schema.tables[name].referrers)


def _is_kept(overlay: Overlay, table: Table, key: Key, before: Validated | None, row: Validated | None) -> bool:
    """Whether a row that the unit has released is kept by one that has come to refer to it meanwhile."""
    is_unreleased = table.model.is_unreleased
    if not table.release_effects or before is None or row is None or not is_unreleased(before) or is_unreleased(row):
        return False
    return any(link.keeps(child) for _, link in table.release_effects for child in link.children_of(overlay, key))


def _count_on(schema: Schema, overlay: Overlay) -> None:
    """Makes the numbers of a unit without a lock follow those that others have committed meanwhile."""
    for counter, counted in overlay.counted.items():
        # Under the lock nobody else gives numbers, but a unit that creates a root holds no lock
        # (decision 0033).
        passed = overlay.committed.numbers.get(counter, 0) - counted
        if not passed or not overlay.numbers[counter]:
            continue
        overlay.numbers[counter] += passed
        for model, rule in schema.catalogue.numbered:
            name, rows = rule.column.name, overlay.view.replaced[model.table]
            for key, row in rows.items():
                if (
                    (schema.tables[model.table].root_table, key[0]) == counter
                    and row is not None
                    and overlay.based[model.table][key] is None
                ):
                    rows[key] = model.evolved(row, {name: getattr(row, name) + passed})


def _check_invariants(schema: Schema, overlay: Overlay) -> None:
    # The order is that of the names of PostgreSQL's deferred triggers (decision 0003).
    for check in schema.invariant_checks:
        check.check(overlay)


def _apply(schema: Schema, overlay: Overlay) -> None:
    committed = overlay.committed
    _keep_for_snapshots(overlay)
    for name, rows in overlay.view.replaced.items():
        table = schema.tables[name]
        shared = table.shared
        for key, row in rows.items():
            before = overlay.based[name][key]
            if before is not None:
                for each in shared:
                    each.release(committed, before, key)
            committed.put(name, key, row)
            if table.inner_referrers:
                _note(committed, name, key, before, row)
    _apply_numbers(committed, overlay)
    # The old keys of all rows are released by now, because two rows may have exchanged their keys.
    for enforcer in overlay.indexes:
        enforcer.keep(overlay)
    committed.commits += 1


def _note(committed: Committed, table: str, key: Key, before: Validated | None, row: Validated | None) -> None:
    """Notes in which commit a row came to which others may refer; it is forgotten with the row."""
    if row is None:
        committed.added.pop((table, key), None)
    elif before is None:
        committed.added[table, key] = committed.commits + 1


def _apply_numbers(committed: Committed, overlay: Overlay) -> None:
    for counter, number in overlay.numbers.items():
        if number:
            committed.numbers[counter] = number
        else:
            committed.numbers.pop(counter, None)


def _keep_for_snapshots(overlay: Overlay) -> None:
    """Gives each open snapshot the rows as they were before this commit."""
    snapshots = overlay.committed.snapshots
    if not snapshots:
        return
    for table, rows in overlay.based.items():
        for key, based in rows.items():
            for view in snapshots.get(key[0], ()):
                if key not in view.replaced[table]:
                    view.replace(table, key, based)
