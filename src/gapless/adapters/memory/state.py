"""What is committed, what a reader sees of it, and what a unit has written and not yet committed.

Committed state changes only inside a commit. A row is an immutable value, so that nothing here is ever copied: a view
looks at the committed rows through the few rows that replace them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeVar

from gapless.adapters.memory.keys import Key
from gapless.kit.model import Validated

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Rows = dict[Key, Validated]
Replaced = defaultdict[str, dict[Key, "Validated | None"]]


class Indexed(Protocol[T_co]):
    """An enforcer that derives an index from rows, of which it alone knows what is in it."""

    def empty(self) -> T_co:
        """The index of no rows."""
        ...

    def keep(self, overlay: Overlay) -> None:
        """Keeps what was derived from the rows of a unit, once what others had before is released."""
        ...


class Gate(Protocol):
    """An enforcer that has let a row in, and is asked once more at the commit."""

    def still_lets_in(self, overlay: Overlay, key: Key, found: Validated | None) -> bool:
        """Whether a parent lets rows in now, too, whose committed row was `found` when it was checked."""
        ...


class Indexes:
    """What enforcers derive from some rows, each for itself."""

    __slots__ = ("_derived",)

    def __init__(self) -> None:
        self._derived: dict[Indexed[Any], Any] = {}

    def of(self, owner: Indexed[T]) -> T:
        """That of one enforcer, which is made when it is first asked for."""
        found: T | None = self._derived.get(owner)
        if found is None:
            found = self._derived[owner] = owner.empty()
        return found

    def __iter__(self) -> Iterator[Indexed[object]]:
        """The enforcers that have derived something."""
        return iter(self._derived)


class Committed:
    """The rows that are kept, by organization and table, and what is derived from them.

    Attributes:
        partitions: the rows by their key, in each table of each organization.
        indexes: what the enforcers derive from the rows.
        numbers: the number that was last given to a row of each organization.
        commits: how many commits there have been.
        snapshots: for each organization, the views that have to remember how its rows were.
    """

    __slots__ = ("commits", "indexes", "numbers", "partitions", "snapshots")

    def __init__(self) -> None:
        self.partitions: dict[object, dict[str, Rows]] = {}
        self.indexes = Indexes()
        self.numbers: dict[object, int] = {}
        self.commits = 0
        self.snapshots: dict[object, list[View]] = {}

    def row(self, table: str, key: Key) -> Validated | None:
        """The committed row of that key, if there is one."""
        partition = self.partitions.get(key[0])
        rows = None if partition is None else partition.get(table)
        return None if rows is None else rows.get(key)

    def rows(self, table: str, tenant: object) -> Rows:
        """The committed rows of one organization by their key; not to be changed."""
        return self.partitions.get(tenant, {}).get(table, {})

    def put(self, table: str, key: Key, row: Validated | None) -> None:
        """Keeps a row, or removes it if None is given; what stays empty is dropped."""
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
            if not partition:
                del self.partitions[key[0]]


class View:
    """The committed rows as one reader sees them: some are replaced, by a row or, where None stands, by nothing.

    A unit's view is replaced by what it wrote, a snapshot's by what the rows were before others committed.
    """

    __slots__ = ("committed", "replaced")

    def __init__(self, committed: Committed) -> None:
        self.committed = committed
        self.replaced: Replaced = defaultdict(dict)

    def row(self, table: str, key: Key) -> Validated | None:
        """The row of that key, if there is one."""
        replaced = self.replaced.get(table)
        if replaced is not None and key in replaced:
            return replaced[key]
        return self.committed.row(table, key)

    def rows(self, table: str, tenant: object | None) -> Iterable[Validated]:
        """The rows of one table and one organization, or of all organizations; in no order."""
        if tenant is not None:
            return self._rows(table, tenant)
        tenants = dict.fromkeys((*self.committed.partitions, *(key[0] for key in self.replaced[table])))
        return (row for each in tenants for row in self._rows(table, each))

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
    """What one unit has written and read, and the commit has to know.

    Attributes:
        view: the committed rows with the unit's own over them.
        begun: how many commits there had been when the unit was opened.
        based: the committed row that each written row was based on.
        indexes: what the enforcers derive from the rows that the unit has written.
        pending: for each rule over many rows, the parents for which a write put it in question.
        entered: the admission guards that passed, with the parent's key and its committed row at that time.
        counted: the committed number of each organization that the unit has counted on from.
        numbers: the number that it last gave to a row of each.
    """

    __slots__ = (
        "based",
        "begun",
        "committed",
        "counted",
        "entered",
        "indexes",
        "numbers",
        "pending",
        "view",
    )

    def __init__(self, committed: Committed) -> None:
        self.committed = committed
        self.view = View(committed)
        self.begun = committed.commits
        self.based: Replaced = defaultdict(dict)
        self.indexes = Indexes()
        self.pending: defaultdict[str, dict[Key, None]] = defaultdict(dict)
        self.entered: list[tuple[Gate, Key, Validated | None]] = []
        self.counted: dict[object, int] = {}
        self.numbers: dict[object, int] = {}

    def last_number(self, tenant: object) -> int:
        """The number that was last given to a row of an organization, as the unit sees it."""
        if tenant not in self.numbers:
            self.numbers[tenant] = self.counted[tenant] = self.committed.numbers.get(tenant, 0)
        return self.numbers[tenant]

    def write(self, table: str, key: Key, before: Validated | None, after: Validated | None) -> None:
        """Puts a row, or nothing, over what the unit saw before; at first that was the committed row."""
        replaced = self.view.replaced[table]
        # At the first write alone: however often the unit writes the row, its commit asks for the one that it began
        # with.
        if key not in replaced:
            self.based[table][key] = before
        replaced[key] = after
