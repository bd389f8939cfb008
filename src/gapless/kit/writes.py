"""What a store asks of whoever writes, before it looks at a rule: whose row it is, which row, and with what entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar, cast
from uuid import UUID

from gapless.kit.catalogue import Catalogue
from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import ConcurrencyConflict, InvalidValue, NotFound, QueryRefused, TenantMismatch
from gapless.kit.json_object import JsonObject
from gapless.kit.kinds import AppendOnly, CountRule, EntryRequires
from gapless.kit.model import VERSION, E, Judged, Model
from gapless.kit.plain import at_most, kind_of, plain_number, plain_uuid

A = TypeVar("A", bound=Judged)
GREATEST_SECONDS = 2_147_483.0
"""The longest time that PostgreSQL's own limits hold, some 24 days."""
MOST_EVENTS = 1000
MOST_ROWS = 100_000


def require_seconds(seconds: float) -> float:
    """A unit's time in seconds, as a plain number; none at all is a time that is over.

    Raises:
        InvalidValue: it is no number, not finite, or more than 24 days.
    """
    number = plain_number(seconds)
    if number is None or not abs(number) <= GREATEST_SECONDS:
        raise InvalidValue(
            "seconds",
            f"The time of a unit of work is a number of at most {GREATEST_SECONDS:.0f} seconds.",
            fields=("seconds",),
        )
    return number


def require_id(model: Model[E], id: object) -> UUID:
    """The id of an organization, as a plain one.

    Raises:
        NotFound: it can't be one, so there is no such organization.
    """
    found = plain_uuid(id)
    if found is None:
        raise NotFound(model.name, id)
    return found


def require_tenant(model: Model[E], row: E, organization: object) -> None:
    """Refuses a row of another organization; the key of one that is taken is in its normal form.

    Raises:
        TenantMismatch: it belongs to another one.
        QueryRefused: it is no row of this entity at all.
    """
    if type(row) is not model.entity:
        raise QueryRefused(f"A repository of {model.name} takes rows of it, not {kind_of(row)}.")
    model.normalise_key(row)
    tenant = model.tenant_of(row)
    if tenant is not organization and (type(tenant) is not UUID or tenant != organization):
        raise TenantMismatch(model.name)


def rows_of(model: Model[E], given: object, organization: object) -> tuple[E, ...]:
    """The rows that are to be added.

    Raises:
        QueryRefused: nobody can iterate them to their end, they are too many, or one is no row of this entity.
        TenantMismatch: one belongs to another organization.
    """
    rows = at_most(given, MOST_ROWS)
    if rows is None:
        raise QueryRefused(f"What is added is a sequence of {model.name}, not {kind_of(given)}.")
    if len(rows) > MOST_ROWS:
        raise QueryRefused(f"A write adds at most {MOST_ROWS} rows: add the others by another.")
    for row in rows:
        require_tenant(model, cast(E, row), organization)
    return cast("tuple[E, ...]", tuple(rows))


def require_key(model: Model[E], entity: E) -> None:
    """Refuses an instance whose key is one that no row can have.

    Raises:
        NotFound: there is no such row.
    """
    for column in model.key_columns:
        value = cast(object, getattr(entity, column.name))
        if type(value) is UUID and column.type is ColumnType.UUID:
            continue  # as nearly always
        if value is None or not column.can_store(value):
            raise NotFound(model.name, model.key_of(entity)[-1])


def require_version(model: Model[E], current: E, entity: E) -> None:
    """Refuses an instance whose version is not that of the row; true is no version, though it equals 1.

    Raises:
        ConcurrencyConflict: the row has another version by now.
    """
    if model.versioned:
        version, given = (cast(object, getattr(row, VERSION)) for row in (current, entity))
        if type(given) is not int or given != version:
            raise ConcurrencyConflict


