"""Faults of the in-memory store: what is kept, or goes, is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from decimal import Decimal
from typing import cast

import attrs
import pytest

from gapless.adapters.memory import commit as committing
from gapless.adapters.memory import rows, statement, store
from gapless.adapters.memory.enforcers.filled import FilledEnforcer, filled
from gapless.adapters.memory.keys import part_of_key
from gapless.adapters.memory.rows import MemoryRows
from gapless.adapters.memory.state import Counter, Overlay
from gapless.adapters.memory.statement import RowChange
from gapless.adapters.memory.transaction import MemoryTransaction
from gapless.adapters.writing import requirements
from gapless.adapters.writing.openings import Kind
from gapless.adapters.writing.repository import StoreRepository
from gapless.adapters.writing.side_records import SideRecords
from gapless.adapters.writing.unit import Stage, Unit
from gapless.kit import Catalogue, Model, OnDelete, writes
from gapless.kit.audit import AuditRecord
from gapless.kit.columns import Digits, RecordedTime
from gapless.kit.json_object import JsonObject
from gapless.kit.model import E, Validated
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Clock
from tests.laws.faults.planting import Made, compiled_anew, in_memory, on_another


def lost_update(patch: pytest.MonkeyPatch) -> Made:
    """A save of what was read long ago overwrites what others saved since."""

    def current(self: MemoryRows[E], row: E) -> Validated | None:
        return self._overlay.view.row(self._table.name, self._table.key_of(row))

    patch.setattr(MemoryRows, "_current", current)
    return in_memory


def missed_rollback(patch: pytest.MonkeyPatch) -> Made:
    """Leaving a unit without a commit keeps what it wrote."""
    ended = Unit.close

    async def close(self: Unit) -> None:
        is_left = self.stage is Stage.OPEN and self.opening.kind is Kind.UNIT
        if is_left and isinstance(self.transaction, MemoryTransaction):
            committing._apply(self.transaction.database.schema, self.transaction.overlay)
        await ended(self)

    patch.setattr(Unit, "close", close)
    return in_memory


def version_not_raised(patch: pytest.MonkeyPatch) -> Made:
    """A row keeps its version when it is saved."""
    saved = MemoryRows._saved

    def unchanged(
        self: MemoryRows[E], current: Validated, before: E, after: E, changes: dict[str, object]
    ) -> Validated:
        written = cast(E, saved(self, current, before, after, changes))
        version = self._table.version_of(current)
        return written if version is None else self._table.model.with_version(written, version)

    patch.setattr(MemoryRows, "_saved", unchanged)
    return in_memory


def set_null_forgotten(patch: pytest.MonkeyPatch) -> Made:
    """A reference to a removed row stays."""
    carried_out = statement._actions

    def cascades(overlay: Overlay, removed: RowChange) -> Iterator[RowChange]:
        kept = [(table, link) for table, link in removed.table.referrers if link.on_delete is not OnDelete.SET_NULL]
        patch.setitem(removed.table.__dict__, "referrers", tuple(kept))
        return carried_out(overlay, removed)

    patch.setattr(statement, "_actions", cascades)
    return in_memory


def cascade_without_a_second_level(patch: pytest.MonkeyPatch) -> Made:
    """What a cascade removes takes nothing along."""
    carried_out = statement._actions
    taken_along: list[Validated | None] = []

    def first_level(overlay: Overlay, removed: RowChange) -> Iterator[RowChange]:
        if removed.before in taken_along:
            return
        for action in carried_out(overlay, removed):
            taken_along.append(action.before)
            yield action

    patch.setattr(statement, "_actions", first_level)
    return in_memory


def trail_lost(patch: pytest.MonkeyPatch) -> Made:
    """The trail of a removed organization goes to no archive."""
    patch.setattr(statement, "_archived", lambda *_: iter(()))
    return in_memory


def erasure_ignored(_: pytest.MonkeyPatch) -> Made:
    """The trail is archived though nothing was to be kept."""
    return on_another(lambda catalogue: _with_trail_rule(catalogue, "erased_by", None))


def _with_trail_rule(catalogue: Catalogue, field: str, value: object) -> Catalogue:
    """The catalogue with something else said of the trail."""
    models = []
    for model in catalogue.models:
        rules = []
        for rule in model.rules:
            faulty = rule
            if rule.name == "audit_logs_append_only":
                faulty = copy(rule)
                object.__setattr__(faulty, field, value)
            rules.append(faulty)
        models.append(attrs.evolve(model, rules=tuple(rules)))
    return Catalogue(tuple(models))


def record_written_again(patch: pytest.MonkeyPatch) -> Made:
    """A record that covers several writes is written with each of them, unless the organization is being created."""
    saved = StoreRepository._side_records

    def forgetful(self: StoreRepository[E], audit: AuditRecord | None, events: Sequence[OutboxEvent]) -> SideRecords:
        transaction = self._unit.transaction
        if not isinstance(transaction, MemoryTransaction):
            return saved(self, audit, events)
        key = (part_of_key(self._unit.opening.root_id),)
        if transaction.overlay.committed.row(transaction.catalogue.root.table, key) is not None:
            self._unit.audits.clear()
        return saved(self, audit, events)

    patch.setattr(StoreRepository, "_side_records", forgetful)
    return in_memory


def numbers_begin_anew(patch: pytest.MonkeyPatch) -> Made:
    """Each unit numbers its audit records from 1, as if nobody had written any before."""
    patch.setattr(Overlay, "last_number", lambda overlay, tenant: overlay.numbers.get(tenant, 0))
    return in_memory


def numbers_of_the_writer(patch: pytest.MonkeyPatch) -> Made:
    """A row keeps what its writer says where the store has to fill it."""
    patch.setattr(rows, "filled", lambda _overlay, _filling, row, *_, **__: row)
    return in_memory


def times_of_the_writer(patch: pytest.MonkeyPatch) -> Made:
    """An audit record came when its writer says that it happened."""
    fills = filled

    def fill(
        overlay: Overlay, filling: FilledEnforcer, row: Validated, counter: Counter, clock: Clock, *, uncounted: bool
    ) -> Validated:
        found = fills(overlay, filling, row, counter, clock, uncounted=uncounted)
        return (
            attrs.evolve(found, recorded_at=RecordedTime(found.created_at)) if isinstance(found, AuditRecord) else found
        )

    patch.setattr(rows, "filled", fill)
    return in_memory


def forgery_kept(patch: pytest.MonkeyPatch) -> Made:
    """What somebody put into the archive keeps the true audit record of its id out."""
    archived = statement._archived

    def archive(overlay: Overlay, removed: RowChange) -> Iterator[RowChange]:
        rule = removed.table.model.append_only
        if rule is not None and rule.archive is not None and removed.before is not None:
            kept = removed.table.schema.table(rule.archive)
            if overlay.view.row(kept.name, removed.table.key_of(removed.before)) is not None:
                return
        yield from archived(overlay, removed)

    patch.setattr(statement, "_archived", archive)
    return in_memory


def counted_without_a_commit(patch: pytest.MonkeyPatch) -> Made:
    """A number that a unit was given is gone, whether the unit is kept or not."""
    last = Overlay.last_number

    def number(overlay: Overlay, counter: Counter) -> int:
        overlay.committed.numbers[counter] = overlay.committed.numbers.get(counter, 0) + 1
        return last(overlay, counter)

    patch.setattr(Overlay, "last_number", number)
    return in_memory


def erasable_is_changeable(patch: pytest.MonkeyPatch) -> Made:
    """Where something may be taken away, anything may be written."""

    def allowed(model: Model[E], before: E, after: E) -> bool:
        erasable = () if model.append_only is None else model.append_only.erasable
        return model.difference(before, after).keys() <= {column.name for column in erasable}

    patch.setattr(writes, "is_erasure", allowed)
    return in_memory


def members_compared_as_python_does(patch: pytest.MonkeyPatch) -> Made:
    """A number in a document is taken for another one that Python finds equal, as 1 and 1.0 are."""

    def less(before: object, after: object) -> bool:
        if not isinstance(before, JsonObject) or not isinstance(after, JsonObject):
            return after is None and before is not None
        return after.to_dict().items() <= before.to_dict().items() if _is_flat(after) else before.only(after) == after

    patch.setattr(writes, "_is_less", less)
    return in_memory


def _is_flat(document: JsonObject) -> bool:
    return not any(isinstance(value, (list, dict)) for value in document.to_dict().values())


def more_changes_with_an_erasure(patch: pytest.MonkeyPatch) -> Made:
    """Who takes something out of a row may change the rest of it along."""

    def allowed(model: Model[E], before: E, after: E) -> bool:
        erasable = () if model.append_only is None else model.append_only.erasable
        return any(getattr(after, c.name) is None is not getattr(before, c.name) for c in erasable)

    patch.setattr(writes, "is_erasure", allowed)
    return in_memory


def never_erased(patch: pytest.MonkeyPatch) -> Made:
    """What never changes keeps the values of persons for ever."""
    patch.setattr(writes, "is_erasure", lambda *_: False)
    return in_memory


def erased_where_nothing_was(patch: pytest.MonkeyPatch) -> Made:
    """A write of a condition that takes nothing out of a row passes."""
    is_erasure = writes.is_erasure
    patch.setattr(writes, "is_erasure", lambda model, a, b: a is b or a == b or is_erasure(model, a, b))
    return in_memory


def clock_never_asked(patch: pytest.MonkeyPatch) -> Made:
    """Whatever time somebody removes by, the store lets it pass."""
    patch.setattr(store, "require_not_ahead", lambda *_: None)
    return in_memory


def kept_asked_too_early(patch: pytest.MonkeyPatch) -> Made:
    """What can be kept is asked before whose row it is, and before the row is looked for."""
    saved = StoreRepository._saved

    async def hasty(self: StoreRepository[E], entity: E, side: SideRecords, *, unaudited: bool = False) -> E:
        self._model.require_representable(entity)
        return await saved(self, entity, side, unaudited=unaudited)

    patch.setattr(StoreRepository, "_saved", hasty)
    return in_memory


def record_asked_too_late(patch: pytest.MonkeyPatch) -> Made:
    """Whose row it is is asked before the audit record that has to come with it."""
    saved = StoreRepository.save

    async def hasty(
        self: StoreRepository[E], entity: E, audit: AuditRecord | None = None, events: Sequence[OutboxEvent] = ()
    ) -> E:
        requirements.require_tenant(self._model, entity, self._unit.opening.root_id)
        return await saved(self, entity, audit, events)

    patch.setattr(StoreRepository, "save", hasty)
    return in_memory


def decimals_rounded(patch: pytest.MonkeyPatch) -> Made:
    """A decimal with too many digits is rounded, as a `numeric(p, s)` does it, and not refused."""
    normalised = Digits.normalised

    def rounded(self: Digits, value: object) -> object:
        if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < self.precision - self.scale:
            return value.quantize(self.unit)
        return normalised(self, value)

    patch.setattr(Digits, "normalised", rounded)
    return compiled_anew()
