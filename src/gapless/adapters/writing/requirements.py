"""Checks before a write looks at any rule: whose row it is, which row, and in which version."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from gapless.kit import writes
from gapless.kit.catalogue import Catalogue
from gapless.kit.errors import ConcurrencyConflict, NotFound, QueryRefused, TenantMismatch
from gapless.kit.ids import RootId
from gapless.kit.kinds import AdmissionGuard, AppendOnly, Invariant
from gapless.kit.model import VERSION, E, Model
from gapless.kit.plain import at_most, kind_of

MOST_ROWS = 100_000


def require_root_id(model: Model[E], id: object) -> RootId:
    """The key of a root, in its normal form.

    Raises:
        NotFound: no root can have this key.
    """
    found = model.root_key(id)
    if found is None:
        raise NotFound(model.name, id)
    return cast(RootId, found)


def require_tenant(model: Model[E], row: E, root: object) -> None:
    """Refuses a row of another root; the key of a row of this one is in its normal form afterwards.

    Raises:
        TenantMismatch: it belongs to another root.
        QueryRefused: it is not a row of this entity.
    """
    if type(row) is not model.entity:
        raise QueryRefused(f"A repository of {model.name} takes rows of it, not {kind_of(row)}.")
    model.normalise_key(row)
    tenant = model.tenant_of(row)
    if tenant is not root and (type(tenant) is not type(root) or tenant != root):
        raise TenantMismatch(model.name)


def rows_of(model: Model[E], given: object, root: object) -> tuple[E, ...]:
    """The rows that are to be added.

    Raises:
        QueryRefused: they can't be iterated, there are too many, or one is not a row of this entity.
        TenantMismatch: one belongs to another root.
    """
    rows = at_most(given, MOST_ROWS)
    if rows is None:
        raise QueryRefused(f"What is added is a sequence of {model.name}, not {kind_of(given)}.")
    if len(rows) > MOST_ROWS:
        raise QueryRefused(f"A write adds at most {MOST_ROWS} rows: add the others by another.")
    for row in rows:
        require_tenant(model, cast(E, row), root)
    return cast("tuple[E, ...]", tuple(rows))


def require_key(model: Model[E], entity: E) -> None:
    """Refuses an instance with a key that no row can have.

    Raises:
        NotFound: there is no such row.
    """
    if model.has_ids(entity):
        return  # this is nearly always the case
    for column in model.key_columns:
        value = cast(object, getattr(entity, column.name))
        if value is None or not column.represents(value):
            raise NotFound(model.name, model.id_of(entity))


def require_version(model: Model[E], current: E, entity: E) -> None:
    """Refuses an instance with another version than the row; True is not a version, though it equals 1.

    Raises:
        ConcurrencyConflict: the row has another version by now.
    """
    if model.versioned:
        version, given = (cast(object, getattr(row, VERSION)) for row in (current, entity))
        if type(given) is not int or given != version:
            raise ConcurrencyConflict


def is_version(model: Model[E], entity: E) -> bool:
    """Whether a row could have the version of this instance; true if the entity has no version."""
    return not model.versioned or model.column(VERSION).represents(getattr(entity, VERSION))


def require_addable(catalogue: Catalogue, model: Model[E]) -> None:
    """Refuses to add rows to an archive: otherwise somebody could put forged ones there before the genuine ones come.

    Raises:
        QueryRefused: the entity is an archive.
    """
    # On PostgreSQL no role may do it, so the store in memory must refuse it too (decision 0031).
    if model.entity in catalogue.archives:
        raise QueryRefused(f"Nobody adds a {model.name}: it comes to the archive when what it belongs to is removed.")


def require_changeable(model: Model[E], before: E, after: E, changes: Collection[str]) -> None:
    """Refuses a change of what never changes in an existing row; no role has the right to write it.

    Args:
        model: the model of the entity.
        before: the row before the change.
        after: the row after the change, with values in their normal form.
        changes: the columns in which the two differ.

    Raises:
        RuleViolated: such a column changes; if the row also breaks a rule over one row, that rule comes first.
    """
    if model.append_only is not None:
        if not writes.is_erasure(model, before, after):
            raise model.violated(model.append_only)
        return
    if not model.immutable.keys().isdisjoint(changes):
        model.validate(after)
        raise model.violated(next(rule for name, rule in model.immutable.items() if name in changes))


def require_system_writable(catalogue: Catalogue, model: Model[E]) -> None:
    """Refuses an entity whose writes concern more than its own row, because a system unit holds no lock.

    Raises:
        QueryRefused: the entity is audited, or an invariant speaks of it.
    """
    # Such rules are safe only under the root's lock, which this unit does not take (decision 0002).
    bound = (*model.of_kind(Invariant), *model.of_kind(AdmissionGuard), *model.of_kind(AppendOnly))
    if model.audited or bound or model.is_root or model.entity in catalogue.ruling:
        raise QueryRefused(f"{model.name} is written in the unit of work of one root, not across all of them.")
