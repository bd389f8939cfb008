"""Faults to plant into a copy of the store in memory, each a small patch, and what finds it soon."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from datetime import UTC, datetime
from types import SimpleNamespace, TracebackType
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.adapters.memory import MemoryStore, reading, repository, statement, unit_of_work
from gapless.adapters.memory import commit as committing
from gapless.adapters.memory.repository import MemoryRepository
from gapless.adapters.memory.schema import Key, Schema
from gapless.adapters.memory.scope import Scope
from gapless.adapters.memory.state import Overlay
from gapless.adapters.memory.statement import Change
from gapless.adapters.memory.unit_of_work import MemoryUnit
from gapless.domain.errors import NotFound, RuleViolated
from gapless.domain.rules import Catalogue, Model, OnDelete, Rule, queries
from gapless.domain.rules.kinds import Ordering
from gapless.domain.rules.model import E, Judged
from gapless.domain.unit_state import Stage
from gapless.domain.users import User, user_rules
from gapless.testing.differential.operations import Operation
from gapless.testing.differential.programs import Shape
from gapless.testing.differential.service_vocabulary import ENDINGS, SERVICE
from gapless.testing.differential.team_vocabulary import ELSEWHERE, TEAM
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.laws.host import HOSTED, Document, Folder, FolderId
from gapless.testing.laws.making import NOW

Plant = Callable[[pytest.MonkeyPatch], Callable[[], MemoryStore]]
ALONE = Shape(interleaved=False, misuse=False)
BRIEF = Shape(units=2, interleaved=False, misuse=False)
USERS = attrs.evolve(TEAM, weights=(User,))
FOLDERS = attrs.evolve(TEAM, weights=(User, Folder, Folder, Document))
GONE = {"is_deleted": True, "deleted_at": NOW}
# What makes each of these faults visible is rare by chance, and so is among the operations that come often.
ORDERS = (
    Operation("save_unaudited", User, 0, {"last_seen_at": NOW}),
    Operation("find", User, order=(("last_seen_at", False),)),
)
STALE_SAVES = (Operation("save", User, 0, {"name": "Ann"}, stale=True), Operation("save", User, 0, {"name": "Bo"}))
BAD_UPDATES = (Operation("save", User, 0, {"name": "x"}), Operation("save", User, 1, {"name": "x"}))
TIMES_ELSEWHERE = (Operation("save_unaudited", User, 0, {"last_seen_at": ELSEWHERE}), Operation("get", User, 0))
SECOND_LIVES = (Operation("put", User, 2, GONE), Operation("put", User, 3))
SIBLINGS = (
    Operation("add_all", Folder, 1, {"parent_id": FolderId(UUID(int=2 << 32 | 3))}),
    Operation("remove", Folder, 1),
)


def often(words: Vocabulary, *operations: Operation) -> Vocabulary:
    """The vocabulary in which these operations come often."""
    return attrs.evolve(words, breaking=operations)


@attrs.frozen
class Fault:
    """A fault that the harness has to find.

    Attributes:
        plant: plants it.
        words: what programs speak of that find it soon.
        shape: and how long they are.
        steps: how many steps are enough to show it.
    """

    plant: Plant
    words: Vocabulary = TEAM
    shape: Shape = ALONE
    steps: int = 5

    @property
    def name(self) -> str:
        """The name of the test that finds it."""
        return f"{self.plant.__name__}-{'service' if self.words.prepared is SERVICE.prepared else 'team'}"


def _store() -> MemoryStore:
    return MemoryStore(HOSTED)


def lost_update(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A save of what was read long ago overwrites what others saved since."""

    def current(self: MemoryRepository[E], entity: E) -> Judged:
        queries.require_tenant(self._model, entity, self._scope.organization)
        found = self._overlay.view.row(self._table.name, self._table.key_of(entity))
        if found is None:
            raise NotFound(self._model.name, self._model.key_of(entity)[-1])
        return found

    patch.setattr(MemoryRepository, "_current", current)
    return _store


