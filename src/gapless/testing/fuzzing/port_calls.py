"""Calls of the ports of a store in which now and then something is hostile: an id, a field, a condition, a limit."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from operator import attrgetter
from typing import cast
from uuid import UUID

import attrs
from hypothesis import strategies as st

from gapless.kit import all_of, model_of
from gapless.kit.assignments import Assignment, assign, increment
from gapless.kit.model import Validated
from gapless.kit.ports import AuditedRepository, Repository, SystemRepository
from gapless.testing.differential.conditions import Condition
from gapless.testing.differential.programs import conditions_for, steps_of, values_for
from gapless.testing.differential.side_records import audit_record_of, event_of
from gapless.testing.differential.vocabulary import Values, Vocabulary, mark_of
from gapless.testing.differential.worlds import ProgramWorld
from gapless.testing.fuzzing.hostile import HOSTILE, SPOILED, Apart, Hostile

OPENINGS = ("unit",) * 4 + ("reading", "snapshot", "system")
READS = ("get", "find_by_ids", "find", "count", "exists", "sum", "greatest", "least", "count_by")
OPENED = ("root_id", "entity_type", "seconds", "snapshot")
"""What else can be hostile: what the store and the unit are asked for."""
MOST_CALLS = 25


@attrs.frozen
class PortCall:
    """One call of a repository, in an opening of its own.

    Attributes:
        opening: which way the store is opened: unit, reading, snapshot, system.
        method: what the repository is asked for.
        entity: of which entity.
        root: in which of the two roots.
        place: which row it is about.
        values: the fields of that row, or what is assigned; hostile ones among them.
        where: the condition.
        compared: what has to hold as well: that a field equals something hostile.
        order: by which fields.
        field: what is added up, compared or counted by.
        steps: by how much fields are counted in.
        hostile: what stands in the place of an argument, by the parameter's name; OPENED among them.
        commits: whether it is committed.
    """

    opening: str
    method: str
    entity: type[Validated]
    root: int
    place: int
    values: Values
    where: Condition
    compared: tuple[str, Hostile] | None
    order: tuple[str, ...]
    field: str
    steps: tuple[tuple[str, int], ...]
    hostile: Mapping[str, Hostile]
    commits: bool

    def arguments(self, world: ProgramWorld, number: int) -> dict[str, object]:
        """What the method is given, by name; `number` tells its audit record and events from those of other calls."""
        right = {name: value for name, value in self.values.items() if not isinstance(value, Hostile)}
        mark = Apart(world.vocabulary.catalogue, mark_of(world.organization))
        hostile = {n: value.made_for(n, mark) for n, value in self.values.items() if isinstance(value, Hostile)}
        values = {**world.resolved(self.entity, right), **hostile}
        row = _ForcedRow(world, self.entity, self.place, values)
        given: dict[str, Callable[[], object]] = {
            "id": lambda: world.id_of(self.entity, self.place),
            "entity": row.made,
            "entities": lambda: [row.made()],
            "audit": lambda: audit_record_of(world.organization, UUID(int=number)),
            "events": lambda: [event_of(world.organization, UUID(int=number << 8))],
            "where": lambda: partial(self._holds, self.where.over(world.value_of)),
            "ids": lambda: [world.id_of(self.entity, place) for place in (self.place, -1)],
            **dict.fromkeys(("of", "by"), lambda: attrgetter(self.field)),
            "assign": lambda: partial(self._assigned, values),
            "order": lambda: self._ordered if self.order else None,
            **dict.fromkeys(("after", "before"), lambda: None),
            "limit": lambda: 3,
            "include_deleted": lambda: True,
        }
        return {
            name: self.hostile[name].made() if name in self.hostile else given[name]()
            for name in parameters(self.opening, self.method, self.entity)
        }

    def _assigned(self, values: Mapping[str, object], read: object) -> tuple[Assignment, ...]:
        counted = (increment(getattr(read, name), by) for name, by in self.steps)
        return (*(assign(getattr(read, name), cast(str, to)) for name, to in values.items()), *counted)

    def _holds(self, where: Condition, row: object) -> bool:
        if self.compared is None:
            return where(row)
        name, hostile = self.compared
        return all_of(where(row), cast(bool, getattr(row, name) == hostile.made()))

    def _ordered(self, row: object) -> object:
        return tuple(getattr(row, name) for name in self.order)


@attrs.frozen
class _ForcedRow:
    """A row that is not validated yet, as a caller hands it over who made it by force."""

    world: ProgramWorld
    entity: type[Validated]
    place: int
    values: Mapping[str, object]

    def made(self) -> Validated:
        """The row."""
        made = self.world.fresh(self.entity, self.place, {})
        return model_of(type(made)).evolved(made, self.values)


def parameters(opening: str, method: str, entity: type[Validated]) -> tuple[str, ...]:
    """The names of what a repository's method takes."""
    kind = AuditedRepository if model_of(entity).audited else Repository
    port = SystemRepository if opening == "system" else kind
    return tuple(inspect.signature(getattr(port, method)).parameters)[1:]


