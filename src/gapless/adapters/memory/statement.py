"""One statement, checked as PostgreSQL checks it.

First it changes every row, and at once checks what one row can break (checks, uniques). Then it checks the references,
and does what a removal does to the rows that refer to a removed row, breadth first. At the end it checks the rules over
changes, does what a release does, and checks the admission guards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from gapless.adapters.memory.concerns import Concerns
from gapless.adapters.memory.enforcers.reference import ReferenceEnforcer
from gapless.adapters.memory.keys import Key
from gapless.adapters.memory.schema import Table
from gapless.adapters.memory.state import Overlay
from gapless.kit import OnDelete, Reference
from gapless.kit.model import Validated


@attrs.define(eq=False)  # each write makes some and asks them a lot: a frozen one takes longer to make, a tuple to ask
class RowChange:
    """One row before and after: None before an addition, and after a removal. Nobody changes it.

    Attributes:
        concerns: the enforcers that it concerns because of other rows: all of the table, if any value may differ.
        root: the root of the row, as keys hold it, if the row does not say it.
    """

    table: Table
    before: Validated | None
    after: Validated | None
    concerns: Concerns
    root: object = None

    @classmethod
    def of(cls, table: Table, before: Validated | None, after: Validated | None, root: object = None) -> RowChange:
        """A change of any values."""
        return cls(table, before, after, table.concerns, root)


def execute(overlay: Overlay, changes: Sequence[RowChange]) -> None:
    """Carries out one statement over a unit's overlay. If it raises, the overlay can't be used any more.

    Raises:
        RuleViolated: the first broken rule that is checked at the write.
    """
    if _is_plain(changes):
        for change in changes:
            _change_row(overlay, change)
        return
    for change in changes:
        _require_changeable(change, None)
    for change in changes:
        _change_row(overlay, change)
    _require_parents(overlay, changes)
    effects = [*changes]
    removed = [change for change in changes if change.after is None]
    # It goes level by level, as the server's queue of triggers: all that one removal does comes before what follows
    # from that.
    while removed:
        for change in removed:
            _require_unrestricted(overlay, change)
        actions = [action for change in removed for action in _actions(overlay, change)]
        effects += actions
        removed = [change for change in actions if change.after is None]
    _end(overlay, changes, effects)


def _is_plain(changes: Sequence[RowChange]) -> bool:
    """Whether there is nothing to ask but what one row can break; so it is when most rows are saved."""
    for change in changes:  # noqa: SIM110  # each write comes here, and a generator takes longer
        if change.after is None or not change.concerns.is_plain:
            return False
    return True


def _end(overlay: Overlay, changes: Sequence[RowChange], effects: Sequence[RowChange]) -> None:
    """Does what is done at the end of a statement, in the order of PostgreSQL's triggers."""
    for change in effects:
        if change.after is None:
            continue
        if change.before is not None and change.table.release_effects:
            _release(overlay, change, change.before, change.after)
        if change.table.steps:
            _require_step(change, change.after)
        if change.before is not None and change.concerns.releasable_links:
            _require_unreleased_parents(overlay, change)
    for change in changes:
        if change.before is None and change.concerns.releasable_links:
            _require_unreleased_parents(overlay, change)
    for change in effects:
        if change.concerns.admission_checks and change.after is not None:
            _require_admission(overlay, change, change.after)


def _require_changeable(change: RowChange, cause: Reference | None) -> None:
    """Refuses a change of an append-only row, unless it is an erasure or its removal by a cascade from its parent."""
    for rule in change.table.append_only:
        rule.require_changeable(change.before, change.after, cause)


def _change_row(overlay: Overlay, change: RowChange) -> None:
    table, before, after, concerns = change.table, change.before, change.after, change.concerns
    if after is not None:
        table.model.validate(after)
    key = table.key_of(after if before is None else before, change.root)
    if before is None and overlay.view.row(table.name, key) is not None:
        raise table.model.violated(table.primary_key)
    for shared in table.shared:
        shared.hold(overlay, before, after, key)
    for link in concerns.inner_links:
        link.refer(overlay, before, after, key)
    for check in concerns.invariant_checks:
        check.count(overlay, before, after, change.root)
    if after is not None:
        for check in concerns.pending:
            check.put_in_question(overlay, before, after, key)
    if after is None and table.model.is_root:
        counter = (table.name, key[0])
        overlay.last_number(counter)  # the commit counts on from it
        overlay.numbers[counter] = 0
    overlay.write(table.name, key, before, after)


