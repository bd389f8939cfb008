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
    entities,
    get,
    growth_calls,
    growth_members,
    growth_memory,
    growth_organizations,
    growth_outbox,
    growth_releases,
    growth_trail,
    list_calls,
    memory_lookup,
    memory_units,
    neighbours,
    opening,
    pages,
    patterns,
    rules_cost,
    rules_of_one_row,
)

Found: TypeAlias = "Sequence[Comparison | Growth]"
Measured: TypeAlias = Callable[[Context], Awaitable[Found]]

MODULES = (
    get,
    change_role,
    list_calls,
    add_many,
    delete,
    pages,
    rules_cost,
    rules_of_one_row,
    patterns,
    memory_units,
    memory_lookup,
    entities,
    opening,
    growth_memory,
    growth_calls,
    growth_members,
    growth_organizations,
    growth_trail,
    growth_outbox,
    growth_releases,
    neighbours,  # the last two make more load than one client does, which those behind them would take for another's
    concurrent,
)
SECTIONS: Mapping[str, Measured] = {module.NAME: module.measured for module in MODULES}
"""By name, what measures a section."""
