"""Which rows a check keeps linked: it would be false of them if their reference were null."""

from __future__ import annotations

from collections.abc import Iterator

from gapless.kit.columns import Column
from gapless.kit.kinds import Check, OnDelete, Reference
from gapless.kit.model import Model, Validated
from gapless.kit.predicates import TRUE, All, Any, Field, IsNull, Node, Not, fields_of

FALSE = Not(TRUE)


def kept_linked(model: Model[Validated], reference: Reference) -> Iterator[tuple[Check, Node]]:
    """The checks that keep rows linked, each with the condition of these rows, which still have their link.

    A row to which such a row refers can't be released, because it could not be removed later.

    Args:
        model: the model of the rows that refer.
        reference: their reference; only OnDelete.SET_NULL would unlink them.
    """
    if reference.on_delete is not OnDelete.SET_NULL:
        return
    for check in model.of_kind(Check):
        if _speaks_of(check.holds, reference.nulled):
            found = _false(check.holds, reference.nulled)
            if found is not FALSE:
                yield check, found


def _speaks_of(node: Node, columns: tuple[Column, ...]) -> bool:
    return any(column in columns for column in fields_of(node))


def _true(node: Node, nulled: tuple[Column, ...]) -> Node:
    """The condition that a node is true once these columns are null."""
    match node:
        case Not(part):
            return _false(part, nulled)
        case All(parts):
            return _all([_true(part, nulled) for part in parts])
        case Any(parts):
            return _any([_true(part, nulled) for part in parts])
        case IsNull(Field(column)) if column in nulled:
            return TRUE
        case _:
            # Whatever compares a null is neither true nor false.
            return FALSE if _speaks_of(node, nulled) else node


def _false(node: Node, nulled: tuple[Column, ...]) -> Node:
    """The condition that a node is false once these columns are null."""
    match node:
        case Not(part):
            return _true(part, nulled)
        case All(parts):
            return _any([_false(part, nulled) for part in parts])
        case Any(parts):
            return _all([_false(part, nulled) for part in parts])
        case IsNull(Field(column)) if column in nulled:
            return FALSE
        case _:
            return FALSE if _speaks_of(node, nulled) else Not(node)


def _all(parts: list[Node]) -> Node:
    kept = tuple(part for part in parts if part is not TRUE)
    if any(part is FALSE for part in kept):
        return FALSE
    return TRUE if not kept else kept[0] if len(kept) == 1 else All(kept)


def _any(parts: list[Node]) -> Node:
    kept = tuple(part for part in parts if part is not FALSE)
    if any(part is TRUE for part in kept):
        return TRUE
    return FALSE if not kept else kept[0] if len(kept) == 1 else Any(kept)
