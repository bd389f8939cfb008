"""Fixtures, in which rules are broken: a root with a row of each entity that others refer to or invariants need."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from math import prod
from types import MappingProxyType
from typing import TypeVar, cast

import attrs

from gapless.adapters.system import UuidV7Factory
from gapless.kit import Exclusion, Model, Reference, Rule, model_of
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.ports import IdFactory
from gapless.testing.factories import Factories
from gapless.testing.needed_rows import asking, require_end
from gapless.testing.own_values import Own, numbered
from gapless.testing.solving import Row
from gapless.testing.strategies.parents import key_referred, referring_to
from gapless.testing.taken import RowSearch, Taken, changed_in
from gapless.testing.templates import (
    OTHERS,
    Apart,
    Template,
    agreed,
    has_own_key,
    is_standing_in,
    pointing,
    rules_apart,
)
from gapless.testing.unit_roots import NO_ROOT, KnownRows, UnitRoot

E = TypeVar("E", bound=Validated)
NOTHING: Mapping[str, object] = MappingProxyType({})
FEW_TRIED, MOST_TRIED = 64, 10_000
"""How many rows are tried at most until one meets no other."""


@attrs.frozen(kw_only=True)
class Fixture:
    """The roots of a catalogue, one of each entity, with their rows: either to be added, or as a store keeps them.

    Attributes:
        factories: the factories that make further rows.
        ids: makes their ids.
        roots: the roots: one, or several of different entities, or none.
        rows: the rows that belong to them, and those that are shared, in an order in which they can be added.
        taken: what the rows that were made have of their own, so that no further row has it.
        waiting: the rows to which others refer that were made, by entity and key, until they are added.
        beside: the fixture beside which there is another root, with the shared rows and the roots of other entities.
        known: the rows that were made, through which others may belong to a root.
    """

    factories: Factories
    ids: IdFactory
    roots: tuple[Validated, ...]
    rows: tuple[Validated, ...]
    taken: Taken
    waiting: dict[tuple[type, tuple[object, ...]], Validated] = attrs.field(factory=dict)
    beside: Fixture | None = None
    known: KnownRows = attrs.field(repr=False)

    @known.default
    def _no_rows(self) -> KnownRows:
        return KnownRows(self.factories.catalogue)

    @property
    def root(self) -> Validated:
        """The root; of several that of the first entity.

        Raises:
            DeclarationError: the catalogue has no root.
        """
        return self.there(self.factories.catalogue.root.entity)

    @property
    def root_key(self) -> RootId:
        """The key of the root.

        Raises:
            DeclarationError: the catalogue has no root.
        """
        return cast(RootId, self.factories.catalogue.root.key_of(self.root)[0])

    def key_for(self, model: Model[Validated]) -> object:
        """The key of the root to which the rows of an entity belong; None if they belong to none."""
        root = self.factories.catalogue.root_of(model)
        is_below = model.tenant is not None or model.through is not None
        return root.key_of(self.there(root.entity))[0] if root is not None and is_below else None

    def there(self, entity: type[E]) -> E:
        """The row of an entity that the fixture has.

        Raises:
            DeclarationError: the fixture has no row of this entity.
        """
        for row in (*self.roots, *self.rows):
            if type(row) is entity:
                return row
        if self.beside is not None and self._is_beside(entity):
            return self.beside.there(entity)
        raise DeclarationError(
            f"The fixture has no {entity.__name__}: no row refers to one, and no invariant needs one."
        )

    @property
    def all_rows(self) -> tuple[Validated, ...]:
        """The roots and the rows, with those of the fixtures beside which this one is."""
        return (*self.roots, *self.rows, *(() if self.beside is None else self.beside.all_rows))

    def _is_beside(self, entity: type[Validated]) -> bool:
        """Whether the rows of an entity belong to no root of this fixture."""
        catalogue = self.factories.catalogue
        root = catalogue.root_of(catalogue.model(entity))
        return root is None or root.entity not in map(type, self.roots)

    def row(self, entity: type[E], given: Mapping[str, object] = NOTHING) -> E:
        """A new valid row of an entity, not added yet: it belongs to the root, or is another root.

        Args:
            entity: the entity.
            given: values that it has all the same.
        """
        model = cast("Model[Validated]", self.factories.catalogue.model(entity))
        sample = self.factories.samples.get(entity)
        if sample is not None:
            made = model.evolved(sample(self), given)
            self.known.enter([made])
            return cast(E, made)
        return cast(E, self.made(self.factories.plain(model), given))

    def made(
        self, template: Template, given: Mapping[str, object] = NOTHING, then: Mapping[str, object] = NOTHING
    ) -> Validated:
        """A new row of a template, which refers to the rows of the fixture.

        It has what no two rows may share for itself: of its own values, and if these are not enough by a reference to
        a new row, which has to be added before it (`before`).

        Args:
            template: what the row has in common with others.
            given: values that it has all the same.
            then: values to which it is changed afterwards, so that it meets no other row then either.

        Raises:
            DeclarationError: all values are taken that the rules leave.
        """
        model = template.model
        fixed = {**given, **self._key_of_root(model, given)}
        own = {name: values for name, values in template.own.items() if name not in fixed}
        rules = [rule for rule in rules_apart(model) if not {c.name for c in rule.columns} <= fixed.keys()]
        values, met = self._unlike_others(template, own, fixed, rules, {**then, **self.pointing(model, then)})
        if met:
            raise DeclarationError(
                f"{model.name}: no further row was found that differs from those that were made, as "
                f"{', '.join(rule.name for rule in met)} wants it: the rules leave too few values. Leave out attempts "
                "for which there is no room, or write them, written=(...)."
            )
        self.taken.enter(model, values)
        row = model.construct_unvalidated(values)
        self.known.enter([row])
        return row

    def _key_of_root(self, model: Model[Validated], given: Mapping[str, object]) -> Row:
        """The value by which a row says to which root it belongs; a root has a new id, or its own value."""
        if model.tenant is None or has_own_key(model) or (model.may_be_alone and model.tenant in given):
            return {}
        return {model.tenant: self.ids.new() if model.is_root else self.key_for(model)}

    def _unlike_others(
        self, template: Template, own: Mapping[str, Own], fixed: Row, rules: Sequence[Apart], then: Row
    ) -> tuple[Row, Sequence[Rule]]:
        """Values of a row that meets no other, with the rules in which it meets one, or breaks, all the same."""
        model, broken = template.model, template.broken
        few = {name for name, values in own.items() if values.size is not None}
        most = min(MOST_TRIED, max(FEW_TRIED, prod(own[name].size or 0 for name in few))) if own else 1
        pointed = self.pointing(model, {**template.values, **fixed})
        values: Row = {}
        for search in self.taken.searches(template):
            counting = self.taken.counting(template, fixed.get(str(model.tenant)), self.ids.new().int)
            for tried, number in enumerate(islice(counting, FEW_TRIED + most)):
                made = numbered(own, number, self.ids.new, each_column=tried < FEW_TRIED)
                values = {**template.values, **pointed, **made, **fixed}
                if None in (values[name] for name in own) or (own and model.find_violations(values) != broken):
                    continue
                met = self.taken.met(model, rules, values, own, search)
                later = self.taken.met(model, rules, {**values, **then}, own, search) if then else []
                if any({column.name for column in agreed(rule)} & few for rule in (*met, *later)):
                    continue
                found = self._with_parents(model, values, met, fixed)
                if not self._wrong(template, rules, found, own, fixed, here=search.here):
                    self.taken.end_search(template, search)
                    return found, []
                # A new row of its own kind, to which it refers, has taken what this one was to have.
                pointed = {name: found[name] for name in pointing(model) if name in found and name not in fixed}
        values = self._with_parents(model, values, rules, fixed)
        return values, self._wrong(template, rules, values, own, fixed, here=True)

    def _wrong(
        self, template: Template, rules: Sequence[Apart], values: Row, own: Mapping[str, Own], fixed: Row, *, here: bool
    ) -> Sequence[Rule]:
        """The rules in which a row would meet another one, or those that it breaks by more than what is given."""
        found = (rule for rule in template.model.find_violations(values) if rule not in template.broken)
        broken = [rule for rule in found if not {column.name for column in rule.columns} <= fixed.keys()]
        return self.taken.met(template.model, rules, values, own, RowSearch(counted_only=True, here=here)) or broken

    def _with_parents(self, model: Model[Validated], values: Row, met: Sequence[Apart], fixed: Collection[str]) -> Row:
        """The values with a reference to a new row for each rule in which the row would meet another one."""
        for rule in met:
            names = {column.name for column in agreed(rule)} - {*fixed}
            if not self.taken.is_met(model, rule, values):
                continue
            for reference in model.of_kind(Reference):
                columns = {column.name for column in reference.fields} - {model.tenant}
                if columns & names and columns.isdisjoint(fixed) and values[min(columns)] is not None:
                    values = {**values, **self.referring(model, reference, self._new_apart(model, reference, names))}
                    break
            else:
                values = self._ranged_apart(model, rule, values, fixed)
        return values

    def _new_apart(self, model: Model[Validated], reference: Reference, names: Collection[str]) -> Validated:
        """A new row to which others may refer, by another value in columns of theirs; it waits until it is added.

        Args:
            model: the model of the rows that refer.
            reference: the reference.
            names: the columns of theirs. Where the new row has their values from a row to which it refers itself, and
                none of its own, that row is a new one too.
        """
        parent, links = self.factories.catalogue.parent(reference), self.factories.catalogue.links(model, reference)
        if parent is model:  # another row of its own kind might need a new one as well, and so on without an end
            return self._new(self.factories.foremost(parent))
        wanted = {theirs.name for own, theirs in links if own.name in names and own.name != model.tenant}
        plain, catalogue = self.factories.plain(parent), self.factories.catalogue
        others = (each for each in parent.of_kind(Reference) if catalogue.parent(each) is not parent)
        behind = next((each for each in others if wanted & {column.name for column in each.fields}), None)
        if behind is None or wanted & plain.own.keys():
            return self._new(plain)
        return self._new(plain, self.referring(parent, behind, self._new_apart(parent, behind, wanted)))

    def _new(self, template: Template, given: Mapping[str, object] = NOTHING) -> Validated:
        """A new row to which others may refer; it waits until it is added."""
        row = self.made(template, given)
        self.waiting[template.model.entity, template.model.key_of(row)] = row
        return row

    def _ranged_apart(self, model: Model[Validated], rule: Apart, values: Row, fixed: Collection[str]) -> Row:
        """The values with a range beside those that are taken, if the rule has one."""
        if isinstance(rule, Exclusion) and {rule.start.name, rule.end.name}.isdisjoint(fixed):
            for beside in self.taken.ranges_beside(model, rule, values):
                tried = {**values, **beside}
                if not self.taken.is_met(model, rule, tried) and not model.find_violations(tried):
                    return tried
        return values

    def referring(self, model: Model[Validated], reference: Reference, row: Validated) -> Row:
        """The values by which rows of a model refer to a row inside their root; to which root they belong stays."""
        found = referring_to(self.factories.catalogue.links(model, reference), row)
        return {name: value for name, value in found.items() if name != model.tenant}

    def before(self, row: Validated) -> tuple[Validated, ...]:
        """The new rows to which a row refers and that nobody has added yet: they have to be added before it."""
        catalogue = self.factories.catalogue
        model = catalogue.by_entity[type(row)]  # which refers to a root only where the catalogue has one
        found: list[Validated] = []
        for reference in model.of_kind(Reference):
            links, parent = catalogue.links(model, reference), catalogue.parent(reference)
            waiting = self.waiting.pop((parent.entity, key_referred(links, parent, row)), None)
            if waiting is not None:
                found += (*self.before(waiting), *self.with_needed(waiting))
        return tuple(found)

    def pointing(self, model: Model[Validated], values: Mapping[str, object]) -> Row:
        """The values by which a row refers to the rows of the fixture, or to new ones where others stand for them."""
        catalogue, found, new = self.factories.catalogue, Row(), dict[tuple[type, object], Validated]()
        for reference in model.of_kind(Reference):
            names = [column.name for column in reference.fields if column.name != model.tenant]
            parent, standing = catalogue.parent(reference), {values.get(name) for name in names}
            if names and all(self._stands_in(model, name, values.get(name)) for name in names):
                found |= self.referring(model, reference, self.there(parent.entity))
            elif len(standing) == 1 and not standing.isdisjoint(OTHERS):
                (other,) = standing
                if (parent.entity, other) not in new:
                    new[parent.entity, other] = self._new(self.factories.plain(parent))
                found |= self.referring(model, reference, new[parent.entity, other])
        return found

    def _stands_in(self, model: Model[Validated], name: str, value: object) -> bool:
        """Whether a value of a column stands for the key of the fixture's row."""
        standing = self.factories.standing.get((model.entity, name), ())
        return value in standing or is_standing_in(model.column(name), value)

    def becoming(self, row: Validated, values: Mapping[str, object]) -> dict[str, object]:
        """The values that a row gets in a change; it refers to rows of the fixture, or to new ones if need be."""
        model = cast("Model[Validated]", self.factories.catalogue.model(type(row)))
        there = model.values_by_column(row)
        after = {**there, **values, **self.pointing(model, values)}
        rules = [rule for rule in rules_apart(model) if changed_in(rule, values)]
        met = self.taken.met(model, rules, after)
        after = self._with_parents(model, after, met, {*there} - values.keys())
        return {name: after[name] for name in values}

    def pointing_at(self, row: E, reference: Reference, parent: Validated) -> E:
        """The row with its reference to another row."""
        model = cast("Model[Validated]", self.factories.catalogue.model(type(row)))
        return cast(E, model.evolved(row, referring_to(self.factories.catalogue.links(model, reference), parent)))

    def afresh(self) -> Fixture:
        """The fixture for another attempt, of which nothing is taken by what other attempts have made of it."""
        return attrs.evolve(self, taken=self.taken.copy(), known=self.known.copy(), waiting={})

    def at(self, root: Validated) -> Fixture:
        """The fixture of another root, without further rows that belong to it."""
        return attrs.evolve(self, roots=(root,), rows=(), beside=self)

    def unit_root_for(self, model: Model[Validated]) -> UnitRoot:
        """The root of a unit that writes the rows of an entity of this fixture."""
        catalogue = self.factories.catalogue
        return UnitRoot.of(catalogue, catalogue.root_of(model), self.key_for(model))

    def unit_root_of(self, row: Validated) -> UnitRoot:
        """The root of a unit that writes a row: its own, or that of the fixture if it leads to no row that is known."""
        model = self.factories.catalogue.by_entity[type(row)]
        return self.known.unit_root_of(row, NO_ROOT if model.through is None else self.unit_root_for(model))

    def audit(self) -> AuditRecord:
        """A new audit record for a write in a unit of the root."""
        return self.audit_below(cast("Model[Validated]", self.factories.catalogue.trail))

    def audit_below(self, model: Model[Validated]) -> AuditRecord:
        """A new audit record for a write of rows of an entity, in a unit of their root."""
        return self.audit_in(self.unit_root_for(model))

    def audit_for(self, row: Validated) -> AuditRecord:
        """A new audit record for a write of a row, in a unit of its root."""
        return self.audit_in(self.unit_root_of(row))

    def audit_in(self, root: UnitRoot) -> AuditRecord:
        """A new audit record for a write in a unit of a root."""
        found, trail = self.row(AuditRecord), self.factories.catalogue.trail
        return model_of(AuditRecord).evolved(found, {trail.named_tenant: root.of_records})

    def with_needed(
        self, row: Validated, above: tuple[type, ...] = (), there: Sequence[Validated] = ()
    ) -> tuple[Validated, ...]:
        """The row, followed by the rows that it can't be without, each with those that it can't be without either.

        Args:
            row: the row.
            above: the entities of the rows that asked for it, and for each other.
            there: rows that are made already, and may be what is asked for.

        Raises:
            DeclarationError: such rows ask for each other without an end.
        """
        model = self.factories.catalogue.by_entity[type(row)]
        if model.is_root:
            other = completed(self.at(row), self.factories.needed_by(model))
            needed = (other.with_needed(each, (type(row),), other.rows) for each in other.rows)
            return row, *(each for those in needed for each in those)
        require_end(model, above)
        found = [row]
        for rule, template in asking(self.factories, row, there):
            made = self.made(template, self.referring(template.model, rule.through, row))
            found += self.with_needed(self.pointing_at(made, rule.through, row), (*above, type(row)))
        return tuple(found)


def completed(fixture: Fixture, templates: Sequence[Template]) -> Fixture:
    """The fixture with a further row of each template, in this order."""
    for template in templates:
        row = fixture.made(template)
        if template.model.is_root:
            fixture = attrs.evolve(fixture, roots=(*fixture.roots, row))
        else:
            fixture = attrs.evolve(fixture, rows=(*fixture.rows, *fixture.before(row), row))
    return fixture


def fixture_of(factories: Factories, ids: IdFactory | None = None) -> Fixture:
    """Makes a fixture that is in no store.

    Args:
        factories: the factories that make the rows.
        ids: makes the ids; for several fixtures in one store all ids have to differ. None for random ids.

    Raises:
        DeclarationError: no valid row of an entity was found that the fixture needs; the message says what to give.
    """
    taken = Taken(factories.taken)
    bare = Fixture(factories=factories, ids=ids or UuidV7Factory(), roots=(), rows=(), taken=taken)
    return completed(bare, factories.first)
