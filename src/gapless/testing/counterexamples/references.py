"""Counterexamples of a reference: what it points at is not there, or is removed though it must stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from gapless.kit import Model, OnDelete, Reference
from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.testing.additions import added
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation
from gapless.testing.counterexamples.other_values import another
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture, completed
from gapless.testing.solving import holding
from gapless.testing.steps import add, insertion, insertions, removal, remove, remove_all, unit_for
from gapless.testing.strategies.parents import refers_to
from gapless.testing.templates import Template


def dangling(factories: Factories, model: Model[Validated], rule: Reference) -> Iterator[StepViolation]:
    """A row points at what is not there; or is there, and what must not be removed is."""
    template = factories.template(model, holding(rule.fields), preferred=factories.plain(model).shared)
    yield _orphan(model, rule, template)
    if _may_lead_out(factories, model, rule):
        yield _in_another_root(factories, rule, template)
    if rule.on_delete is OnDelete.RESTRICT and _alone_restricts(factories, rule, template):
        yield from _removed(factories, rule, template)


def _orphan(model: Model[Validated], rule: Reference, template: Template) -> StepViolation:
    """Of a reference inside a tenant only the rest leads nowhere: the tenant is there."""
    leading = [column for column in rule.fields if column.name != model.tenant] or [*rule.fields]

    def orphan(fixture: Fixture) -> Validated:
        row = fixture.made(template)
        if all(column.type is ColumnType.UUID for column in leading):
            other = model.evolved(row, {column.name: fixture.ids.new() for column in leading})
        else:
            other = _elsewhere(fixture, model, rule, row, leading)
        return _leading_nowhere(fixture, model, rule, other)

    async def store(store: Store, fixture: Fixture) -> None:
        await add(store, fixture, orphan(fixture))

    return StepViolation(
        rule.name, "a row that is not there", store, sql=lambda fixture: insertions(fixture, orphan(fixture))
    )


def _may_lead_out(factories: Factories, model: Model[Validated], rule: Reference) -> bool:
    """Whether a reference can lead to a row of another root, and no other reference of a row goes there with it."""
    others = {column.name for other in model.of_kind(Reference) if other is not rule for column in other.fields}
    is_alone = others.isdisjoint(column.name for column in rule.fields)
    return factories.catalogue.links_leave_root(model, rule) and rule is not model.through and is_alone


def _in_another_root(factories: Factories, rule: Reference, template: Template) -> StepViolation:
    """Neither the row nor the one at which it points has a field that says so."""
    root, parent = factories.catalogue.root_of(template.model), factories.catalogue.parent(rule)

    def rows(fixture: Fixture) -> tuple[Fixture, Validated]:
        new = fixture.row(cast("Model[Validated]", root).entity)
        other = completed(fixture.at(new), factories.referenced_in(cast("Model[Validated]", root)))
        return other, fixture.pointing_at(fixture.made(template), rule, other.there(parent.entity))

    async def store(store: Store, fixture: Fixture) -> None:
        other, row = rows(fixture)
        await added(store, other)
        await add(store, fixture, row)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        other, row = rows(fixture)
        return (*map(insertion, (*other.roots, *other.rows)), *insertions(fixture, row))

    return StepViolation(rule.name, "a row of another root", store, sql=sql)


def _elsewhere(
    fixture: Fixture, model: Model[Validated], rule: Reference, row: Validated, leading: Sequence[Column]
) -> Validated:
    """The row that points at one which was made, and not added: the rules of both sides leave its key.

    Where they leave no further one, it points where it did.
    """
    try:
        nowhere = fixture.pointing_at(row, rule, fixture.row(fixture.factories.catalogue.parent(rule).entity))
    except DeclarationError:
        return row
    return model.evolved(row, {column.name: getattr(nowhere, column.name) for column in leading})


def _leading_nowhere(fixture: Fixture, model: Model[Validated], rule: Reference, row: Validated) -> Validated:
    """The row, and if it leads to one of the fixture, with other values in a column until it does not.

    Raises:
        DeclarationError: whatever it points at is there, or it breaks another rule.
    """
    catalogue = fixture.factories.catalogue
    parent, links = catalogue.parent(rule), catalogue.links(model, rule)
    there = [each for each in fixture.all_rows if type(each) is parent.entity]
    column = next(column for column in reversed(rule.fields) if column.name != model.tenant or len(rule.fields) == 1)
    for _ in range(len(there) + 1):
        if not any(refers_to(links, row, each) for each in there):
            if not model.find_violations(model.values_by_column(row)):
                return row
            break
        row = model.evolved(row, {column.name: another(fixture, row, column)})
    raise DeclarationError(
        f"{rule.name}: no {model.name} was found that keeps the other rules and points at no {parent.name} which is "
        f"there: leave out this attempt, and write a StepViolation({rule.name!r}, ...)."
    )


def _alone_restricts(factories: Factories, rule: Reference, template: Template) -> bool:
    """Whether no other reference keeps the rows that the removal would take along."""
    parent = factories.catalogue.parent(rule)
    if not _belongs_by(factories, template.model, rule):
        return True
    models = [template.model, *(other.model for other in factories.needed_by(parent))]
    references = [reference for model in models for reference in model.of_kind(Reference)]
    points_elsewhere = any(
        template.has(reference) and not factories.catalogue.parent(reference).is_root
        for reference in template.model.of_kind(Reference)
        if reference is not rule
    )
    restricting = [reference for reference in references if reference.on_delete is OnDelete.RESTRICT]
    return not points_elsewhere and all(reference is rule for reference in restricting)


def _belongs_by(factories: Factories, model: Model[Validated], rule: Reference) -> bool:
    """Whether a reference is the one by which rows belong to their root, and does not lead to another root."""
    return factories.catalogue.parent(rule).is_root and {column.name for column in rule.fields} == {model.tenant}


def _removed(factories: Factories, rule: Reference, template: Template) -> Iterator[StepViolation]:
    parent = factories.catalogue.parent(rule)

    def rows(fixture: Fixture) -> tuple[Fixture | None, tuple[Validated, ...], Validated]:
        there = fixture.row(parent.entity)
        if _belongs_by(factories, template.model, rule):
            root, *needed = fixture.with_needed(there)
            other = fixture.at(root)
            return other, (*needed, other.made(template)), root
        return None, (there, fixture.pointing_at(fixture.made(template), rule, there)), there

    async def set_up(store: Store, fixture: Fixture) -> tuple[Fixture, Validated]:
        other, below, _ = rows(fixture)
        if other is not None:
            kept = await added(store, other, *below)
            return kept, kept.roots[0]
        there, *_ = [await add(store, fixture, row) for row in below]
        return fixture, there

    async def one(store: Store, fixture: Fixture) -> None:
        await remove(store, *await set_up(store, fixture))

    async def every(store: Store, fixture: Fixture) -> None:
        here, there = await set_up(store, fixture)
        async with unit_for(store, here, there) as unit:
            await remove_all(unit, here, parent.entity, there)
            await unit.commit()

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        other, below, there = rows(fixture)
        root = () if other is None else tuple(map(insertion, other.roots))
        return (*root, *insertions(other or fixture, *below), removal(there))

    tried = f"remove the {parent.name} that it points at"
    yield StepViolation(rule.name, tried, one, sql=sql)
    yield StepViolation(rule.name, f"{tried}, by a condition", every)
