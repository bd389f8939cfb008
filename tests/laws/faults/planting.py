"""What every fault is: a small patch of the in-memory store, after which a store is made as usual."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cache

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.adapters.memory.transaction import MemoryTransaction
from gapless.adapters.writing.reader import Reader
from gapless.kit import Catalogue, Rule
from gapless.kit.model import E
from tests.stores import IMPATIENT

Made = Callable[[Catalogue], MemoryStore]
Plant = Callable[[pytest.MonkeyPatch], Made]
"""Plants a fault, and returns what makes a store of a catalogue that has it."""


def in_memory(catalogue: Catalogue) -> MemoryStore:
    """An in-memory store whose units hardly wait for a lock."""
    # A catalogue of its own: what is compiled from the shared one must neither lack the fault nor keep it.
    return MemoryStore(Catalogue(catalogue.models), limits=IMPATIENT)


def on_another(changed: Callable[[Catalogue], Catalogue]) -> Made:
    """Makes stores of another catalogue, which is made once: its stores share what is compiled of it, faulty or not."""
    once = cache(changed)
    return lambda catalogue: MemoryStore(once(catalogue), limits=IMPATIENT)


def compiled_anew() -> Made:
    """Makes stores that share nothing with those of before: for faults in what is compiled of a catalogue."""
    return on_another(lambda catalogue: Catalogue(catalogue.models))


def without_conditions(catalogue: Catalogue, kind: type[Rule]) -> Catalogue:
    """The catalogue with rules of one kind that hold for all rows, and not for those alone that their `where` says."""

    def for_all_rows(rule: Rule) -> Rule:
        if not isinstance(rule, kind):
            return rule
        faulty = copy(rule)
        object.__setattr__(faulty, "where", None)
        return faulty

    return Catalogue(
        tuple(attrs.evolve(model, rules=tuple(map(for_all_rows, model.rules))) for model in catalogue.models)
    )


def is_of_memory(rows: Reader[E]) -> bool:
    """Whether a repository is one of the in-memory store: what both stores share goes wrong there alone."""
    return isinstance(rows._unit.transaction, MemoryTransaction)
