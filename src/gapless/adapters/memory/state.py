"""The committed rows, what a reader sees of them, and what a unit has written and not yet committed.

Committed state changes only inside of a commit. A row is an immutable value, so nothing is ever copied: a view looks at
the committed rows through the few rows that replace some of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

from gapless.adapters.memory.keys import Key
from gapless.adapters.memory.ordered_index import OrderedIndex
from gapless.adapters.memory.sorted_rows import SortedRows
from gapless.kit.belonging import ALL_ROOTS
from gapless.kit.model import Validated

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Rows = dict[Key, Validated]
Counter = tuple[str, object]
"""What has numbers: the table of a root, and its key."""
Replaced = defaultdict[str, dict[Key, "Validated | None"]]


class Indexed(Protocol[T_co]):
    """An enforcer that derives an index from rows, and alone knows what the index holds."""

    def empty(self) -> T_co:
        """The index for no rows."""
        ...

    def keep(self, overlay: Overlay) -> None:
        """Adds what was derived from a unit's rows to the committed index, once the old entries are released."""
        ...


class Gate(Protocol):
    """An enforcer that has admitted a row, and is asked again at the commit."""

    def still_lets_in(self, overlay: Overlay, key: Key, found: Validated | None) -> bool:
        """Whether a parent still admits rows; `found` is its committed row at the time of the write."""
        ...


class Indexes:
    """The indexes that enforcers derive from some rows, one for each."""

    __slots__ = ("_derived",)

    def __init__(self) -> None:
        self._derived: dict[Indexed[Any], Any] = {}

    def of(self, owner: Indexed[T]) -> T:
        """The index of one enforcer, which is made when it is first asked for."""
        found: T | None = self._derived.get(owner)
        if found is None:
            found = self._derived[owner] = owner.empty()
        return found

    def __iter__(self) -> Iterator[Indexed[object]]:
        """The enforcers that have an index here."""
        return iter(self._derived)


class OrderedRows:
    """The ordered indexes of some rows that were asked for, of one root's rows or of all.

    An index is made at the first search that needs it, and follows each change from then on. So a row is sorted into an
    index once, and a store that is only written to has none (decision 0047).
    """

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[str, dict[object, dict[OrderedIndex, SortedRows]]] = {}

    def of(
        self, table: str, tenant: object, index: OrderedIndex, rows: Callable[[], Iterable[Validated]]
    ) -> SortedRows:
        """The rows in the order of an index.

        Args:
            table: the name of the table.
            tenant: the root whose rows they are; None for those of no root, and ALL_ROOTS for all.
            index: the index.
            rows: gives the rows, in any order.
        """
        kept = self._kept.setdefault(table, {}).setdefault(tenant, {})
        found = kept.get(index)
        if found is None:
            found = kept[index] = index.sorted(rows())
        return found

    def replace(self, table: str, tenant: object, before: Validated | None, after: Validated | None) -> None:
        """Puts a row into the place of another one, in each index; None stands for no row."""
        kept = self._kept.get(table)
        if kept is None:
            return
        for seen in (tenant, ALL_ROOTS):
            for index, found in kept.get(seen, {}).items():
                index.replace(found, before, after)

    def drop(self, table: str, tenant: object) -> None:
        """Forgets the indexes of a root that has no rows in a table."""
        if table in self._kept:
            self._kept[table].pop(tenant, None)


class Committed:
    """The committed rows, by root and table, and the indexes derived from them.

    Attributes:
        partitions: the rows by their key, for each table of each root; those of no root under None.
        indexes: what the enforcers derive from the rows.
        numbers: the last number that a row of each root got, by the table and the key of the root.
        commits: how many commits there have been.
        snapshots: for each root, the open snapshots, which have to remember how its rows were.
        added: in which commit each row came to which others may refer, by its table and key.
    """

    __slots__ = ("_ordered", "added", "commits", "indexes", "numbers", "partitions", "snapshots")

    def __init__(self) -> None:
        self.partitions: dict[object, dict[str, Rows]] = {}
        self._ordered: OrderedRows | None = None
        self.indexes = Indexes()
        self.numbers: dict[Counter, int] = {}
        self.commits = 0
        self.snapshots: dict[object, list[View]] = {}
        self.added: dict[tuple[str, Key], int] = {}

    def row(self, table: str, key: Key) -> Validated | None:
        """The committed row with this key, or None."""
        partition = self.partitions.get(key[0])
        rows = None if partition is None else partition.get(table)
        return None if rows is None else rows.get(key)

    def rows(self, table: str, tenant: object) -> Rows:
        """The committed rows of one root by their key; the caller must not change them."""
        return self.partitions.get(tenant, {}).get(table, {})

    def all_rows(self, table: str, tenant: object) -> Iterator[Validated]:
        """The committed rows of one root, or of all."""
        tenants = self.partitions if tenant is ALL_ROOTS else (tenant,)
        return (row for each in tenants for row in self.rows(table, each).values())

    def ordered(self, table: str, tenant: object, index: OrderedIndex) -> SortedRows:
        """The committed rows of one root, or of all, in the order of an index."""
        if tenant is not ALL_ROOTS and not self.rows(table, tenant):
            return index.sorted(())  # nothing is kept for a root that is not there
        if self._ordered is None:
            self._ordered = OrderedRows()
        return self._ordered.of(table, tenant, index, lambda: self.all_rows(table, tenant))

    def put(self, table: str, key: Key, row: Validated | None) -> None:
        """Keeps a row, or removes it if None is given; containers that become empty are dropped."""
        if self._ordered is not None:
            self._ordered.replace(table, key[0], self.row(table, key), row)
        partition = self.partitions.get(key[0])
        if row is not None:
            if partition is None:
                partition = self.partitions[key[0]] = {}
            rows = partition.get(table)
            if rows is None:
                rows = partition[table] = {}
            rows[key] = row
        elif partition is not None and table in partition:
            partition[table].pop(key, None)
            if not partition[table]:
                del partition[table]
                if self._ordered is not None:
                    self._ordered.drop(table, key[0])
            if not partition:
                del self.partitions[key[0]]