def missed_rollback(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """Leaving a unit without a commit keeps what it wrote."""
    left = MemoryUnit.__aexit__

    async def leave(
        self: MemoryUnit, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._scope.state.stage is Stage.OPEN:
            committing._apply(self._scope.database.schema, self._overlay)
        await left(self, kind, error, trace)

    patch.setattr(MemoryUnit, "__aexit__", leave)
    return _store


def filter_ignored(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A set-based write, and a count, concern all rows."""
    selected = reading.select

    def select(scope: Scope, model: Model[E], _: object, *, include_deleted: bool) -> list[Judged]:
        return selected(scope, model, None, include_deleted=include_deleted)

    patch.setattr(reading, "select", select)
    return _store


def order_wrong(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """What is null comes first."""

    def nulls_first(rows: Sequence[E], order: tuple[Ordering, ...]) -> list[E]:
        found = queries.sorted_rows(rows, order)
        first = queries.column_of(order[0]).name
        return sorted(found, key=lambda row: getattr(row, first) is not None)

    patch.setattr(reading, "queries", SimpleNamespace(**{**vars(queries), "sorted_rows": nulls_first}))
    return _store


def page_off_by_one(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A page begins one row too far."""
    found = MemoryRepository.find

    async def find(self: MemoryRepository[E], *asked: object, **more: object) -> tuple[E, ...]:
        rows = cast("tuple[E, ...]", await found(self, *asked, **more))  # type: ignore[arg-type]  # as they were given
        return rows if more.get("after") is None else rows[1:]

    patch.setattr(MemoryRepository, "find", find)
    return _store


def check_skipped_on_update(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A row is judged when it is added, and never again."""
    changed = statement._change_row

    def change_row(overlay: Overlay, change: Change) -> None:
        with pytest.MonkeyPatch.context() as blind:
            if change.before is not None:
                blind.setitem(change.table.model.__dict__, "judge", lambda _: None)
            changed(overlay, change)

    patch.setattr(statement, "_change_row", change_row)
    return _store


def unique_without_its_condition(_: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """Deleted users keep their address."""
    rules = tuple(_without_condition(rule) if rule.name == "users_email_unique" else rule for rule in user_rules.rules)
    models = [attrs.evolve(model, rules=rules) if model.entity is User else model for model in HOSTED.models]
    catalogue = Catalogue(tuple(models))
    return lambda: MemoryStore(catalogue)


def _without_condition(rule: Rule) -> Rule:
    """The rule for all rows."""
    faulty = copy(rule)
    object.__setattr__(faulty, "where", None)
    return faulty


def set_null_forgotten(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A reference to a removed row stays."""
    carried_out = statement._actions

    def cascades(overlay: Overlay, removed: Change) -> Iterator[Change]:
        kept = [(table, link) for table, link in removed.table.referrers if link.on_delete is not OnDelete.SET_NULL]
        patch.setitem(removed.table.__dict__, "referrers", tuple(kept))
        return carried_out(overlay, removed)

    patch.setattr(statement, "_actions", cascades)
    return _store


def cascade_without_a_second_level(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """What a cascade removes takes nothing along."""
    carried_out = statement._actions
    taken_along: list[Judged | None] = []

    def first_level(overlay: Overlay, removed: Change) -> Iterator[Change]:
        if removed.before in taken_along:
            return
        for action in carried_out(overlay, removed):
            taken_along.append(action.before)
            yield action

    patch.setattr(statement, "_actions", first_level)
    return _store


def deferred_rule_judged_too_early(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """Rules over many rows are judged by the write that puts them in question."""

    def execute(overlay: Overlay, changes: Sequence[Change]) -> None:
        statement.execute(overlay, changes)
        tables = [change.table for change in changes]
        if tables and tables[0] is not tables[0].schema.root:  # an organization may be founded before its owner
            committing._judge_bounds(tables[0].schema, overlay)

    patch.setattr(repository, "execute", execute)
    return _store


def tenant_leak(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """Rows of every organization are found."""
    found = reading.find

    def find(scope: Scope, model: Model[E], query: queries.Query) -> tuple[E, ...]:
        everything = copy(scope)
        everything.tenant = None
        return found(everything, model, query)

    patch.setattr(reading, "find", find)
    return _store


def version_not_raised(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A row keeps its version when it is saved."""
    changed = MemoryRepository._changed

    def unchanged(self: MemoryRepository[E], current: Judged, entity: E) -> Judged:
        after = cast(E, changed(self, current, entity))
        version = self._table.version_of(current)
        return after if version is None else self._model.with_version(after, version)

    patch.setattr(MemoryRepository, "_changed", unchanged)
    return _store


def error_name_wrong(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A reference to nothing is refused in the name of the primary key."""
    required = statement._require_parents

    def require(overlay: Overlay, changes: Sequence[Change]) -> None:
        try:
            required(overlay, changes)
        except RuleViolated as error:
            table = changes[0].table
            raise table.model.violated(table.primary_key) from error

    patch.setattr(statement, "_require_parents", require)
    return _store


def time_zone_lost(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """The hour of a clock in another zone is taken for UTC."""
    changed = statement._change_row

    def change_row(overlay: Overlay, change: Change) -> None:
        if change.after is not None:
            model, row = change.table.model, change.after
            values = {column.name: getattr(row, column.name) for column in model.columns}
            times = {name: time.replace(tzinfo=UTC) for name, time in values.items() if isinstance(time, datetime)}
            for name, time in times.items():
                object.__setattr__(row, name, time)
        changed(overlay, change)

    patch.setattr(statement, "_change_row", change_row)
    return _store


def judged_row_by_row(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A statement over several rows is carried out as several statements."""

    def execute(overlay: Overlay, changes: Sequence[Change]) -> None:
        for change in changes:
            statement.execute(overlay, [change])

    patch.setattr(repository, "execute", execute)
    return _store


def references_judged_first(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A row is asked what it refers to before it is judged itself."""

    def execute(overlay: Overlay, changes: Sequence[Change]) -> None:
        statement._require_parents(overlay, [change for change in changes if change.table is changes[0].table])
        statement.execute(overlay, changes)

    patch.setattr(repository, "execute", execute)
    return _store


def judged_by_state(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """Every commit judges every rule over many rows, whether or not a write put it in question."""

    def commit(schema: Schema, overlay: Overlay) -> None:
        homes: dict[Key, None] = {key[:1]: None for rows in overlay.based.values() for key in rows}
        for bound in schema.bounds:
            overlay.armed[bound.name].update(homes)
        committing.commit(schema, overlay)

    patch.setattr(unit_of_work, "commit", commit)
    return _store


def commit_rules_in_another_order(_: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """Of two rules that a commit breaks, the last is named."""

    def made() -> MemoryStore:
        store = MemoryStore(HOSTED)
        schema = store._database.schema
        schema.__dict__["bounds"] = tuple(reversed(schema.bounds))
        return store

    return made


def judged_at_the_first_touch(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """Of two rules that a commit breaks, the one that was put in question first is named."""
    judged = committing._judge_bounds

    def judge(schema: Schema, overlay: Overlay) -> None:
        touched = [name for name, parents in overlay.armed.items() if parents]
        bounds = sorted(
            (bound for bound in schema.bounds if bound.name in touched), key=lambda bound: touched.index(bound.name)
        )
        judged(cast(Schema, SimpleNamespace(bounds=bounds)), overlay)

    patch.setattr(committing, "_judge_bounds", judge)
    return _store


def transitions_forgotten(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A change is judged by the row after it alone."""
    patch.setattr(statement, "_require_step", lambda *_: None)
    return _store


def trail_lost(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """The trail of a removed organization goes to no archive."""
    patch.setattr(statement, "_archived", lambda *_: iter(()))
    return _store


def erasure_ignored(_: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """The trail is archived though nothing was to be kept."""
    return lambda: MemoryStore(_with_trail_rule("erased_by", None))


def _with_trail_rule(field: str, value: object) -> Catalogue:
    """The catalogue with something else said of the trail."""
    models = []
    for model in HOSTED.models:
        rules = []
        for rule in model.rules:
            faulty = rule
            if rule.name == "audit_logs_append_only":
                faulty = copy(rule)
                object.__setattr__(faulty, field, value)
            rules.append(faulty)
        models.append(attrs.evolve(model, rules=tuple(rules)))
    return Catalogue(tuple(models))


def entry_of_moved_rows_only(patch: pytest.MonkeyPatch) -> Callable[[], MemoryStore]:
    """A row that comes to be in the set of an entry rule is not judged, only one that is added."""
    judged = statement._require_entry

    def added_only(overlay: Overlay, change: Change, after: Judged) -> None:
        if change.before is None:
            judged(overlay, change, after)

    patch.setattr(statement, "_require_entry", added_only)
    return _store


FAULTS = (
    Fault(lost_update, often(USERS, *STALE_SAVES), BRIEF),
    Fault(missed_rollback, TEAM, BRIEF),
    Fault(filter_ignored, USERS, BRIEF),
    Fault(order_wrong, often(USERS, *ORDERS), BRIEF),
    Fault(page_off_by_one, USERS, BRIEF),
    Fault(check_skipped_on_update, often(USERS, *BAD_UPDATES), BRIEF),
    Fault(unique_without_its_condition, often(USERS, *SECOND_LIVES), BRIEF),
    Fault(set_null_forgotten, FOLDERS, BRIEF),
    Fault(set_null_forgotten, SERVICE, BRIEF),
    Fault(cascade_without_a_second_level, FOLDERS, BRIEF),
    Fault(deferred_rule_judged_too_early, USERS, BRIEF),
    Fault(tenant_leak, USERS, BRIEF),
    Fault(version_not_raised, USERS, BRIEF),
    Fault(error_name_wrong, FOLDERS, BRIEF),
    Fault(time_zone_lost, often(USERS, *TIMES_ELSEWHERE), BRIEF),
    Fault(judged_row_by_row, often(FOLDERS, *SIBLINGS), BRIEF),
    Fault(references_judged_first, FOLDERS, BRIEF),
    Fault(judged_by_state, TEAM),
    Fault(commit_rules_in_another_order, TEAM, steps=8),
    Fault(judged_at_the_first_touch, TEAM, steps=8),
    Fault(transitions_forgotten, SERVICE, BRIEF),
    Fault(trail_lost, attrs.evolve(SERVICE, endings=ENDINGS[:1]), BRIEF),
    Fault(erasure_ignored, attrs.evolve(SERVICE, endings=ENDINGS[1:2]), BRIEF),
    Fault(entry_of_moved_rows_only, SERVICE, BRIEF),
)