def _require_ways(overlay: Overlay, changes: Sequence[RowChange]) -> None:
    """Refuses rows of which one does not belong to the root of the unit, before any other reference is looked at."""
    for change in changes:
        table, after = change.table, change.after
        if table.root_finder is None:
            return  # records, which say their root, come behind the rows of one table
        if change.before is None and after is not None and table.links[0].lost(overlay, None, after, change.root):
            raise table.model.violated(table.links[0].rule)


def _require_parents(overlay: Overlay, changes: Sequence[RowChange]) -> None:
    """Refuses a row that refers to a missing row, unless the cascade of this statement removes it as well."""
    if changes and changes[0].table.root_finder is not None:
        _require_ways(overlay, changes)
    for change in changes:
        if change.after is None:
            continue
        for link in change.concerns.links:
            lost = link.lost(overlay, change.before, change.after, change.root)
            if lost is not None and not _is_taken_along(link, lost, changes):
                raise change.table.model.violated(link.rule)


def _is_taken_along(link: ReferenceEnforcer, parent: Key, changes: Sequence[RowChange]) -> bool:
    return link.on_delete is OnDelete.CASCADE and any(
        change.after is None
        and change.table.name == link.parent
        and change.table.key_of(change.before, change.root) == parent
        for change in changes
    )


def _require_unrestricted(overlay: Overlay, removed: RowChange) -> None:
    parent = removed.table.key_of(removed.before, removed.root)
    for table, link in removed.table.referrers:
        if link.on_delete is OnDelete.RESTRICT and link.children_of(overlay, parent):
            raise table.model.violated(link.rule)


def _actions(overlay: Overlay, removed: RowChange) -> Iterator[RowChange]:
    """Carries out what a removal does to the rows that refer to the removed row; their version stays."""
    parent = removed.table.key_of(removed.before, removed.root)
    for table, link in removed.table.referrers:
        if link.on_delete is OnDelete.RESTRICT:
            continue
        for row in link.children_of(overlay, parent):
            cleared = {column.name: None for column in link.rule.nulled}
            after = None if link.on_delete is OnDelete.CASCADE else table.model.evolved(row, cleared)
            action = RowChange.of(table, row, after, parent[0])
            _require_changeable(action, link.rule)
            _change_row(overlay, action)
            yield action
            yield from _archived(overlay, action)


def _archived(overlay: Overlay, removed: RowChange) -> Iterator[RowChange]:
    """Archives a row that went with its parent, unless somebody asked that nothing of that root be kept."""
    table, row = removed.table, removed.before
    rule = table.model.append_only
    if rule is None or rule.archive is None or row is None:
        return
    erasures = None if rule.erased_by is None else table.schema.table(rule.erased_by)
    if erasures is not None and any(overlay.view.rows(erasures.name, table.key_of(row)[0])):
        return
    # It happens at the end of the statement, as on PostgreSQL, so that the audit record of this removal is archived too
    # (decision 0014).
    archive = table.schema.table(rule.archive)
    there = overlay.view.row(archive.name, table.key_of(row))
    if there is not None and archive.model.values(there) == table.model.values(row):
        return  # the same row is there already; a different row is refused, because it would take this row's place
    kept = RowChange.of(archive, None, archive.model.construct(table.model.values(row)))
    _change_row(overlay, kept)
    yield kept


def _require_step(change: RowChange, after: Validated) -> None:
    for step in change.table.steps:
        step.require(change.before, after)


def _require_unreleased_parents(overlay: Overlay, change: RowChange) -> None:
    for link in change.concerns.releasable_links:
        if change.after is not None and link.links_to_released(overlay, change.before, change.after, change.root):
            raise change.table.model.violated(link.rule)


def _release(overlay: Overlay, change: RowChange, before: Validated, after: Validated) -> None:
    """Does what the release of a row does to the rows that refer to it: all but unlinking, which a cleanup does."""
    is_unreleased = change.table.model.is_unreleased
    if not is_unreleased(before) or is_unreleased(after):
        return
    key = change.table.key_of(after, change.root)
    for table, link in change.table.release_effects:
        if link.on_delete is OnDelete.CASCADE:
            execute(overlay, [RowChange.of(table, row, None, key[0]) for row in link.children_of(overlay, key)])
        elif link.on_delete is OnDelete.RESTRICT:
            if link.children_of(overlay, key):
                raise table.model.violated(link.rule)
        elif link.releasing is not None:
            for check, keeps in link.releasing.refused:
                if any(map(keeps, link.children_of(overlay, key))):
                    raise table.model.violated(check)


def _require_admission(overlay: Overlay, change: RowChange, after: Validated) -> None:
    for check in change.concerns.admission_checks:
        check.require(overlay, change.before, after, change.root)
