"""The rows of derived vocabularies: their ids, those that are not there yet, and those that are there at first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import cast
from uuid import UUID

import attrs

from gapless.kit import (
    AdmissionGuard,
    AtLeastOne,
    AtMost,
    Catalogue,
    Exclusion,
    Invariant,
    Model,
    OnDelete,
    Reference,
)
from gapless.kit.columns import ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import RootId, RowId
from gapless.kit.model import Validated
from gapless.kit.predicates import Field, IsNull, Node, Not
from gapless.kit.python_compiler import is_true
from gapless.testing.differential.derived.beginnings import refusing
from gapless.testing.differential.derived.keys import DerivedKeys, Pointing
from gapless.testing.differential.derived.parents import always_has_rows_below, entered, limited, spared
from gapless.testing.differential.derived.plain_templates import plainest, usual
from gapless.testing.differential.derived.ranges import Row, allowed_ranges, plain_value
from gapless.testing.differential.derived.variation import PLACES, added_as, added_plan, has_id, own_columns, varied
from gapless.testing.differential.vocabulary import mark_of
from gapless.testing.strategies.edges import EDGES
from gapless.testing.strategies.plain_rows import plain_row
from gapless.testing.strategies.solutions import plan_of
from gapless.testing.templates import shared_by_all

LIMIT = 2
"""How many rows each limit lets an organization have at first, if the checks allow it; else a few more."""
_TRIED = 1 << 100
"""The number of a root that the first rows are tried in."""


@attrs.frozen(eq=False, slots=False)
class DerivedRows:
    """The rows that programs over some entities of a catalogue speak of.

    Attributes:
        catalogue: the rules.
        spoken: the entities, in the order of the catalogue.
        focus: those that the programs are about; of them more is there at first.
        root: the entity of the roots in whose units programs work; None if units are of none.
    """

    catalogue: Catalogue
    spoken: tuple[Model[Validated], ...]
    focus: tuple[Model[Validated], ...]
    root: Model[Validated] | None

    def is_own(self, model: Model[Validated]) -> bool:
        """Whether units read and write rows of an entity: those of their root, and shared ones."""
        return self.catalogue.root_of(model) in (None, self.root)

    @cached_property
    def keys(self) -> DerivedKeys:
        """The keys of the rows, and how they refer to each other."""
        return DerivedKeys(self.catalogue, self.root)

    @cached_property
    def tried_root_key(self) -> RootId:
        """The key of a root that the first rows are tried in."""
        return self.root_key_of(_TRIED)

    def root_key_of(self, number: int) -> RootId:
        """The key of a root: that of a number, or one that follows from it."""
        root = self.root
        if root is None or root.key_columns[0].type is ColumnType.UUID:
            return cast(RootId, UUID(int=number))
        (column,) = root.key_columns
        beside = {name: value for name, value in self._bare_root.items() if name != column.name}
        return cast(RootId, plain_row(added_plan(root), beside, f"{number}", [column.name])[column.name])

    def id_at(self, model: Model[Validated], root_key: RootId, place: int) -> RowId:
        """The id of a row at a place."""
        return self.keys.id_at(model, root_key, place)

    def _needed(self, model: Model[Validated]) -> Row:
        """The values by which rows of an entity refer that always refer to a row, to the first ones."""
        needed = [pointing.at(0) for pointing in reversed(self.keys.pointing(model)) if not pointing.may_be_null]
        return {name: value for values in needed for name, value in values.items()}

    def _joined(self, model: Model[Validated], place: int) -> Row:
        """The values by which rows refer of which no two refer to the same: to the row at their own place."""
        joining = (each for each in self.keys.pointing(model) if self.keys.joins(model, each))
        return {name: value for each in joining for name, value in each.toward(place).items()}

    def below(self, model: Model[Validated], rule: AdmissionGuard | Invariant) -> Row:
        """The values by which rows of an entity are below the first row of the parent that a rule goes through."""
        those = [each for each in self.keys.pointing(model) if each.reference.name == rule.through.name]
        return {name: value for each in those for name, value in each.at(0).items()}

    def spread(self, model: Model[Validated], rule: AtMost, place: int) -> Row:
        """The values by which rows of an entity are below the first or the second row that a limit goes through."""
        those = [each for each in self.keys.pointing(model) if each.reference.name == rule.through.name]
        return {name: value for each in those for name, value in each.toward(place % 2).items()}

    def fresh(self, model: Model[Validated]) -> Callable[[RootId, RowId, int], Validated]:
        """Gives a function that makes a new row of the organization's id, the row's own id and its place."""
        conditions = (*spared(self.catalogue, model, AtLeastOne), *entered(self.catalogue, model))
        number = self.keys.number_of_places(model)
        templates = [self._template(model, place, f"{place // 2}", conditions) for place in range(number)]

        def made(root_key: RootId, own: RowId, place: int) -> Validated:
            template = templates[place % number]
            return self._in(model, template, root_key, own, place)

        return made

    def prepared(self, root_key: RootId) -> tuple[Validated, ...]:
        """The rows that are there when a program begins, each before those that always refer to it."""
        return tuple(
            self._in(model, template, root_key, self.id_at(model, root_key, place), place)
            for model, template, place in self._prepared
        )

    def first_of(self, model: Model[Validated], root_key: RootId) -> Validated | None:
        """The first row of an entity that is there when a program begins; None if there is none."""
        templates = (template for each, template, _ in self._prepared if each is model)
        template = next(templates, None)
        return None if template is None else self._in(model, template, root_key, self.id_at(model, root_key, 0), 0)

    @cached_property
    def _prepared(self) -> tuple[tuple[Model[Validated], Row, int], ...]:
        found: list[tuple[Model[Validated], Row, int]] = []
        there: dict[Model[Validated], list[Validated]] = {}
        root_key = self.tried_root_key
        for model in self._in_order:
            for place in range(self._number_at_first(model)):
                template = self._first(model, place, there.get(model, ()))
                row = self._in(model, template, root_key, self.id_at(model, root_key, place), place)
                broken = refusing(self.catalogue, there, model, row)
                if broken is None:
                    there.setdefault(model, []).append(row)
                    found.append((model, template, place))
                elif EDGES.of(broken) is not None or model is self.root:
                    raise DeclarationError(f"{broken.name}: no {model.name} was found with which programs could begin.")
        return tuple(found)

    @property
    def _in_order(self) -> Iterator[Model[Validated]]:
        """The spoken entities, the root first, but none before one to which its rows always refer."""
        left = sorted(self.spoken, key=lambda model: model is not self.root)
        while left:
            ready = (model for model in left if not any(parent in left for parent in self._always_above(model)))
            model = next(ready, left[0])
            left.remove(model)
            yield model

    def _always_above(self, model: Model[Validated]) -> Iterator[Model[Validated]]:
        for reference in model.of_kind(Reference):
            parent = self.catalogue.parent(reference)
            if parent is not model and not any(column.nullable for column in reference.fields):
                yield parent

    def _number_at_first(self, model: Model[Validated]) -> int:
        """How many rows of an entity are there at first."""
        if model is self.root:
            return 1
        if model.entity in self.catalogue.archives | self.catalogue.erasures:
            return 0
        refers_to_itself = any(pointing.parent is model for pointing in self.keys.pointing(model))
        is_joined = any(
            pointing.parent is model and self.keys.joins(joining, pointing)
            for joining in self.focus
            for pointing in self.keys.pointing(joining)
        )
        limits = [rule for focus in self.focus for rule in focus.of_kind(AtMost)]
        is_limiting = model in map(self.catalogue.parent, (rule.through for rule in limits))
        several = model in self.focus or is_joined or is_limiting or model.of_kind(AtLeastOne) or refers_to_itself
        if not several or always_has_rows_below(self.catalogue, model):
            return 1
        return max(PLACES if is_joined else 2, len(model.of_kind(AtLeastOne)))

    @cached_property
    def _bare_root(self) -> Row:
        """The row of the root as if it referred to nothing."""
        return self._root_with({})

    @cached_property
    def _root_row(self) -> Row:
        """The first row of the root."""
        needed = {} if self.root is None else self._needed(self.root)
        tried = self._tried(needed)
        row = self._root_with(tried)
        return row | {name: value for name, value in needed.items() if row[name] == tried[name]}

    def _root_with(self, needed: Row) -> Row:
        """A row of the root that other rows may enter, and whose limits are small, so that programs reach them."""
        root = self.root
        if root is None:
            return {}
        wanted = (*entered(self.catalogue, root), *added_as(root), *spared(self.catalogue, root, AtMost))
        return plainest(root, wanted, {**needed, **limited(self.catalogue, root, LIMIT)}, "", ())

    def _first(self, model: Model[Validated], place: int, there: Sequence[Validated]) -> Row:
        """The row that is there at first at a place; the first ones are what a parent has to have at least one of."""
        least = [rule.of for rule in model.of_kind(AtLeastOne)]
        missing = [node for node in least if not any(map(is_true(node), there))]
        conditions = missing or [Not(node) for node in least]
        pointed = [
            pointing.at(0 if self._stays(pointing, model) else self._last_place(pointing.parent))
            for pointing in self.keys.pointing(model)
            if pointing.parent in self.spoken
            and not pointing.is_to_root
            and (pointing.parent is not model or place > 0)
            and not self.keys.joins(model, pointing)
        ]
        mark = "0" if place == 0 else "other"
        unasked = () if place == 0 else spared(self.catalogue, model, AtLeastOne)
        above = (*unasked, *entered(self.catalogue, model), *spared(self.catalogue, model, AtMost))
        return self._template(model, place, mark, (*conditions, *above), pointed)

    def _stays(self, pointing: Pointing, model: Model[Validated]) -> bool:
        """Whether rows refer to the first row of a parent: those that keep it do, so that the others can be removed.

        So do those that it needs, or that it lets in: it is made for them.
        """
        reference, parent = pointing.reference, pointing.parent
        if reference.on_delete is OnDelete.RESTRICT or parent is model:
            return True
        through = [rule.through for rule in model.of_kind(AtLeastOne)]
        through += [rule.through for rule in model.of_kind(AdmissionGuard)]
        return not pointing.is_to_root and reference.name in {each.name for each in through}

    def _last_place(self, parent: Model[Validated]) -> int:
        """The place of the last row of a parent that is there at first."""
        return max(0, self._number_at_first(parent) - 1)

    def _template(
        self,
        model: Model[Validated],
        place: int,
        mark: str,
        conditions: Sequence[Node],
        pointed: Sequence[Row] = (),
    ) -> Row:
        """A row at a place, but for its organization and what no two organizations share."""
        if model is self.root:
            return self._root_row
        fixed = {**self._needed(model), **self._joined(model, place), **limited(self.catalogue, model, LIMIT)}
        fixed |= self._ranged(model, place) | self._keyed(model, place)
        fixed |= varied(model, int(mark) if mark.isdecimal() else 1, self._tried(fixed))
        wanted = (*self._unspoken[model], *conditions, *usual(model))
        row = plainest(model, wanted, self._tried(fixed), mark, own_columns(model))
        for pointing in self.keys.pointing(model):
            if all(row[name] is not None and name not in fixed for name in pointing.names):
                fixed |= pointing.at(0)
        for target in pointed:
            plan, those = plan_of(model), self._tried(target)
            hanging = [plan.component_of(model.column(name)).columns for name in target]
            freed = {each.name for columns in hanging for each in columns}  # may follow from the target
            given = {**{key: row[key] for key in row if key not in freed}, **self._tried(fixed), **those}
            if plan.allows(given):
                fixed |= target
        tried = self._tried(fixed)
        row = plainest(model, wanted, tried, mark, own_columns(model))
        return row | {name: value for name, value in fixed.items() if row[name] == tried[name]}

    def _tried(self, values: Row) -> Row:
        """Values as they are in the root that the first rows are tried in."""
        return self.keys.resolved(values, self.tried_root_key)

    @cached_property
    def _unspoken(self) -> Mapping[Model[Validated], tuple[Node, ...]]:
        """By entity the conditions that a row refers to nothing of which programs do not speak."""
        return {
            model: tuple(
                IsNull(Field(own))
                for pointing in self.keys.pointing(model)
                for own, _ in pointing.links
                if pointing.parent not in self.spoken and own.nullable
            )
            for model in self.catalogue.models
        }

    def _ranged(self, model: Model[Validated], place: int) -> Row:
        """The columns of the exclusion: all rows agree in its fields, and each place has another range."""
        found: Row = {}
        for rule in model.of_kind(Exclusion)[:1]:
            found |= self.alike(model, rule)
            ranges = allowed_ranges(model, rule)
            found |= ranges[place % len(ranges)] if ranges else {}
        return found

    def alike(self, model: Model[Validated], rule: Exclusion) -> Row:
        """The fields in which rows have to agree that exclude each other, but for the root and what all roots share."""
        targets = self.keys.targets(model)
        return {
            column.name: targets[column.name].at(0)[column.name]
            if column.name in targets
            else plain_value(model, column)
            for column in rule.fields
            if column.name != model.tenant
        }

    def _keyed(self, model: Model[Validated], place: int) -> Row:
        """The columns of a key that is no id of the row's own; each place has other references or other values."""
        targets = self.keys.targets(model)
        is_own = has_id(model) and targets.keys().isdisjoint(model.key)
        return {} if model.is_root or is_own else self.keys.values_at(model, self.tried_root_key, place)

    def _in(self, model: Model[Validated], template: Row, root_key: RootId, own: RowId, place: int) -> Validated:
        """The row of a template in an organization."""
        names = [column.name for column in model.id_columns if column.name != model.tenant]
        row = self.keys.resolved(template, root_key)
        if model.tenant is not None:
            row[model.tenant] = own if model.is_root else self.keys.root_key_for(model, root_key)
        row |= dict(zip(names, own if isinstance(own, tuple) else (own,), strict=True)) if names else {}
        left = {*model.key, *self.keys.targets(model)}
        shared = [column.name for column in shared_by_all(model) if column.name not in left]
        if shared:
            kept = {name: value for name, value in row.items() if name not in shared}
            row = plain_row(plan_of(model), kept, f"{mark_of(root_key)}{place}", shared)
        return model.construct_unvalidated(row)