class View:
    """The committed rows as one reader sees them: some are replaced by another row, or hidden by None.

    A unit's view holds what the unit wrote; a snapshot's view holds the rows as they were before others committed.
    """

    __slots__ = ("_ordered", "committed", "replaced")

    def __init__(self, committed: Committed) -> None:
        self.committed = committed
        self.replaced: Replaced = defaultdict(dict)
        self._ordered: OrderedRows | None = None

    def replace(self, table: str, key: Key, row: Validated | None) -> None:
        """Shows a row, or none, in the place of the committed one."""
        replaced = self.replaced[table]
        if self._ordered is not None:
            self._ordered.replace(table, key[0], replaced.get(key), row)
        replaced[key] = row

    def row(self, table: str, key: Key) -> Validated | None:
        """The row with this key, or None."""
        replaced = self.replaced.get(table)
        if replaced is not None and key in replaced:
            return replaced[key]
        return self.committed.row(table, key)

    def rows(self, table: str, tenant: object) -> Iterable[Validated]:
        """The rows of one table, of one root or of all; in no order."""
        if tenant is not ALL_ROOTS:
            return self._rows(table, tenant)
        tenants = dict.fromkeys((*self.committed.partitions, *(key[0] for key in self.replaced[table])))
        return (row for each in tenants for row in self._rows(table, each))

    def ordered(self, table: str, tenant: object, index: OrderedIndex) -> SortedRows:
        """The rows that are shown in the place of committed ones, in the order of an index."""
        if self._ordered is None:
            self._ordered = OrderedRows()
        return self._ordered.of(table, tenant, index, lambda: self._shown(table, tenant))

    def number(self, table: str, tenant: object) -> int:
        """How many rows one root has in a table, or all have."""
        tenants = self.committed.partitions if tenant is ALL_ROOTS else (tenant,)
        number = sum(len(self.committed.rows(table, each)) for each in tenants)
        replaced = [key for key in self.replaced.get(table, ()) if tenant in (ALL_ROOTS, key[0])]
        hidden = sum(1 for key in replaced if self.committed.row(table, key) is not None)
        return number - hidden + sum(1 for _ in self._shown(table, tenant))

    def _shown(self, table: str, tenant: object) -> Iterator[Validated]:
        replaced = self.replaced.get(table, {})
        return (row for key, row in replaced.items() if row is not None and tenant in (ALL_ROOTS, key[0]))

    def _rows(self, table: str, tenant: object) -> Iterable[Validated]:
        kept = self.committed.rows(table, tenant)
        replaced = self.replaced.get(table)
        return _merged(kept, replaced, tenant) if replaced else kept.values()


def _merged(kept: Rows, replaced: dict[Key, Validated | None], tenant: object) -> Iterator[Validated]:
    for key, row in kept.items():
        if key not in replaced:
            yield row
    for key, written in replaced.items():
        if written is not None and key[0] == tenant:
            yield written


class Overlay:
    """What one unit has written and read, for its later reads and for its commit.

    Attributes:
        view: the committed rows, with the unit's own rows over them.
        begun: how many commits there had been when the unit was opened.
        based: the committed row on which each written row is based.
        indexes: what the enforcers derive from the rows that the unit has written.
        pending: for each invariant, the parents for which a write has made it pending.
        entered: the admission guards that have passed, with the parent's key and its committed row at that time.
        counted: for each root, the committed number from which the unit has counted on, by its table and its key.
        numbers: for each root, the last number that the unit gave.
        relied: the rows to which rows of the unit have come to refer, each with the commit in which it was added.
        renewed: the committed rows that the unit has removed, and in whose place it has put others.
        looked: how many commits there had been when the unit last looked at what others did.
    """

    __slots__ = (
        "based",
        "begun",
        "committed",
        "counted",
        "entered",
        "indexes",
        "looked",
        "numbers",
        "pending",
        "relied",
        "renewed",
        "view",
    )

    def __init__(self, committed: Committed) -> None:
        self.committed = committed
        self.view = View(committed)
        self.begun = self.looked = committed.commits
        self.based: Replaced = defaultdict(dict)
        self.indexes = Indexes()
        self.pending: defaultdict[str, dict[Key, None]] = defaultdict(dict)
        self.entered: list[tuple[Gate, Key, Validated | None]] = []
        self.relied: dict[tuple[str, Key], int | None] = {}
        self.renewed: set[tuple[str, Key]] = set()
        self.counted: dict[Counter, int] = {}
        self.numbers: dict[Counter, int] = {}

    def last_number(self, counter: Counter) -> int:
        """The last number that a row of a root got, as the unit sees it."""
        if counter not in self.numbers:
            self.numbers[counter] = self.counted[counter] = self.committed.numbers.get(counter, 0)
        return self.numbers[counter]

    def write(self, table: str, key: Key, before: Validated | None, after: Validated | None) -> None:
        """Puts a row, or None, over what the unit saw before; at the first write that was the committed row."""
        replaced = self.view.replaced[table]
        # Only at the first write: however often the unit writes the row, its commit asks for the one with which it
        # began.
        if key not in replaced:
            self.based[table][key] = before
        elif replaced[key] is None and self.based[table][key] is not None:
            self.renewed.add((table, key))
        self.view.replace(table, key, after)
