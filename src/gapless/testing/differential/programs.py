"""Random programs over two organizations: what a caller does in its units step by step, and the strategies for it.

What a program speaks of (entities, ids, values) is a vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

import attrs
from hypothesis import strategies as st

from gapless.kit import Exclusion, Model, Unique, model_of
from gapless.kit.columns import INTEGER_RANGES, Column, ColumnType
from gapless.kit.model import Validated
from gapless.kit.number_ranges import GREATEST_DIGITS, NUMBERS
from gapless.testing.differential.conditions import EVERY_ROW, Condition
from gapless.testing.differential.operations import AGGREGATES, READS, Operation
from gapless.testing.differential.side_records import NOW
from gapless.testing.differential.vocabulary import OWN, TAKEN, Referred, Values, Vocabulary
from gapless.testing.strategies.edges import EDGES, boundary

Fields = Mapping[str, st.SearchStrategy[object]]
MOST_STEPS = 50
ALONE = 2


@attrs.frozen
class Step:
    """One step of a program.

    Attributes:
        kind: "operate" in the organization's unit, which is opened if need be; "commit", "leave" or "raise" to end it;
            "contend" to open a second one beside it; "reuse" to operate in a unit that has failed or ended, "reenter"
            to enter it again; "read" to read outside of a unit; "snapshot" to read in a snapshot that stays open.
        root: in which of the two roots, 0 or 1; ALONE in a unit of none, which writes shared rows.
        operation: what is done; None if the kind says it all.
    """

    kind: str
    root: int = 0
    operation: Operation | None = None

    def __repr__(self) -> str:
        """The step with what differs from the usual, as a person reads it."""
        if self.operation is None:
            return f"{self.kind} in {self._where}"
        told = [
            f"{field.name}={getattr(self.operation, field.name)!r}"
            for field in attrs.fields(Operation)
            if field.name not in ("kind", "entity") and getattr(self.operation, field.name) != _default(field.default)
        ]
        what = ", ".join((self.operation.entity.__name__, *told))
        return f"{self.kind} in {self._where}: {self.operation.kind}({what})"

    @property
    def _where(self) -> str:
        return "no root" if self.root == ALONE else f"{self.root}"


Program = tuple[Step, ...]
USUAL = (
    *(["put"] * 8 + ["update_where", "remove"] * 2),
    *("add", "add_all", "save", "undo", "delete_where", "find", "pages", "count", "get"),
    *("count_up", "count_up", "find_by_ids", "exists", *AGGREGATES),
)

TOLD = (*["own"] * 30, *["shared"] * 5, "altered", "foreign", "none")


@attrs.frozen
class Shape:
    """How long programs are, and how much happens in them beside the units of one organization.

    Attributes:
        units: how many units of work at most.
        interleaved: whether the second organization takes part, and units are open at once.
        misuse: whether units are used that have failed or ended, and readings are taken between.
    """

    units: int = 3
    interleaved: bool = True
    misuse: bool = True


def values_for(words: Vocabulary, entity: type[Validated]) -> st.SearchStrategy[Values]:
    """Values for some fields of an entity; now and then those at an edge of one of its rules."""
    single = [(name, value) for name, values in words.choices[entity].items() for value in values]
    drawn = st.lists(st.sampled_from(single), max_size=3, unique_by=lambda pair: pair[0]) if single else st.just([])
    some: st.SearchStrategy[Values] = drawn.map(dict)
    together = words.together.get(entity)
    usual = some | st.sampled_from(together) if together else some
    listed = _edges_of(words.catalogue.model(entity))
    if not listed:
        return usual
    edges = st.sampled_from(listed).flatmap(st.sampled_from)
    return st.sampled_from([False] * 7 + [True]).flatmap(lambda at_an_edge: edges if at_an_edge else usual)


@lru_cache(maxsize=64)
def _edges_of(model: Model[Validated]) -> tuple[tuple[Values, ...], ...]:
    """For each rule over one row of an entity the values on both sides of its edges; its key is what places are for.

    Of what all organizations share or exclude only what is refused: it would meet the rows of another program.
    """
    rules = [rule for rule in model.rules if EDGES.of(rule) is not None]
    meeting = (*model.of_kind(Unique), *model.of_kind(Exclusion))
    named = [{column.name for column in rule.columns} for rule in meeting]
    shared = set[str]().union(*(names for names in named if model.tenant not in names))
    edges = (
        (edge for edge in boundary(rule, model) if not edge.holds or shared.isdisjoint(edge.values)) for rule in rules
    )
    listed = (tuple(edge.values for edge in each) for each in edges)
    return tuple(values for values in listed if values and values[0].keys().isdisjoint(model.key))


def conditions_for(words: Vocabulary, entity: type[Validated]) -> st.SearchStrategy[Condition]:
    """Conditions over an entity."""
    fields = {name: [value for value in values if value is not None] for name, values in words.choices[entity].items()}
    simple = [Condition("==", name, value) for name, values in fields.items() for value in values]
    model = model_of(entity)
    times = {column.name for column in model.columns if column.type is ColumnType.TIME}
    simple += [
        Condition("<", name, value)
        for name in words.ordered[entity]
        for value in fields.get(name, [NOW] if name in times else [])
    ]
    simple += [Condition("null", name) for name in fields]
    simple += [*_of_texts(model, fields), *_calculated(model)]
    simple += _one_row(words, entity) * 2
    simple += [EVERY_ROW] * 3
    joined = st.builds(
        lambda operator, parts: Condition(operator, parts=tuple(parts)),
        st.sampled_from(["all", "any", "not"]),
        st.lists(st.sampled_from(simple), min_size=1, max_size=2),
    )
    return st.sampled_from(simple) | joined | joined.map(lambda part: Condition("not", parts=(part,)))


def _of_texts(model: Model[Validated], fields: Mapping[str, Sequence[object]]) -> Iterator[Condition]:
    """Conditions over the first text of each field: without regard to case, by its beginning, and by a part of it."""
    for name, values in fields.items():
        texts = [value for value in values if type(value) is str and value and value not in (OWN, TAKEN)]
        if texts and model.column(name).type is ColumnType.TEXT:
            text = texts[0]
            yield Condition("lower", name, text.upper())
            yield Condition("starts", name, text[:1])
            yield Condition("contains", name, text[-2:].swapcase())


def _calculated(model: Model[Validated]) -> Iterator[Condition]:
    """Conditions over two numbers of a row, or two times, which may be one and the same."""
    numbers = [column.name for column in model.columns if column.type in NUMBERS and _is_multiplied(column)]
    times = [column.name for column in model.columns if column.type is ColumnType.TIME]
    if numbers:
        yield from (Condition(sign, numbers[0], 2, other=numbers[-1]) for sign in "+-*")
    if times:
        yield Condition("-", times[-1], timedelta(), other=times[0])


def _is_multiplied(column: Column) -> bool:
    """Whether a product of two such numbers has not too many digits for a condition."""
    return column.digits is None or 2 * column.digits.precision <= GREATEST_DIGITS


def _one_row(words: Vocabulary, entity: type[Validated]) -> list[Condition]:
    """Conditions that name one row by its id, or many by a part of it."""
    model = words.catalogue.model(entity)
    if entity not in words.places:
        return [Condition("==", model.key[-1], UUID(int=1))] if model.key_columns[-1].type is ColumnType.UUID else []
    return [
        Condition("==", column.name, Referred(entity, place, column.name))
        for column in model.id_columns
        if column.type is not ColumnType.JSON
        for place in range(words.places[entity].number)
    ]


def operations_on(words: Vocabulary, entity: type[Validated]) -> st.SearchStrategy[Operation]:
    """Operations on one entity: mostly writes."""
    kinds = _fields_of_kinds(words, entity)
    drawn = {kind: st.builds(Operation, st.just(kind), **fields) for kind, fields in kinds.items()}
    return st.sampled_from(words.kinds.get(entity, USUAL)).flatmap(drawn.__getitem__)


def reads_of(words: Vocabulary, entity: type[Validated]) -> st.SearchStrategy[Operation]:
    """Operations that read rows of one entity."""
    kinds = _fields_of_kinds(words, entity)
    drawn = [st.builds(Operation, st.just(kind), **kinds[kind]) for kind in READS]
    return st.one_of(drawn)


def _fields_of_kinds(words: Vocabulary, entity: type[Validated]) -> dict[str, Fields]:
    """For each kind of operation what is drawn for it."""
    values, where, flag = values_for(words, entity), conditions_for(words, entity), st.booleans()
    this, seldom = st.just(entity), st.sampled_from([False, False, False, True])
    other, told = st.sampled_from([False] * 24 + [True]), st.sampled_from(TOLD)
    place = st.sampled_from([*range(4)] * 5 + [-1])
    write: Fields = {"entity": this, "events": st.sampled_from([0, 0, 1, 2]), "told": told}
    one: Fields = {**write, "place": place}
    many: Fields = {**write, "where": where, "include_deleted": flag}
    return {
        **_fields_of_reads(words, entity, where, place),
        "add": {**one, "values": values, "foreign": other},
        "add_all": {**one, "values": values, "foreign": other},
        "put": {**one, "values": values},
        "save": {**one, "values": values, "stale": seldom, "foreign": other},
        "save_unaudited": {**one, "values": values, "told": st.just("own")},
        "undo": one,
        "remove": {**one, "stale": seldom, "foreign": other},
        "update_where": {**many, "values": values},
        "delete_where": many,
        "count_up": {**many, "values": _seldom(values), "steps": steps_of(entity)},
    }


def _fields_of_reads(
    words: Vocabulary, entity: type[Validated], where: st.SearchStrategy[Condition], place: st.SearchStrategy[int]
) -> dict[str, Fields]:
    flag, seldom = st.booleans(), st.sampled_from([False, False, False, True])
    read: Fields = {"entity": st.just(entity), "include_deleted": flag}
    counted: Fields = {**read, "where": st.none() | where}
    asked: Fields = {**counted, "order": _orders(words, entity), "backwards": flag}
    # When a store took a row, its own clock says.
    columns = [column.name for column in model_of(entity).columns if not column.recorded]
    return {
        "find": {**asked, "limit": st.none() | st.integers(1, 3), "place": place, "after": seldom},
        "pages": {**asked, "limit": st.integers(1, 2)},
        "find_by_ids": {**read, "places": st.lists(place, max_size=5).map(tuple)},
        **dict.fromkeys(("count", "exists"), counted),
        **{kind: {**counted, "field": st.sampled_from(columns)} for kind in AGGREGATES},
        "get": {**read, "place": place, "foreign": st.sampled_from([False] * 24 + [True])},
    }


def _seldom(values: st.SearchStrategy[Values]) -> st.SearchStrategy[Values]:
    """No values at all, or now and then some."""
    return st.sampled_from([False, False, False, True]).flatmap(lambda any_: values if any_ else st.just({}))


def steps_of(entity: type[Validated]) -> st.SearchStrategy[tuple[tuple[str, int], ...]]:
    """By how much fields count: mostly whole numbers by a little, now and then any field, and beyond every range."""
    columns = model_of(entity).columns
    numbers = [column.name for column in columns if column.type in INTEGER_RANGES]
    names = [*numbers * 6, *(column.name for column in columns)]
    steps = st.sampled_from([*[1, -1, 2] * 4, 0, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 2**63])
    return st.lists(st.tuples(st.sampled_from(names), steps), min_size=1, max_size=2).map(tuple)


def _orders(words: Vocabulary, entity: type[Validated]) -> st.SearchStrategy[object]:
    part = st.tuples(st.sampled_from(words.ordered[entity]), st.booleans())
    return st.lists(part, max_size=2, unique_by=lambda part: part[0]).map(tuple)


def programs_of(words: Vocabulary, shape: Shape | None = None) -> st.SearchStrategy[Program]:
    """Draws programs of at most 50 steps.

    Args:
        words: the vocabulary: the entities, ids and values that they use.
        shape: how long they are, and what may happen in them; by default three units, and everything.
    """
    shaped = Shape() if shape is None else shape
    units = st.lists(_units(words, shaped), min_size=1, max_size=shaped.units)
    joined = units.map(lambda parts: tuple(step for part in parts for step in part)[:MOST_STEPS])
    if not words.endings:
        return joined
    endings = st.sampled_from([None, None, *words.endings])
    is_bare = st.sampled_from([False, False, True])
    return st.builds(_ended, joined, endings, is_bare)


def _ended(program: Program, ending: tuple[Operation, ...] | None, is_bare: bool) -> Program:
    """The program with an ending; now and then the ending alone, of which nothing that came before is in the way."""
    if ending is None:
        return program
    if is_bare:
        program = ()
    last = (*(Step("operate", 0, operation) for operation in ending), Step("commit"))
    before = (*program[: MOST_STEPS - len(last) - 1], Step("commit")) if program else ()
    return (*before, *last)


def _units(words: Vocabulary, shape: Shape) -> st.SearchStrategy[Program]:
    """The steps of one unit, with what comes between, and how it ends; now and then the other's unit ends with it."""
    root = st.sampled_from([0, 0, 0, 1]) if shape.interleaved else st.just(0)
    steps = st.lists(_steps(words, shape), min_size=2, max_size=8)
    end, both = st.sampled_from(["commit"] * 8 + ["leave", "raise"]), st.sampled_from([False] * 3 + [True])
    return st.builds(_unit, root, steps, end, both)