def methods(opening: str, entity: type[Validated]) -> tuple[str, ...]:
    """What a repository can be asked for in such an opening."""
    kind = AuditedRepository if model_of(entity).audited else Repository
    port = SystemRepository if opening == "system" else kind
    found = tuple(name for name, _ in inspect.getmembers(port, inspect.isfunction) if not name.startswith("_"))
    return tuple(name for name in found if name in READS) if opening in ("reading", "snapshot") else found


def port_calls(words: Vocabulary, most: int = MOST_CALLS, *, least: int = 1) -> st.SearchStrategy[tuple[PortCall, ...]]:
    """Sequences of calls.

    Args:
        words: what they speak of.
        most: how many there are at most.
        least: and at least.
    """
    drawn = {(opening, entity): _calls(words, opening, entity) for opening in OPENINGS for entity in words.choices}
    kinds = st.tuples(st.sampled_from(OPENINGS), st.sampled_from(words.weights))
    return st.lists(kinds.flatmap(drawn.__getitem__), min_size=least, max_size=most).map(tuple)


def _calls(words: Vocabulary, opening: str, entity: type[Validated]) -> st.SearchStrategy[PortCall]:
    ofs = {method: _calls_of(words, opening, entity, method) for method in methods(opening, entity)}
    return st.sampled_from(tuple(ofs)).flatmap(ofs.__getitem__)


def _calls_of(words: Vocabulary, opening: str, entity: type[Validated], method: str) -> st.SearchStrategy[PortCall]:
    columns = [column.name for column in model_of(entity).columns]
    known = [column.name for column in model_of(entity).columns if not column.recorded]  # whose times are each store's
    named = parameters(opening, method, entity)
    # Over all organizations a hostile condition might be one that holds, and reach the rows of other programs.
    replaced = [name for name in (*named, *OPENED) if not (opening == "system" and name == "where")]
    how_many = st.sampled_from(SPOILED)
    spoiled = how_many.flatmap(lambda most: st.dictionaries(st.sampled_from(columns), HOSTILE, max_size=most))
    return st.builds(
        PortCall,
        opening=st.just(opening),
        method=st.just(method),
        entity=st.just(entity),
        root=st.sampled_from([0, 0, 0, 1]),
        place=st.sampled_from([0, 0, 1, 2, -1]),
        values=st.builds(_joined, values_for(words, entity), spoiled),
        where=conditions_for(words, entity),
        compared=st.none() | st.tuples(st.sampled_from(columns), HOSTILE),
        order=st.lists(st.sampled_from(columns), max_size=2, unique=True).map(tuple),
        field=st.sampled_from(known),
        steps=st.just(()) | steps_of(entity),
        hostile=st.sampled_from([0, 0, 1]).flatmap(
            lambda most: st.dictionaries(st.sampled_from(replaced), HOSTILE, max_size=most)
        ),
        commits=st.sampled_from([True, True, False]),
    )


def _joined(values: Values, spoiled: Mapping[str, Hostile]) -> Values:
    return {**values, **spoiled}
