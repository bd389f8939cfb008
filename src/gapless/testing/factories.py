"""Valid rows of every entity of a catalogue, made from its declaration, so that nobody has to write them by hand.

    factories = Factories(catalogue)
    fixture = await stored(factories, store)
    call = fixture.row(Call)

A row has the defaults of its entity if the rules allow them, and plain values otherwise. Values that no two rows may
share are made from the row's own id; a reference points at a row of the fixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, cast

import attrs

from gapless.kit import (
    AdmissionGuard,
    AtLeastOne,
    AtMost,
    Catalogue,
    Check,
    Model,
    Reference,
    Rule,
    Transition,
)
from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.model import VERSION, Validated
from gapless.kit.predicates import TRUE, Comparison, Constant, Field
from gapless.testing.own_values import Own, own_values
from gapless.testing.solving import (
    Clause,
    Row,
    Values,
    Wishes,
    bounding,
    false,
    kept,
    refuted,
    solved,
    true,
    unless_refuted,
    unsolved,
)
from gapless.testing.strategies.parents import rules_below
from gapless.testing.strategies.ranges import Ranges
from gapless.testing.strategies.solutions import Combination
from gapless.testing.suitability import require_beginning, require_rows
from gapless.testing.taken import Taken
from gapless.testing.templates import SOMEBODY, Template, apart, pointing, ranges_apart, stand_ins

if TYPE_CHECKING:
    from gapless.testing.counterexamples.attempts import Violation
    from gapless.testing.fixtures import Fixture

Sample: TypeAlias = "Callable[[Fixture], Validated]"


@attrs.frozen(eq=False, slots=False)
class Factories:
    """Makes valid rows of the entities of a catalogue.

    Attributes:
        catalogue: the entities and rules.
        samples: for an entity of which no valid row is found, a function that makes one for a fixture.

    Raises:
        DeclarationError: no rows are made of this catalogue: each of an entity needs another one of it below itself.
    """

    catalogue: Catalogue
    samples: Mapping[type, Sample] = MappingProxyType({})

    def __attrs_post_init__(self) -> None:
        require_rows(self.catalogue)

    @cached_property
    def taken(self) -> Taken:
        """What rows have that no row of another root may have either."""
        return Taken()

    @cached_property
    def derived(self) -> dict[tuple[Model[Validated], Rule], tuple[tuple[Violation, ...], str]]:
        """What breaks each rule that somebody has asked about, and otherwise why nothing is known to do so."""
        return {}

    @cached_property
    def standing(self) -> dict[tuple[type, str], set[object]]:
        """By entity and column what stands for the key of the fixture's row, where checks refuse the usual values."""
        return {}

    @cached_property
    def _plain(self) -> dict[type, Template]:
        return {}

    def plain(self, model: Model[Validated]) -> Template:
        """The template of plain rows of an entity.

        If the rows can stay out of a set that a rule bounds, they do, so that they do not stand in the way of other
        attempts.

        Raises:
            DeclarationError: no values were found that keep the rules; give a sample to the factories.
        """
        found = self._plain.get(model.entity)
        if found is None:
            found = self._plain[model.entity] = self._made_plain(model)
        return found

    def _made_plain(self, model: Model[Validated]) -> Template:
        wanted = self._wanted_of(model)
        if model.is_root:
            return self.template(model, *wanted)
        outside = [false(rule.of) for rule in model.of_kind(AtMost) if _is_narrow(rule)]
        found, clauses = None, wanted
        for clause in outside:
            beside = self.found(model, *clauses, clause, given=self._defaults(model))
            beside = beside or self.found(model, *clauses, clause)
            if beside is not None:
                found, clauses = beside, [*clauses, clause]
        return found or self.template(model, *wanted)

    def _wanted_of(self, model: Model[Validated]) -> list[Clause]:
        """The conditions that a row should fulfil, so that rows can enter below it, and invariants ask for rows."""
        wanted = list[Clause]()
        entering = [rule.parent for rule in rules_below(self.catalogue, model, AdmissionGuard)]
        asking = [rule.while_parent for rule in rules_below(self.catalogue, model, AtLeastOne)]
        for node in dict.fromkeys((*entering, *asking)):
            if self.found(model, *wanted, true(node)) is not None:
                wanted.append(true(node))
        return [*wanted, *self._room_below(model, wanted)]

    def _room_below(self, model: Model[Validated], wanted: Sequence[Clause]) -> Iterator[Clause]:
        """The conditions that rows have room below them, for that of a fixture and another one, if rules leave that."""
        limits = (rule.limit for rule in rules_below(self.catalogue, model, AtMost))
        for limit in dict.fromkeys(limit for limit in limits if isinstance(limit, Field)):
            enough = (true(Comparison(">=", limit, Constant(number))) for number in (2, 1))
            yield from islice((clause for clause in enough if self.found(model, *wanted, clause) is not None), 1)

    def needed_by(self, root: Model[Validated]) -> tuple[Template, ...]:
        """The templates of the rows that a root can't be without, and of the rows of it that these refer to."""
        found = self._needed.get(root.entity)
        if found is None:
            found = self._needed[root.entity] = self._made_needed(root)
        return found

    @cached_property
    def _needed(self) -> dict[type, tuple[Template, ...]]:
        return {}

    def _made_needed(self, root: Model[Validated]) -> tuple[Template, ...]:
        catalogue, templates = self.catalogue, [made for _, made in self.asked_below(root)]
        for model in (each for each in reversed(catalogue.models) if catalogue.root_of(each) is root):
            asking = [template for template in templates if self._points_at(template, model)]
            there = [template for template in templates if template.model is model]
            if asking and (not there or there[0] in asking):
                templates.insert(0, self.foremost(model))
        return tuple(sorted(templates, key=lambda template: catalogue.models.index(template.model)))

    @cached_property
    def referenced(self) -> tuple[Template, ...]:
        """The templates of a fixture's rows beside its roots: what no row can be without, and what others refer to."""
        catalogue = self.catalogue
        templates = [made for model in catalogue.models for _, made in self.asked_below(model)]
        for model in catalogue.models:
            there = [template for template in templates if template.model is model]
            is_asked_for = catalogue.references_to[model.entity] and not model.is_root
            if is_asked_for and (not there or self._points_at(there[0], model)):
                templates.insert(0, self.foremost(model))
        return tuple(sorted(templates, key=lambda template: catalogue.models.index(template.model)))

    @cached_property
    def first(self) -> tuple[Template, ...]:
        """The templates of all rows of a fixture, its roots too, in an order in which they can be made."""
        templates = (*map(self.plain, self.catalogue.roots), *self.referenced)
        return tuple(sorted(templates, key=lambda template: self.catalogue.models.index(template.model)))

    def referenced_in(self, root: Model[Validated]) -> tuple[Template, ...]:
        """Those of the templates of a fixture whose rows belong to a root of this entity."""
        return tuple(made for made in self.referenced if self.catalogue.root_of(made.model) is root)

    @cached_property
    def _foremost(self) -> dict[type, Template]:
        return {}

    def foremost(self, model: Model[Validated]) -> Template:
        """The template of a row that can be the first of its entity: it refers to no other row of it, if it may."""
        found = self._foremost.get(model.entity)
        if found is None:
            found = self._foremost[model.entity] = self._made_foremost(model)
        return found

    def _made_foremost(self, model: Model[Validated]) -> Template:
        itself = [rule for rule in model.of_kind(Reference) if self.catalogue.parent(rule) is model]
        require_beginning(model, itself)
        nowhere = {column.name: None for rule in itself for column in rule.fields if column.nullable}
        found = self.found(model, given=nowhere, preferred=self.plain(model).shared) if nowhere else None
        return found or self.plain(model)

    def _points_at(self, template: Template, model: Model[Validated]) -> bool:
        references = [reference for reference in template.model.of_kind(Reference) if template.has(reference)]
        return not model.is_root and any(self.catalogue.parent(found) is model for found in references)

    def asked_below(self, parent: Model[Validated]) -> tuple[tuple[AtLeastOne, Template], ...]:
        """For each invariant that asks for a row below rows of an entity a template of such a row.

        It is outside of the sets of the others, if possible.
        """
        found = self._asked.get(parent.entity)
        if found is None:
            found = self._asked[parent.entity] = tuple(self._made_asked_for(parent))
        return found

    @cached_property
    def _asked(self) -> dict[type, tuple[tuple[AtLeastOne, Template], ...]]:
        return {}

    def _made_asked_for(self, parent: Model[Validated]) -> Iterator[tuple[AtLeastOne, Template]]:
        for model in self.catalogue.models:
            rules = model.of_kind(AtLeastOne)
            for rule in rules:
                if self.catalogue.parent(rule.through) is parent:
                    others = [false(other.of) for other in rules if other is not rule]
                    last = [false(rule.while_parent)] if parent is model else []  # which asks for none below it
                    found = self.found(model, true(rule.of), *others, *last) or self.found(model, true(rule.of), *last)
                    yield rule, found or self.template(model, true(rule.of), *last)

    def template(
        self,
        model: Model[Validated],
        *clauses: Clause,
        given: Values = MappingProxyType({}),
        preferred: Values | None = None,
        broken: Check | None = None,
    ) -> Template:
        """The template of rows that fulfil some conditions.

        Args:
            model: the model of the entity.
            clauses: the conditions, beside the rules over one row.
            given: values of some columns, by name.
            preferred: values that the rows have if the rules allow them; None for the defaults of the entity.
            broken: the one check that the rows break; None if they keep all rules.

        Raises:
            DeclarationError: no values were found; the message says what to write by hand.
        """
        found = self.found(model, *clauses, given=given, preferred=preferred, broken=broken)
        if found is not None:
            return found
        asked = self._clauses(model, clauses, broken)
        columns = unsolved(model.columns, asked, self._wishes(model, given, preferred))
        names = {column.name for column in columns}
        rules = [rule.name for rule in model.of_kind(Check) if {column.name for column in rule.columns} <= names]
        said = "" if not clauses and broken is None else " and does what a violation needs"
        raise DeclarationError(
            f"{model.name}: no row was found that keeps {', '.join(rules) or 'its rules'}{said}: give one made by hand "
            f"to the factories, samples={{{model.name}: lambda fixture: {model.name}(...)}}, and violations of the "
            "rules that need one, written=(...)."
        )

    def found(
        self,
        model: Model[Validated],
        *clauses: Clause,
        given: Values = MappingProxyType({}),
        preferred: Values | None = None,
        broken: Check | None = None,
        addable: bool = True,
    ) -> Template | None:
        """The same as `template`, but None if no values were found."""
        owned: dict[str, list[tuple[object, Own]]] = {}
        wishes = self._wishes(model, given, preferred)
        stood: dict[str, list[object]] = {}
        proposed = self._proposed(model, given, owned, stood)
        asked = self._clauses(model, clauses, broken, addable=addable)
        values = solved(model.columns, asked, attrs.evolve(wishes, proposed=proposed))
        if values is None or model.find_violations(values) != ([] if broken is None else [broken]):
            return None
        for name in (name for name, tried in stood.items() if broken is None and values[name] in tried):
            self.standing.setdefault((model.entity, name), set()).add(values[name])
        # The functions that make own values were tried in several ways; the values belong to one of these.
        own = {name: own for name, tried in owned.items() for value, own in tried if value == values[name]}
        return Template(model=model, values=values, own=own)

    def _clauses(
        self, model: Model[Validated], clauses: Sequence[Clause], broken: Check | None, *, addable: bool = True
    ) -> list[Clause]:
        rules = [refuted(rule) if rule is broken else kept(rule) for rule in model.of_kind(Check)]
        added = [unless_refuted(rule.added) for rule in model.of_kind(Transition)] if addable and broken is None else []
        return [*rules, *added, *clauses]

    def _wishes(self, model: Model[Validated], given: Values, preferred: Values | None) -> Wishes:
        fixed = {**model.filled, **({VERSION: 0} if model.versioned else {}), **given}
        return Wishes(given=fixed, preferred=self._defaults(model) if preferred is None else preferred)

    def _defaults(self, model: Model[Validated]) -> Row:
        fields = attrs.fields(cast("type[attrs.AttrsInstance]", model.entity))
        apart, ranges = self.apart(model), ranges_apart(model)
        defaults = {field.name: field.default for field in fields if _is_value(field.default)}
        left = {name: value for name, value in defaults.items() if value is None or name not in apart}
        return {name: value for name, value in left.items() if value is not None or name not in ranges}

    def apart(self, model: Model[Validated]) -> set[str]:
        """The columns in which each row has a value of its own."""
        return {column.name for column in apart(model)} - pointing(model)

    def _proposed(
        self,
        model: Model[Validated],
        given: Values,
        owned: dict[str, list[tuple[object, Own]]],
        stood: dict[str, list[object]],
    ) -> Callable[[Column, Combination, Ranges], Iterator[object]]:
        """The values to try for columns that point at rows, and for columns in which each row has its own value."""
        points, apart, ranged = pointing(model), self.apart(model) - given.keys(), ranges_apart(model)

        def proposed(column: Column, way: Combination, ranges: Ranges) -> Iterator[object]:
            if column.name in points:
                yield from stand_ins(column)
            if column.name in points | apart:
                own = own_values(column, way, ranges)
                if own is not None and (made := own.first(SOMEBODY.int)) is not None:
                    if column.name in apart:
                        owned.setdefault(column.name, []).append((made, own))
                    else:  # the usual one is refused by a check of the column
                        stood.setdefault(column.name, []).append(made)
                    yield made
            elif column.name in ranged:
                yield from bounding(column, ranges, ends=ranged[column.name])

        return proposed


def _is_value(default: object) -> bool:
    return default is not attrs.NOTHING and type(default).__name__ != "Factory"


def _is_narrow(rule: AtMost) -> bool:
    return rule.while_parent is not TRUE or not isinstance(rule.limit, Field)
