"""Counterexamples of what no two rows have: the same values, or ranges that overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from gapless.kit import AtMost, Exclusion, Model, Unique
from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.lowered_columns import Lowered
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.kit.predicates import Comparison, Field, Node, NullPasses
from gapless.testing.additions import added
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation, may_become
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture, completed
from gapless.testing.solving import Clause, false, holding, true
from gapless.testing.steps import add, add_and_change, add_together, change, changed, changes, insertion, insertions
from gapless.testing.taken import is_about
from gapless.testing.templates import Template, pointing

COMES_TO_COUNT = "change so that it counts"


def shared_values(factories: Factories, model: Model[Validated], rule: Unique) -> Iterator[StepViolation]:
    """A second row has the values of a first: added so, changed so, in another root, or coming to count."""
    counting = [holding(rule.columns), *([] if rule.where is None else [true(rule.where)])]
    template = factories.template(model, *counting)
    fields = [column.name for column in rule.columns]
    if {*model.key} <= {*fields}:
        return  # who shares these values has the same key, which is checked before
    yield from _beside(model, rule, template, fields)
    yield from _in_another_case(model, rule, template, fields)
    if model.versioned and not set(fields) <= model.immutable.keys():
        yield _becoming_alike(model, rule, template, fields)
    if not model.is_root and factories.catalogue.root_of(model) is not None and pointing(model).isdisjoint(fields):
        yield _elsewhere(factories, rule, template, fields)
    if model.versioned:
        yield from _coming_to_count(factories, model, rule, template, fields)


def _those(row: Validated, fields: Sequence[str]) -> dict[str, object]:
    """The values of a row in some fields."""
    return {name: getattr(row, name) for name in fields}


def _first(fixture: Fixture, rule: Unique | Exclusion, template: Template) -> tuple[Validated, tuple[Validated, ...]]:
    """A row that the rule is about, and what has to be added for it: nothing, if the fixture has such a row.

    Where another rule bounds a set that such rows are in, there may be no room for two more of them.
    """
    rows = (*fixture.roots, *fixture.rows)
    there = [row for row in rows if type(row) is template.model.entity and is_about(rule, row)]
    if there:
        return there[0], ()
    made = fixture.made(template)
    return made, (made,)


def _alike(fixture: Fixture, rule: Unique | Exclusion, template: Template, given: Mapping[str, object]) -> Validated:
    """A row with values of another one, which the rule is about as well.

    Raises:
        DeclarationError: another rule takes the row out of those that this one is about.
    """
    found = fixture.made(template, given)
    if not is_about(rule, found):
        raise DeclarationError(
            f"{rule.name}: where rows are alike, another rule lets this one be about no two of them: leave out this "
            f"attempt, and write a StepViolation({rule.name!r}, ...)."
        )
    return found


def _beside(
    model: Model[Validated], rule: Unique | Exclusion, template: Template, fields: list[str]
) -> Iterator[StepViolation]:
    def rows(fixture: Fixture) -> tuple[Validated, ...]:
        first, new = _first(fixture, rule, template)
        return *new, _alike(fixture, rule, template, _those(first, fields))

    async def store(store: Store, fixture: Fixture) -> None:
        for row in rows(fixture):
            await add(store, fixture, row)

    yield StepViolation(rule.name, "add what is taken", store, sql=lambda fixture: insertions(fixture, *rows(fixture)))
    if not model.is_root:

        async def together(store: Store, fixture: Fixture) -> None:
            first = fixture.made(template)
            await add_together(store, fixture, first, _alike(fixture, rule, template, _those(first, fields)))

        yield StepViolation(rule.name, "add both at once", together)


def _in_another_case(
    model: Model[Validated], rule: Unique, template: Template, fields: list[str]
) -> Iterator[StepViolation]:
    """The second row has what is compared without regard to case in other letters, if its rules leave it that."""
    texts = [each.column.name for each in rule.fields if isinstance(each, Lowered)]
    turned = _turned(template.values, texts)
    if turned == _those_of(template.values, texts) or model.find_violations({**template.values, **turned}):
        return

    def rows(fixture: Fixture) -> tuple[Validated, ...]:
        first, new = _first(fixture, rule, template)
        given = _those(first, fields)
        return *new, _alike(fixture, rule, template, given | _turned(given, texts))

    async def store(store: Store, fixture: Fixture) -> None:
        for row in rows(fixture):
            await add(store, fixture, row)

    told = "add what is taken, in another case"
    yield StepViolation(rule.name, told, store, sql=lambda fixture: insertions(fixture, *rows(fixture)))


def _those_of(values: Mapping[str, object], names: Sequence[str]) -> dict[str, object]:
    return {name: values[name] for name in names}


def _turned(values: Mapping[str, object], names: Sequence[str]) -> dict[str, object]:
    """Some texts with capitals in the place of small letters of ASCII, and the other way round."""
    return {name: "".join(map(_other_case, str(values[name]))) for name in names}


def _other_case(letter: str) -> str:
    return letter.swapcase() if letter.isascii() else letter


def _becoming_alike(
    model: Model[Validated], rule: Unique | Exclusion, template: Template, fields: list[str]
) -> StepViolation:
    """The second row differs where rows can change, and is then changed."""
    kept = [name for name in fields if name in model.immutable]

    def rows(fixture: Fixture) -> tuple[tuple[Validated, ...], Validated, dict[str, object]]:
        first, new = _first(fixture, rule, template)
        taken = _those(first, [name for name in fields if name not in kept])
        return new, fixture.made(template, _those(first, kept)), taken

    async def store(store: Store, fixture: Fixture) -> None:
        new, second, taken = rows(fixture)
        for row in new:
            await add(store, fixture, row)
        if model.of_kind(AtMost):  # a commit in between might tell of one row too many
            await add_and_change(store, fixture, second, taken)
        else:
            await changed(store, fixture, await add(store, fixture, second), taken)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        new, second, taken = rows(fixture)
        return (*insertions(fixture, *new, second), change(second, taken))

    return StepViolation(rule.name, "change to what is taken", store, sql=sql)


def _elsewhere(factories: Factories, rule: Unique | Exclusion, template: Template, fields: list[str]) -> StepViolation:
    """The second row is in another root."""
    model = cast("Model[Validated]", factories.catalogue.root_of(template.model))

    def rows(fixture: Fixture) -> tuple[Validated, Fixture, Validated]:
        first, root = fixture.made(template), fixture.row(model.entity)
        other = completed(fixture.at(root), factories.referenced_in(model))
        return first, other, other.made(template, _those(first, fields))

    async def store(store: Store, fixture: Fixture) -> None:
        first, other, second = rows(fixture)
        await add(store, fixture, first)
        await added(store, other, second)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        first, other, second = rows(fixture)
        there = map(insertion, (*other.roots, *other.rows))
        return (*insertions(fixture, first), *there, *insertions(other, second))

    return StepViolation(rule.name, "add what another root has", store, sql=sql)


def _coming_to_count(
    factories: Factories, model: Model[Validated], rule: Unique, template: Template, fields: list[str]
) -> Iterator[StepViolation]:
    """The second row does not count when it gets the values, and is then changed so that it does."""
    if rule.where is None:
        return
    idle = factories.found(model, false(rule.where), holding(rule.columns), preferred=template.shared)
    back = {} if idle is None else _without(idle.differing(template), fields)
    if idle is None or not may_become(idle, back):
        return
    if model.is_root:
        if pointing(model).isdisjoint(fields):
            yield _counting_again(rule, template, _without(template.differing(idle), fields), back, fields)
    else:
        yield _counting_at_last(rule, template, idle, back, fields)


def _without(values: Mapping[str, object], fields: Sequence[str]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name not in fields}


def _counting_at_last(
    rule: Unique, template: Template, idle: Template, values: Mapping[str, object], fields: list[str]
) -> StepViolation:
    """The second row is added as one that does not count."""

    def rows(fixture: Fixture) -> tuple[Validated, ...]:
        first, new = _first(fixture, rule, template)
        return *new, fixture.made(idle, _those(first, fields), values)

    async def store(store: Store, fixture: Fixture) -> None:
        *_, second = [await add(store, fixture, row) for row in rows(fixture)]
        await changed(store, fixture, second, fixture.becoming(second, values))

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        new = rows(fixture)
        return (*insertions(fixture, *new), *changes(fixture, new[-1], fixture.becoming(new[-1], values)))

    return StepViolation(rule.name, COMES_TO_COUNT, store, sql=sql)


def _counting_again(
    rule: Unique, template: Template, away: Mapping[str, object], back: Mapping[str, object], fields: list[str]
) -> StepViolation:
    """A second root is there with all that it needs, counts no more, takes the values, and comes to count again."""

    def rows(fixture: Fixture) -> tuple[Validated, Validated, dict[str, object]]:
        first, second = fixture.made(template), fixture.made(template)
        return first, second, {**_those(first, fields), **away}

    async def store(store: Store, fixture: Fixture) -> None:
        first, second, values = rows(fixture)
        await add(store, fixture, first)
        idle = await changed(store, fixture, await add(store, fixture, second), values)
        await changed(store, fixture, idle, back)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        first, second, values = rows(fixture)
        return (*insertions(fixture, first, second), change(second, values), change(second, back))

    return StepViolation(rule.name, COMES_TO_COUNT, store, sql=sql)


def overlapping(factories: Factories, model: Model[Validated], rule: Exclusion) -> Iterator[StepViolation]:
    """Two rows agree in the fields and have the same range, which is not empty."""
    template = factories.template(model, *_ranged(rule), holding(rule.fields))
    fields = [column.name for column in rule.columns]
    yield from _beside(model, rule, template, fields)
    if model.versioned:
        yield _becoming_alike(model, rule, template, fields)
    if factories.catalogue.root_of(model) is not None and pointing(model).isdisjoint(fields):
        yield _elsewhere(factories, rule, template, fields)


def _ranged(rule: Exclusion) -> Iterator[Clause]:
    if rule.where is not None:
        yield true(rule.where)
    yield true(Comparison("<", _operand(rule.start), _operand(rule.end)))


def _operand(column: Column) -> Node:
    return NullPasses(Field(column)) if column.nullable else Field(column)
