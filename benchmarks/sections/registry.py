"""All sections of the benchmarks, in the order in which they run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from benchmarks.comparisons import Comparison
from benchmarks.context import Context
from benchmarks.growths import Growth
from benchmarks.sections import (
    add_many,
    change_role,
    concurrent,
    delete,
    get,
    list_calls,
    neighbours,
    pages,
    patterns,
    rules_cost,
)

Found: TypeAlias = "Sequence[Comparison | Growth]"
Measured: TypeAlias = Callable[[Context], Awaitable[Found]]

SECTIONS: Mapping[str, Measured] = {
    get.NAME: get.measured,
    change_role.NAME: change_role.measured,
    list_calls.NAME: list_calls.measured,
    add_many.NAME: add_many.measured,
    delete.NAME: delete.measured,
    concurrent.NAME: concurrent.measured,
    pages.NAME: pages.measured,
    rules_cost.NAME: rules_cost.measured,
    patterns.NAME: patterns.measured,
    neighbours.NAME: neighbours.measured,
}
"""By name, what measures a section."""
