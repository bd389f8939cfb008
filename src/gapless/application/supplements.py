"""Finds the row with the limit of a rule, where that stands in a supplement of the parent."""

from __future__ import annotations

from typing import TypeVar, cast

from gapless.kit.errors import NotFound
from gapless.kit.invariants import InvariantValidator
from gapless.kit.model import Entity, Validated
from gapless.kit.ports import Reading, UnitOfWork

E = TypeVar("E", bound=Validated)


async def supplement_in(
    opened: UnitOfWork | Reading, invariant: InvariantValidator[E], parent: Validated
) -> Validated | None:
    """The row by which a rule limits what a parent has; None if it has none, or the limit does not stand in one.

    Args:
        opened: a unit or a reading of the parent's root.
        invariant: the rule.
        parent: the parent.
    """
    limit = invariant.supplemented
    if limit is None:
        return None
    try:
        return await opened.of(cast("type[Entity]", limit.model.entity)).get(limit.id_for(parent))
    except NotFound:
        return None
