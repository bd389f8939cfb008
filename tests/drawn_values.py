"""Values that the fields of valid rows have, by the declaration alone: the same in every process, and the simplest."""

from __future__ import annotations

from functools import cache
from typing import cast

from hypothesis import Phase, find, settings

from gapless.kit.model import Validated
from gapless.testing.strategies.row_generators import values_of

SETTINGS = settings(database=None, phases=[Phase.generate, Phase.shrink], deadline=None, derandomize=True)


def value_of(entity: type[Validated], field: str, place: int = 0) -> object:
    """A value that the rules of an entity let one of its fields have.

    Args:
        entity: what has the field.
        field: which one.
        place: of which place among several that differ.

    Returns:
        A value that is not None.

    Raises:
        hypothesis.errors.NoSuchExample: the field has not so many.
    """
    return _drawn(cast("type", entity), field, place)


@cache
def _drawn(entity: type, field: str, place: int) -> object:
    earlier = [_drawn(entity, field, before) for before in range(place)]
    drawn = values_of(cast("type[Validated]", entity), field)
    return find(drawn, lambda value: value is not None and value not in earlier, settings=SETTINGS)
