"""The commit: what others did meanwhile, the rules over many rows, and then everything at once.

It runs without an await, so that nobody ever sees half of it, and raises before the first change or not at all.
"""

from __future__ import annotations

from gapless.adapters.memory.schema import Schema, Table
from gapless.adapters.memory.state import Committed, Overlay
from gapless.kit.errors import ConcurrencyConflict
from gapless.kit.model import Judged


def commit(schema: Schema, overlay: Overlay) -> None:
    """Keeps what a unit has written.

    Raises:
        ConcurrencyConflict: an overlapping unit changed what this one built on.
        RuleViolated: a rule over many rows, judged on the newest committed state and what the unit wrote.
    """
    if overlay.committed.commits != overlay.begun:  # else nobody can be in the way
        _require_unchanged(overlay)
        _require_free_keys(schema, overlay)
        _require_relatives(schema, overlay)
        _count_on(schema, overlay)
    if overlay.armed:
        _judge_bounds(schema, overlay)
    _apply(schema, overlay)


def _require_unchanged(overlay: Overlay) -> None:
    """Every row that was written, and the parent of every row that entered, is still as it was found."""
    committed = overlay.committed
    for table, rows in overlay.based.items():
        for key, based in rows.items():
            if committed.row(table, key) is not based:
                raise ConcurrencyConflict
    for gate, key, found in overlay.entered:
        parent = committed.row(gate.parent, key)
        written = key in overlay.view.replaced[gate.parent]
        if parent is not found and not written and not (parent is not None and gate.holds(parent)):
            raise ConcurrencyConflict


def _require_free_keys(schema: Schema, overlay: Overlay) -> None:
    """No unique key that the unit took has been taken meanwhile by a row that it did not write."""
    for table, written in overlay.view.replaced.items():
        for unique in schema.tables[table].uniques:
            committed = overlay.committed.uniques[unique.name]
            for wanted, key in overlay.taken[unique.name].items():
                holder = committed.get(wanted)
                if holder is not None and holder != key and holder not in written:
                    raise ConcurrencyConflict


def _require_relatives(schema: Schema, overlay: Overlay) -> None:
    """What the written rows refer to is there, and nothing refers to what was removed."""
    for name, rows in overlay.view.replaced.items():
        table = schema.tables[name]
        for key, row in rows.items():
            alone = _has_no_children(overlay, table, key) if row is None else _has_parents(overlay, table, row)
            if not alone:
                raise ConcurrencyConflict


def _has_parents(overlay: Overlay, table: Table, row: Judged) -> bool:
    for link in table.links:
        parent = link.key(row)
        if parent is not None and overlay.view.row(link.parent, parent) is None:
            return False
    return True


def _has_no_children(overlay: Overlay, table: Table, key: tuple[object, ...]) -> bool:
    return not any(overlay.children_of(child, link, key) for child, link in table.referrers)


def _count_on(schema: Schema, overlay: Overlay) -> None:
    """Lets the numbers of a unit without a lock follow those that others have committed meanwhile."""
    for tenant, counted in overlay.counted.items():
        passed = overlay.committed.numbers.get(tenant, 0) - counted
        if not passed or not overlay.numbers[tenant]:
            continue
        overlay.numbers[tenant] += passed
        for model, rule in schema.catalogue.numbered:
            name, rows = rule.column.name, overlay.view.replaced[model.table]
            for key, row in rows.items():
                if key[0] == tenant and row is not None and overlay.based[model.table][key] is None:
                    rows[key] = model.replaced(row, {name: getattr(row, name) + passed})


def _judge_bounds(schema: Schema, overlay: Overlay) -> None:
    for bound in schema.bounds:
        for key in overlay.armed.get(bound.name, ()):
            parent = overlay.view.row(bound.parent, key)
            if parent is None or not bound.applies(parent):
                continue
            count = overlay.committed.counts[bound.name].get(key, 0) + overlay.counts[bound.name].get(key, 0)
            if bound.is_broken(parent, count):
                raise bound.model.violated(bound.rule)


def _apply(schema: Schema, overlay: Overlay) -> None:
    committed = overlay.committed
    _keep_for_snapshots(overlay)
    for name, rows in overlay.view.replaced.items():
        uniques = schema.tables[name].uniques
        for key, row in rows.items():
            before = overlay.based[name][key]
            for unique in uniques if before is not None else ():
                held = unique.key(before)
                if held is not None:
                    del committed.uniques[unique.name][held]
            committed.put(name, key, row)
    for unique_name, taken in overlay.taken.items():
        committed.uniques[unique_name].update(taken)
    _apply_numbers(committed, overlay)
    _apply_children(committed, overlay)
    _apply_counts(committed, overlay)
    committed.commits += 1


def _apply_numbers(committed: Committed, overlay: Overlay) -> None:
    for tenant, number in overlay.numbers.items():
        if number:
            committed.numbers[tenant] = number
        else:
            committed.numbers.pop(tenant, None)


def _apply_children(committed: Committed, overlay: Overlay) -> None:
    for link, parents in overlay.children.items():
        kept = committed.children[link]
        for parent, changed in parents.items():
            children = kept.setdefault(parent, {})
            for key, refers in changed.items():
                if refers:
                    children[key] = None
                else:
                    children.pop(key, None)
            if not children:
                del kept[parent]


def _apply_counts(committed: Committed, overlay: Overlay) -> None:
    for rule, parents in overlay.counts.items():
        kept = committed.counts[rule]
        for parent, difference in parents.items():
            count = kept.pop(parent, 0) + difference
            if count:
                kept[parent] = count


def _keep_for_snapshots(overlay: Overlay) -> None:
    """Leaves every open snapshot the rows as they were, before they change."""
    snapshots = overlay.committed.snapshots
    if not snapshots:
        return
    for table, rows in overlay.based.items():
        for key, based in rows.items():
            for view in snapshots.get(key[0], ()):
                view.replaced[table].setdefault(key, based)