def _unit(root: int, steps: list[Step], end: str, both: bool) -> Program:
    """The steps in an organization; those that were drawn for the other one are done there."""
    moved = [step if step.root == ALONE else attrs.evolve(step, root=step.root ^ root) for step in steps]
    last = [Step(end, root), *([Step("commit", 1 - root)] if both else [])]
    if any(step.root == ALONE for step in steps):
        last.insert(len(last) if both else 0, Step("commit", ALONE))
    return (*moved, *last)


def _steps(words: Vocabulary, shape: Shape) -> st.SearchStrategy[Step]:
    on = {entity: operations_on(words, entity) for entity in words.choices}
    drawn = st.sampled_from(words.weights).flatmap(on.__getitem__)
    operations = drawn | drawn | st.sampled_from(words.breaking) if words.breaking else drawn
    root = st.sampled_from([0] * 7 + [1]) if shape.interleaved else st.just(0)
    usual = st.builds(Step, st.just("operate"), root, operations)
    if words.shared and shape.interleaved:
        usual = st.builds(_perhaps_alone, usual, st.just(words.shared), st.sampled_from([False, False, True]))
    if not shape.misuse:
        return usual
    reads = st.sampled_from(words.weights).flatmap({entity: reads_of(words, entity) for entity in on}.__getitem__)
    looks = st.builds(Step, st.sampled_from(["read", "snapshot"]), root, reads)
    reused = st.builds(Step, st.just("reuse"), root, operations | reads)
    rare = st.builds(Step, st.sampled_from(["reenter", "contend"]), root)
    others = {"look": looks, "reuse": reused, "rare": rare, "usual": usual}
    kinds = ["usual"] * 24 + ["look"] * 2 + ["reuse"] * 2 + ["rare"]
    return st.sampled_from(kinds).flatmap(others.__getitem__)


def _perhaps_alone(step: Step, shared: frozenset[type[Validated]], is_alone: bool) -> Step:  # what was drawn
    """The step, if it is about shared rows now and then in a unit of no root."""
    can_be = step.operation is not None and step.operation.entity in shared
    return attrs.evolve(step, root=ALONE) if is_alone and can_be else step


def _default(default: object) -> object:
    return {} if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]  # attrs types it as a function
