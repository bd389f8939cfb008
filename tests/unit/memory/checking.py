"""The checker: what is wrong with the committed state of a store, found from its rows alone and without cleverness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gapless.adapters.memory import MemoryStore
from gapless.adapters.memory.schema import Table
from gapless.adapters.memory.state import Committed
from gapless.kit.errors import RuleViolated
from gapless.kit.model import Judged


def faults(store: MemoryStore) -> list[str]:
    """Every declared rule that a committed row breaks, and everything derived that is not as the rows say."""
    database = store._database
    rows = {name: _rows(database.committed, name) for name in database.schema.tables}
    found: list[str] = []
    for name, table in database.schema.tables.items():
        found += _row_faults(table, rows[name])
        found += _reference_faults(table, rows)
    return [*found, *_bound_faults(store, rows), *_derived_faults(database.committed, store, rows)]


def _rows(committed: Committed, table: str) -> list[Judged]:
    return [row for partition in committed.partitions.values() for row in partition.get(table, {}).values()]


def _row_faults(table: Table, rows: list[Judged]) -> Iterator[str]:
    for row in rows:
        try:
            table.model.judge(row)
        except RuleViolated as error:
            yield error.rule
    for unique in table.uniques:
        held = Counter(key for row in rows if (key := unique.key(row)) is not None)
        yield from (unique.name for key, number in held.items() if number > 1)


def _reference_faults(table: Table, rows: dict[str, list[Judged]]) -> Iterator[str]:
    tables = table.schema.tables
    for link in table.links:
        parents = {None, *(tables[link.parent].key_of(row) for row in rows[link.parent])}
        yield from (link.name for row in rows[table.name] if link.key(row) not in parents)


def _bound_faults(store: MemoryStore, rows: dict[str, list[Judged]]) -> Iterator[str]:
    """An AtLeastOne holds at any time; an AtMost refuses growth only."""
    schema = store._database.schema
    for bound in schema.bounds:
        for parent in rows[bound.parent]:
            children = [row for row in rows[bound.model.table] if bound.key(row) == schema.root.key_of(parent)]
            if bound.least and bound.applies(parent) and bound.is_broken(parent, len(children)):
                yield bound.name


def _derived_faults(committed: Committed, store: MemoryStore, rows: dict[str, list[Judged]]) -> Iterator[str]:
    tables = store._database.schema.tables.values()
    for table in tables:
        for unique in table.uniques:
            held = {key: table.key_of(row) for row in rows[table.name] if (key := unique.key(row)) is not None}
            if committed.uniques[unique.name] != held:
                yield f"index of {unique.name}"
        for link in table.inner_links:
            pairs = {(key, table.key_of(row)) for row in rows[table.name] if (key := link.key(row)) is not None}
            kept = committed.children[link.name]
            if {(parent, child) for parent, children in kept.items() for child in children} != pairs:
                yield f"children of {link.name}"
        for bound in table.bounds:
            counts = Counter(key for row in rows[table.name] if (key := bound.key(row)) is not None)
            if committed.counts[bound.name] != counts:
                yield f"counts of {bound.name}"
