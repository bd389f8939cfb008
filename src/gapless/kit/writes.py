"""What a write may change of an existing row: all columns, some of them, or only what may be erased."""

from __future__ import annotations

from collections.abc import Collection

from gapless.kit.columns import Column
from gapless.kit.json_object import JsonObject
from gapless.kit.model import VERSION, E, Model


def is_unaudited(model: Model[E], changed: Collection[str]) -> bool:
    """Whether a change of these fields needs no audit record."""
    return not model.audited or {VERSION, *(column.name for column in model.unaudited)}.issuperset(changed)


def changeable(model: Model[E]) -> tuple[Column, ...]:
    """The columns that a write may change in an existing row: those that no rule declares immutable."""
    return tuple(column for column in model.columns if column.name not in model.immutable)


def is_erasure(model: Model[E], before: E, after: E) -> bool:
    """Whether a change of an append-only row is allowed: it takes away what may be erased, and nothing else."""
    erasable = () if model.append_only is None else model.append_only.erasable
    changes = model.difference(before, after)
    taken = (_is_less(getattr(before, c.name), changes[c.name]) for c in erasable if c.name in changes)
    return bool(changes) and changes.keys() <= {column.name for column in erasable} and all(taken)


def _is_less(before: object, after: object) -> bool:
    if after is None:
        return before is not None
    # A member of a document is lost as a whole: nobody could check that a text lost only a part (decision 0037).
    return type(before) is JsonObject and type(after) is JsonObject and after != before and before.only(after) == after


def erases(model: Model[E], assigned: Collection[str]) -> bool:
    """Whether a set-based change writes only columns from which something may be erased; each row is then checked."""
    erasable = () if model.append_only is None else model.append_only.erasable
    return bool(assigned) and {column.name for column in erasable}.issuperset(assigned)