def is_unaudited(model: Model[E], changed: Collection[str]) -> bool:
    """Whether a change of these fields needs no audit entry."""
    return not model.audited or {VERSION, *(column.name for column in model.unaudited)}.issuperset(changed)


def require_addable(catalogue: Catalogue, model: Model[E]) -> None:
    """Refuses to add rows to an archive: whoever could, could put forged ones there before the genuine ones come.

    Raises:
        QueryRefused: the entity is one.
    """
    if model.entity in catalogue.archives:
        raise QueryRefused(f"Nobody adds a {model.name}: it comes to the archive when what it belongs to is removed.")


def require_immutable(model: Model[E], before: E, after: E) -> None:
    """Refuses a change of a field that never changes once a row is there.

    Raises:
        RuleViolated: there is one; or, if the row breaks a rule over one row as well, that.
    """
    for name, rule in model.immutable.items():
        value = cast(object, getattr(after, name))
        if value is not getattr(before, name) and value != getattr(before, name):
            model.judge(after)
            raise model.violated(rule)


def changeable(model: Model[E]) -> tuple[Column, ...]:
    """The columns that a write may change once a row is there: those that no rule declares immutable."""
    return tuple(column for column in model.columns if column.name not in model.immutable)


def is_erasure(model: Model[E], before: E, after: E) -> bool:
    """Whether a change of a row that never changes does what is allowed: it takes away what may be erased, no more."""
    erasable = () if model.append_only is None else model.append_only.erasable
    changes = model.difference(before, after)
    taken = (_is_less(getattr(before, c.name), changes[c.name]) for c in erasable if c.name in changes)
    return bool(changes) and changes.keys() <= {column.name for column in erasable} and all(taken)


def _is_less(before: object, after: object) -> bool:
    if after is None:
        return before is not None
    return type(before) is JsonObject and type(after) is JsonObject and after != before and before.only(after) == after


def erases(model: Model[E], assigned: Collection[str]) -> bool:
    """Whether a set-based change writes only what may be erased, so that each row says whether it may."""
    erasable = () if model.append_only is None else model.append_only.erasable
    return bool(assigned) and {column.name for column in erasable}.issuperset(assigned)


def require_bare(catalogue: Catalogue, model: Model[E]) -> None:
    """Refuses an entity whose writes concern more than its own row: a unit over all organizations holds no lock.

    Raises:
        QueryRefused: it is audited, or a rule over many rows speaks of it.
    """
    bound = (*model.of_kind(CountRule), *model.of_kind(EntryRequires), *model.of_kind(AppendOnly))
    if model.audited or bound or model is catalogue.root:
        raise QueryRefused(f"{model.name} is written in the unit of work of one organization, not across all of them.")


def beside(
    trail: Model[A], outbox: Model[E], entry: A | None, events: Iterable[E], organization: object
) -> tuple[E, ...]:
    """Judges what is to be written beside rows: the entry that tells of them, and the events that go with them.

    Args:
        trail: the model of entries.
        outbox: the model of events.
        entry: the entry, or None; its values come to be normal ones.
        events: the events.
        organization: whose they have to be.

    Returns:
        The events as they will be written.

    Raises:
        QueryRefused: one is no entry or no event, or there are more events than one statement can hold.
        TenantMismatch: one is another organization's.
        RuleViolated: one breaks a rule over one row.
    """
    given = at_most(events, MOST_EVENTS)
    if given is None:
        raise QueryRefused(f"The events of a write are a sequence of {outbox.name}, not {kind_of(events)}.")
    if len(given) > MOST_EVENTS:
        raise QueryRefused(f"A write takes at most {MOST_EVENTS} events: add the others to the outbox by themselves.")
    if entry is not None:
        require_tenant(trail, entry, organization)
        trail.judge(entry)
    for event in given:
        require_tenant(outbox, cast(E, event), organization)
    fresh = tuple(outbox.with_version(cast(E, event), 1) for event in given)
    for event in fresh:
        outbox.judge(event)
    return fresh
