"""What has changed between two descriptions: tables, columns, objects, and the rules that rows may break."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

import attrs

from gapless.adapters.postgres.revisions.description import (
    DescribedColumn,
    DescribedObject,
    DescribedRule,
    DescribedTable,
    Description,
)
from gapless.adapters.postgres.revisions.renames import Renames
from gapless.adapters.postgres.sql.fingerprints import tokens_of
from gapless.adapters.postgres.sql.text import quoted
from gapless.kit.errors import DeclarationError

RENAMED_ALONE = ("constraint", "index", "statistics")
"""Kinds of objects that are the same under another name, so that nothing has to be read again."""


@attrs.frozen
class TableChanges:
    """What has changed of a table that is still there, by the names that it has now.

    Attributes:
        table: the table as it is now.
        added: its new columns.
        dropped: the columns that it no longer has.
        altered: its other columns that are not as they were, each before and now.
        has_other_room: whether its pages keep room for new versions of rows now and did not, or the other way round.
    """

    table: DescribedTable
    added: tuple[DescribedColumn, ...]
    dropped: tuple[DescribedColumn, ...]
    altered: tuple[tuple[DescribedColumn, DescribedColumn], ...]
    has_other_room: bool

    def __bool__(self) -> bool:
        return bool(self.added or self.dropped or self.altered or self.has_other_room)

    @property
    def retyped(self) -> tuple[DescribedColumn, ...]:
        """The columns that have another type now."""
        return tuple(now for before, now in self.altered if before.type != now.type)


@attrs.frozen(kw_only=True)
class Changes:
    """What a revision has to do.

    Attributes:
        renames: what has another name.
        new_tables, dropped_tables: the tables that were not there, and those that no longer are.
        tables: what has changed of the others.
        created: the objects that are new, or other than they were, in their order.
        dropped: the objects that are no longer there, or other than they are now.
        renamed: objects that are the same under another name, each before and now.
        remarked: objects of which only the fingerprint is another, because a name in them is.
        asked: the rules of which the rows that are there are asked: those which other rows break than before, or which
            are new, and such as only triggers enforce, on tables to whose rows the revision writes itself.
    """

    renames: Renames
    new_tables: tuple[DescribedTable, ...]
    dropped_tables: tuple[str, ...]
    tables: tuple[TableChanges, ...]
    created: tuple[DescribedObject, ...]
    dropped: tuple[DescribedObject, ...]
    renamed: tuple[tuple[DescribedObject, DescribedObject], ...]
    remarked: tuple[DescribedObject, ...]
    asked: tuple[DescribedRule, ...]

    def __bool__(self) -> bool:
        parts = (self.new_tables, self.dropped_tables, self.tables, self.created, self.dropped, self.renamed)
        return bool(any(parts) or self.remarked or self.renames.tables or self.renames.columns)

    @property
    def by_table(self) -> Mapping[str, TableChanges]:
        """What has changed of tables that are still there, by their names."""
        return {changed.table.name: changed for changed in self.tables}


def changes_between(before: Description, after: Description, renames: Renames, filled: Container[str] = ()) -> Changes:
    """What has changed.

    Args:
        before: what the last revision has made.
        after: what the next one has to make.
        renames: what has another name.
        filled: the tables, by the names that they have now, to whose rows values are written.

    Raises:
        DeclarationError: the key of a table has changed, for which no statement is written.
    """
    followed = renames.followed(before)
    there = followed.by_table
    tables = [_table_changes(there[table.name], table) for table in after.tables if table.name in there]
    dropped_tables = tuple(name for name in there if name not in after.by_table)
    old = {found.place: found for found in followed.objects}
    new = {found.place: found for found in after.objects}
    dropped = [found for found in _own(followed, after) if not _is_same(new.get(found.place), found)]
    created = [found for found in after.objects if not _is_same(old.get(found.place), found)]
    rewritten = {changed.table.name for changed in tables if changed.retyped or changed.table.name in filled}
    retyped = {changed.table.name: {column.name for column in changed.retyped} for changed in tables if changed.retyped}
    created, dropped = _with_dependents(after, created, dropped, rewritten, retyped)
    renamed, new_tables = _renamed(dropped, created), tuple(t for t in after.tables if t.name not in there)
    return Changes(
        renames=renames,
        new_tables=new_tables,
        dropped_tables=dropped_tables,
        tables=tuple(changed for changed in tables if changed),
        created=tuple(_without(created, (now for _, now in renamed))),
        dropped=tuple(_without(dropped, (was for was, _ in renamed))),
        renamed=renamed,
        remarked=tuple(f for f in after.objects if f not in created and _is_remarked(old.get(f.place), f)),
        asked=_asked(followed, after, {table.name for table in new_tables}, rewritten),
    )


def _own(followed: Description, after: Description) -> list[DescribedObject]:
    """The objects of a chain, without columns that another one needs by now: they are its own from then on."""
    return [f for f in followed.objects if f.kind != "column" or (f.table, f.name) not in after.of_others]


def _is_same(one: DescribedObject | None, other: DescribedObject) -> bool:
    return one is not None and (one.definition, one.to) == (other.definition, other.to)


def _is_remarked(one: DescribedObject | None, other: DescribedObject) -> bool:
    return one is not None and one.fingerprint != other.fingerprint


def _table_changes(before: DescribedTable, now: DescribedTable) -> TableChanges:
    if before.key != now.key:
        raise DeclarationError(
            f"The key of table {now.name} was ({', '.join(before.key)}) and is ({', '.join(now.key)}): no revision is "
            "written for that; make a new table, and take the rows over by a revision of your own."
        )
    old = before.by_name
    return TableChanges(
        now,
        tuple(column for column in now.columns if column.name not in old),
        tuple(column for column in before.columns if column.name not in now.by_name),
        tuple((old[c.name], c) for c in now.columns if c.name in old and old[c.name] != c),
        before.is_roomy is not now.is_roomy,
    )


def _with_dependents(
    after: Description,
    created: list[DescribedObject],
    dropped: list[DescribedObject],
    rewritten: set[str],
    retyped: Mapping[str, set[str]],
) -> tuple[list[DescribedObject], list[DescribedObject]]:
    """The objects with those that PostgreSQL would not let be while others go, and that are made anew behind them.

    A foreign key depends on the unique index to which it refers. A trigger may refuse the rows that a revision writes,
    as those of tables do whose rows never change. What compares a column of another type compares it anew.
    """
    lost = {found.table for found in dropped if found.is_unique}

    def names(text: str, table: str) -> bool:
        return not {quoted(name) for name in retyped.get(table, ())}.isdisjoint(tokens_of(text))

    def depends(found: DescribedObject) -> bool:
        if found.kind == "trigger":
            return found.table in rewritten
        if found.kind == "constraint" and found.to:
            own, other = found.halves
            return found.to in lost or names(own, found.table) or names(other, found.to)
        return found.kind in RENAMED_ALONE and not found.is_key and names(found.definition, found.table)

    again = [found for found in after.objects if found not in created and depends(found)]
    wanted = {found.place for found in (*created, *again)}
    return [found for found in after.objects if found.place in wanted], [*dropped, *again]


def _renamed(
    dropped: list[DescribedObject], created: list[DescribedObject]
) -> tuple[tuple[DescribedObject, DescribedObject], ...]:
    """The objects that go, each with one that comes and is the same but for its name."""
    free = {
        (found.kind, found.table, found.definition, found.to): found for found in dropped if found.kind in RENAMED_ALONE
    }
    pairs = ((free.pop((f.kind, f.table, f.definition, f.to), None), f) for f in created if f.kind in RENAMED_ALONE)
    return tuple((was, now) for was, now in pairs if was is not None and was.name != now.name)


def _without(found: Iterable[DescribedObject], others: Iterable[DescribedObject]) -> list[DescribedObject]:
    places = {other.place for other in others}
    return [each for each in found if each.place not in places]


def _asked(
    followed: Description, after: Description, new: Container[str], rewritten: set[str]
) -> tuple[DescribedRule, ...]:
    """The rules of rows that are there: of the chain's own tables, or of others on which its rules count.

    What only triggers enforce is asked again where the revision writes rows; but not a limit, which may be lower than
    what is there.
    """
    old = {(rule.table, rule.name): rule.fingerprint for rule in followed.rules}
    return tuple(
        rule
        for rule in after.rules
        if rule.about not in new
        and not (rule.is_limit and rule.table in new)  # where nothing is, nothing is too much
        and (
            old.get((rule.table, rule.name)) != rule.fingerprint
            or (rule.locks and not rule.is_limit and not rewritten.isdisjoint(rule.locks))
        )
    )
