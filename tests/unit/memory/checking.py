"""The checker: what is wrong with the committed state of a store, found from its rows alone and without cleverness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from gapless.adapters.memory import MemoryStore
from gapless.adapters.memory.enforcers.exclusion import ExclusionEnforcer, Held
from gapless.adapters.memory.enforcers.registry import SharedEnforcer
from gapless.adapters.memory.enforcers.unique import UniqueEnforcer
from gapless.adapters.memory.schema import Table
from gapless.adapters.memory.state import Committed
from gapless.kit.errors import RuleViolated
from gapless.kit.model import Validated


def faults(store: MemoryStore) -> list[str]:
    """Every declared rule that a committed row breaks, and everything derived that is not as the rows say."""
    database = store._database
    rows = {name: _rows(database.committed, name) for name in database.schema.tables}
    found: list[str] = []
    for name, table in database.schema.tables.items():
        found += _row_faults(table, rows[name])
        found += _reference_faults(table, rows)
    return [*found, *_bound_faults(store, rows), *_derived_faults(database.committed, store, rows)]


def _rows(committed: Committed, table: str) -> list[Validated]:
    return [row for partition in committed.partitions.values() for row in partition.get(table, {}).values()]


def _row_faults(table: Table, rows: list[Validated]) -> Iterator[str]:
    for row in rows:
        try:
            table.model.validate(row)
        except RuleViolated as error:
            yield error.rule
    for shared in table.shared:
        if isinstance(shared, UniqueEnforcer):
            keys = Counter(key for row in rows if (key := shared.key(row)) is not None)
            yield from (shared.name for key, number in keys.items() if number > 1)
        elif isinstance(shared, ExclusionEnforcer):
            ranges = [held for row in rows if (held := shared.held(row)) is not None]
            yield from (shared.name for one, other in combinations(ranges, 2) if _exclude(one, other))


def _exclude(one: Held, other: Held) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


def _reference_faults(table: Table, rows: dict[str, list[Validated]]) -> Iterator[str]:
    tables = table.schema.tables
    for link in table.links:
        parents = {None, *(tables[link.parent].key_of(row) for row in rows[link.parent])}
        yield from (link.name for row in rows[table.name] if link.key(row) not in parents)


def _bound_faults(store: MemoryStore, rows: dict[str, list[Validated]]) -> Iterator[str]:
    """An AtLeastOne holds at any time; an AtMost refuses growth only."""
    schema = store._database.schema
    for bound in schema.invariant_checks:
        for parent in rows[bound.parent]:
            children = [
                row for row in rows[bound.model.table] if bound.key(row) == schema.tables[bound.parent].key_of(parent)
            ]
            if bound.least and bound.applies(parent) and not children:
                yield bound.name


def _derived_faults(committed: Committed, store: MemoryStore, rows: dict[str, list[Validated]]) -> Iterator[str]:
    tables = store._database.schema.tables.values()
    for table in tables:
        for shared in table.shared:
            kept, held = _index(committed, table, shared, rows[table.name])
            if kept != held:
                yield f"index of {shared.name}"
        for link in table.concerns.inner_links:
            pairs = {(key, table.key_of(row)) for row in rows[table.name] if (key := link.key(row)) is not None}
            referring = committed.indexes.of(link)
            if {(parent, child) for parent, children in referring.items() for child in children} != pairs:
                yield f"children of {link.name}"
        for bound in table.invariant_checks:
            counts = Counter(key for row in rows[table.name] if (key := bound.key(row)) is not None)
            if committed.indexes.of(bound) != counts:
                yield f"counts of {bound.name}"


def _index(
    committed: Committed, table: Table, shared: SharedEnforcer, rows: list[Validated]
) -> tuple[set[object], set[object]]:
    """What an enforcer has derived from the committed rows, and what it has to be."""
    if isinstance(shared, UniqueEnforcer):
        keys = {(key, table.key_of(row)) for row in rows if (key := shared.key(row)) is not None}
        return set(committed.indexes.of(shared).items()), set(keys)
    assert isinstance(shared, ExclusionEnforcer)
    ranges = {(*held, table.key_of(row)) for row in rows if (held := shared.held(row)) is not None}
    kept = committed.indexes.of(shared)
    assert all(len(group) for group in kept.values())
    return {(key, *each) for key, group in kept.items() for each in group}, set(ranges)
