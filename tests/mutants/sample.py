"""Draws mutants: a kind by its weight, so that a rare one is tried as well, then a place, then a fault of both."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from tests.mutants.candidates import candidates, is_other, modules
from tests.mutants.equals import EQUALS
from tests.mutants.mutant import PACKAGE, ROOT, Mutant, source_of
from tests.mutants.places import PLACES, place_of
from tests.mutants.sql_faults import SQL, planted_faults

WEIGHTS: Mapping[str, int] = MappingProxyType(
    {
        SQL: 30,
        "and, or": 8,
        "argument": 9,
        "boolean": 6,
        "bound": 8,
        "branches": 9,
        "early return": 5,
        "element": 6,
        "equality": 6,
        "filter": 4,
        "is": 8,
        "link of a chain": 3,
        "negation": 4,
        "number": 7,
        "on delete": 2,
        "operand": 12,
        "order": 4,
        "plus and minus": 5,
        "refusal": 7,
        "rule": 7,
        "sorting and choice": 4,
        "statement": 12,
    }
)
"""How often each kind of fault is drawn, compared with the others."""


def every_mutant(root: Path = ROOT) -> list[Mutant]:
    """Every fault that is known how to plant, apart from those that change nothing anybody could see."""
    found = [
        mutant for module in modules(root) for mutant in candidates(module, (root / PACKAGE / module).read_bytes())
    ]
    return [*planted_faults(root), *found]


def draw(mutants: Sequence[Mutant], count: int, seed: int, places: Iterable[str] = ()) -> list[Mutant]:
    """Draws mutants, none twice; the same for the same seed and source.

    Args:
        mutants: what is drawn from.
        count: how many; all that there are if these are fewer.
        seed: of the drawing.
        places: where; everywhere if none is named.
    """
    return list(islice(_drawn(mutants, random.Random(seed), set(places)), count))


def _drawn(mutants: Sequence[Mutant], rng: random.Random, places: set[str]) -> Iterator[Mutant]:
    groups: dict[str, dict[str, list[Mutant]]] = defaultdict(lambda: defaultdict(list))
    for mutant in mutants:
        place = place_of(mutant.module)
        if place in places if places else PLACES[place].weight:
            groups[mutant.kind][place].append(mutant)
    equal = {equal.change for equal in EQUALS}
    while groups:
        kind = _chosen(rng, groups, WEIGHTS)
        place = _chosen(rng, groups[kind], {name: PLACES[name].weight or 1 for name in groups[kind]})
        left = groups[kind][place]
        mutant = left.pop(rng.randrange(len(left)))
        if not left:
            del groups[kind][place]
        if not groups[kind]:
            del groups[kind]
        source = source_of(mutant)
        if is_other(mutant, source) and mutant.change(source) not in equal:
            yield mutant


def _chosen(rng: random.Random, names: Iterable[str], weights: Mapping[str, int]) -> str:
    found = sorted(names)
    return rng.choices(found, [weights[name] for name in found])[0]
