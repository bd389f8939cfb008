"""What is committed, what a reader sees of it, and what a unit has written and not yet committed.

Committed state changes only inside a commit. A row is an immutable value, so that nothing here is ever copied: a view
looks at the committed rows through the few rows that replace them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from gapless.adapters.memory.schema import Gate, Key, Link, Table
from gapless.kit.model import Judged

Rows = dict[Key, Judged]
Replaced = defaultdict[str, dict[Key, "Judged | None"]]


class Committed:
    """The rows that are kept, by organization and table, and what is derived from them.

    Attributes:
        partitions: the rows by their key, in each table of each organization.
        uniques: for each unique rule, which row has which unique key.
        children: for each reference but those to the organization, the keys of the rows that refer to a parent.
        counts: for each rule over many rows, how many of them a parent has.
        numbers: the number that was last given to a row of each organization.
        commits: how many commits there have been.
        snapshots: for each organization, the views that have to remember how its rows were.
    """

    __slots__ = ("children", "commits", "counts", "numbers", "partitions", "snapshots", "uniques")

    def __init__(self) -> None:
        self.partitions: dict[object, dict[str, Rows]] = {}
        self.uniques: defaultdict[str, dict[Key, Key]] = defaultdict(dict)
        self.children: defaultdict[str, dict[Key, dict[Key, None]]] = defaultdict(dict)
        self.counts: defaultdict[str, dict[Key, int]] = defaultdict(dict)
        self.numbers: dict[object, int] = {}
        self.commits = 0
        self.snapshots: dict[object, list[View]] = {}

    def row(self, table: str, key: Key) -> Judged | None:
        """The committed row of that key, if there is one."""
        partition = self.partitions.get(key[0])
        rows = None if partition is None else partition.get(table)
        return None if rows is None else rows.get(key)

    def rows(self, table: str, tenant: object) -> Rows:
        """The committed rows of one organization by their key; not to be changed."""
        return self.partitions.get(tenant, {}).get(table, {})

    def put(self, table: str, key: Key, row: Judged | None) -> None:
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

    def row(self, table: str, key: Key) -> Judged | None:
        """The row of that key, if there is one."""
        replaced = self.replaced.get(table)
        if replaced is not None and key in replaced:
            return replaced[key]
        return self.committed.row(table, key)

    def rows(self, table: str, tenant: object | None) -> Iterable[Judged]:
        """The rows of one table and one organization, or of all organizations; in no order."""
        if tenant is not None:
            return self._rows(table, tenant)
        tenants = dict.fromkeys((*self.committed.partitions, *(key[0] for key in self.replaced[table])))
        return (row for each in tenants for row in self._rows(table, each))

    def _rows(self, table: str, tenant: object) -> Iterable[Judged]:
        kept = self.committed.rows(table, tenant)
        replaced = self.replaced.get(table)
        return _merged(kept, replaced, tenant) if replaced else kept.values()


def _merged(kept: Rows, replaced: dict[Key, Judged | None], tenant: object) -> Iterator[Judged]:
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
        taken: for each unique rule, the keys that rows written by this unit have.
        children: for each reference and parent, which rows refer to it by now (True) or no longer (False).
        counts: for each rule over many rows, by how much a parent's number of rows has changed.
        armed: for each rule over many rows, the parents for which a write put it in question.
        entered: the rules of entry that passed, with the parent's key and its committed row at that time.
        counted: the committed number of each organization that the unit has counted on from.
        numbers: the number that it last gave to a row of each.
    """

    __slots__ = (
        "armed",
        "based",
        "begun",
        "children",
        "committed",
        "counted",
        "counts",
        "entered",
        "numbers",
        "taken",
        "view",
    )

    def __init__(self, committed: Committed) -> None:
        self.committed = committed
        self.view = View(committed)
        self.begun = committed.commits
        self.based: Replaced = defaultdict(dict)
        self.taken: defaultdict[str, dict[Key, Key]] = defaultdict(dict)
        self.children: defaultdict[str, dict[Key, dict[Key, bool]]] = defaultdict(dict)
        self.counts: defaultdict[str, dict[Key, int]] = defaultdict(dict)
        self.armed: defaultdict[str, dict[Key, None]] = defaultdict(dict)
        self.entered: list[tuple[Gate, Key, Judged | None]] = []
        self.counted: dict[object, int] = {}
        self.numbers: dict[object, int] = {}

    def last_number(self, tenant: object) -> int:
        """The number that was last given to a row of an organization, as the unit sees it."""
        if tenant not in self.numbers:
            self.numbers[tenant] = self.counted[tenant] = self.committed.numbers.get(tenant, 0)
        return self.numbers[tenant]

    def write(self, table: str, key: Key, before: Judged | None, after: Judged | None) -> None:
        """Puts a row, or nothing, over what the unit saw before; at first that was the committed row."""
        replaced = self.view.replaced[table]
        if key not in replaced:
            self.based[table][key] = before
        replaced[key] = after

    def holder(self, unique: str, table: str, wanted: Key) -> Key | None:
        """The key of the row that has this unique key. Rows that the unit wrote have what `taken` says, no more."""
        mine = self.taken[unique].get(wanted)
        if mine is not None:
            return mine
        theirs = self.committed.uniques[unique].get(wanted)
        return None if theirs is None or theirs in self.view.replaced[table] else theirs

    def children_of(self, table: Table, link: Link, parent: Key) -> list[Judged]:
        """The rows of a table that refer to a parent through this reference."""
        if link.to_root:
            return list(self.view.rows(table.name, parent[0]))
        changed = self.children[link.name].get(parent, {})
        kept = (key for key in self.committed.children[link.name].get(parent, ()) if key not in changed)
        keys = (*kept, *(key for key, refers in changed.items() if refers))
        return [row for key in keys if (row := self.view.row(table.name, key)) is not None]
