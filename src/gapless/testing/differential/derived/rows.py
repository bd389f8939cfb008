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
    Model,
    OnDelete,
    Reference,
)
from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import RootId, RowId
from gapless.kit.model import Validated
from gapless.kit.predicates import TRUE, Field, IsNull, Node, Not
from gapless.kit.python_compiler import is_true
from gapless.testing.differential.derived.beginnings import lacking, meeting, refusing
from gapless.testing.differential.derived.plain_templates import plainest, usual
from gapless.testing.differential.derived.ranges import Row, allowed_ranges, plain_value
from gapless.testing.differential.derived.variation import PLACES, added_as, has_id, nth, own_columns, varied
from gapless.testing.differential.vocabulary import mark_of, numbered
from gapless.testing.strategies.edges import EDGES
from gapless.testing.strategies.plain_rows import plain_row
from gapless.testing.strategies.solutions import plan_of
from gapless.testing.templates import shared_by_all

LIMIT = 2
"""How many rows each limit lets an organization have at first, if the checks allow it; else a few more."""
_HOME, _MANY = cast(RootId, UUID(int=1 << 100)), 64
"""A root that the first rows are tried in, and how many roots there may be of each."""


@attrs.frozen(eq=False, slots=False)
class DerivedRows:
    """The rows that programs over some entities of a catalogue speak of.

    Attributes:
        catalogue: the rules.
        spoken: the entities, in the order of the catalogue.
        focus: those that the programs are about; of them more is there at first.
    """

    catalogue: Catalogue
    spoken: tuple[Model[Validated], ...]
    focus: tuple[Model[Validated], ...]

    @cached_property
    def places(self) -> Mapping[type[Validated], Sequence[RowId]]:
        """The ids that rows of each entity may have; those of a parent where a row has its parent's id."""
        found: dict[type[Validated], Sequence[RowId]] = {}
        for kind, model in enumerate(self.catalogue.models):
            keyed = (parent for _, parent, column in self.references(model) if model.key[1:] == (column.name,))
            parent = next((each for each in keyed if each.entity in found), None)
            found[model.entity] = numbered(kind + 1, PLACES) if parent is None else found[parent.entity]
        return found

    def id_at(self, model: Model[Validated], place: int) -> RowId:
        """The id of a row at a place."""
        return self.places[model.entity][place]

    def references(self, model: Model[Validated]) -> Iterator[tuple[Reference, Model[Validated], Column]]:
        """The references of an entity to rows of its organization, with the column that has the id."""
        for reference in model.of_kind(Reference):
            parent = self.catalogue.parent(reference)
            if len(reference.fields) > 1 and reference.fields[-1].type is ColumnType.UUID:
                yield reference, parent, reference.fields[-1]

    def _needed(self, model: Model[Validated]) -> Mapping[str, Model[Validated]]:
        """The columns of an entity that always refer to a row, with what they refer to."""
        return {column.name: parent for _, parent, column in self.references(model) if not column.nullable}

    def fresh(self, model: Model[Validated]) -> Callable[[RootId, RowId, int], Validated]:
        """Gives a function that makes a new row of the organization's id, the row's own id and its place."""
        templates = [self._template(model, place, f"{place // 2}", ()) for place in range(PLACES)]

        def made(home: RootId, own: RowId, place: int) -> Validated:
            template = templates[place % PLACES]
            return self._in(model, template, home, own, place)

        return made

    def prepared(self, home: RootId) -> tuple[Validated, ...]:
        """The rows that are there when a program begins, that of the organization first."""
        return tuple(
            self._in(model, template, home, home if model is self.catalogue.root else self.id_at(model, place), place)
            for model, template, place in self._prepared
        )

    def require_prepared(self) -> None:
        """Makes the rows that are there at first, and some of other roots beside them.

        Raises:
            DeclarationError: a store would not take them, or not those of many roots.
        """
        there: dict[Model[Validated], list[Validated]] = {}
        for (model, _, _), row in zip(self._prepared, self.prepared(_HOME), strict=True):
            there.setdefault(model, []).append(row)
        missing = next(lacking(self.catalogue, there), None)
        if missing is not None:
            raise DeclarationError(f"{missing.name}: no row was found with which programs could begin.")
        for model in self.spoken:
            templates = [template for each, template, _ in self._prepared if each is model][:1]
            if templates and next(shared_by_all(model), None) is not None:
                homes = numbered(1 << 16, _MANY)
                rule = meeting(model, [self._in(model, templates[0], home, home, 0) for home in homes])
                if rule is not None:
                    raise DeclarationError(
                        f"{rule.name}: programs are run in one root after the other, and there are too few values "
                        f"for a {model.name} in each. Name {model.tenant} in the rule, or leave {model.name} out."
                    )

    @cached_property
    def _prepared(self) -> tuple[tuple[Model[Validated], Row, int], ...]:
        root = self.catalogue.root
        found: list[tuple[Model[Validated], Row, int]] = [(root, self._root_row, 0)]
        first = self._in(root, self._root_row, _HOME, _HOME, 0)
        broken = refusing(self.catalogue, {}, root, first)
        if broken is not None:
            raise DeclarationError(f"{broken.name}: no {root.name} was found with which programs could begin.")
        there: dict[Model[Validated], list[Validated]] = {root: [first]}
        for model in self.spoken:
            for place in range(self._number_at_first(model)):
                template = self._first(model, place, there.get(model, ()))
                row = self._in(model, template, _HOME, self.id_at(model, place), place)
                broken = refusing(self.catalogue, there, model, row)
                if broken is None:
                    there.setdefault(model, []).append(row)
                    found.append((model, template, place))
                elif EDGES.of(broken) is not None:
                    raise DeclarationError(f"{broken.name}: no {model.name} was found with which programs could begin.")
        return tuple(found)

    def _number_at_first(self, model: Model[Validated]) -> int:
        """How many rows of an entity are there at first, beside that of the organization."""
        if model is self.catalogue.root or model.entity in self.catalogue.archives | self.catalogue.erasures:
            return 0
        refers_to_itself = any(parent is model for _, parent, _ in self.references(model))
        is_joined = any(
            parent is model and column.name in joining.key
            for joining in self.focus
            for _, parent, column in self.references(joining)
        )
        several = model in self.focus or is_joined or model.of_kind(AtLeastOne) or refers_to_itself
        return max(2, len(model.of_kind(AtLeastOne))) if several else 1

    @cached_property
    def _root_row(self) -> Row:
        """The first row of the root: other rows may enter it, and its limits are small, so that programs reach them."""
        root = self.catalogue.root
        entered = [rule.parent for _, rule in self.catalogue if isinstance(rule, AdmissionGuard)]
        spared = [Not(rule.while_parent) for _, rule in self.catalogue.invariants if isinstance(rule, AtMost)]
        wanted = [*entered, *added_as(root), *(node for node in spared if node.part is not TRUE)]
        limits: Row = {}
        for column in self.limits:
            limits |= self.limited(column, LIMIT, limits)
        return plainest(root, wanted, limits, "", ())

    def limited(self, column: Column, least: int, beside: Row) -> Row:
        """The smallest limit that the checks allow beside other fields of the root; nothing if it is a large one.

        Args:
            column: the field of the root that is the limit.
            least: what it is at least.
            beside: the other fields.
        """
        allows = plan_of(self.catalogue.root).allows
        found: Iterator[Row] = ({column.name: each} for each in range(least, PLACES))
        return next((limited for limited in found if allows({**beside, **limited})), {})

    @cached_property
    def limits(self) -> tuple[Column, ...]:
        """The fields of the root that limit how many rows it has."""
        rules = [rule for _, rule in self.catalogue.invariants if isinstance(rule, AtMost)]
        found = [rule.limit.column for rule in rules if isinstance(rule.limit, Field)]
        return tuple(dict.fromkeys(found))

    def _first(self, model: Model[Validated], place: int, there: Sequence[Validated]) -> Row:
        """The row that is there at first at a place; the first ones are what a parent has to have at least one of."""
        least = [rule.of for rule in model.of_kind(AtLeastOne)]
        missing = [node for node in least if not any(map(is_true(node), there))]
        conditions = missing or [Not(node) for node in least]
        pointed = {
            column.name: self.id_at(parent, 0 if self._stays(reference, model) else self._last_place(parent))
            for reference, parent, column in self.references(model)
            if parent in self.spoken and (parent is not model or place > 0) and column.name not in model.key
        }
        mark = "0" if place == 0 else "other"
        return self._template(model, place, mark, conditions, pointed)

    def _stays(self, reference: Reference, model: Model[Validated]) -> bool:
        """Whether rows refer to the first row of a parent: those that keep it do, so that the others can be removed."""
        return reference.on_delete is OnDelete.RESTRICT or self.catalogue.parent(reference) is model

    def _last_place(self, parent: Model[Validated]) -> int:
        """The place of the last row of a parent that is there at first."""
        return max(0, self._number_at_first(parent) - 1)

    def _template(
        self,
        model: Model[Validated],
        place: int,
        mark: str,
        conditions: Sequence[Node],
        pointed: Mapping[str, object] | None = None,
    ) -> Row:
        """A row at a place, but for its organization and what no two organizations share."""
        if model is self.catalogue.root:
            return self._root_row
        fixed = self._ranged(model, place) | self._keyed(model, place)
        fixed |= {name: self.id_at(parent, 0) for name, parent in self._needed(model).items() if name not in fixed}
        fixed |= varied(model, int(mark) if mark.isdecimal() else 1, fixed)
        wanted = (*self._unspoken[model], *conditions, *usual(model))
        row = plainest(model, wanted, fixed, mark, own_columns(model))
        for _, parent, column in self.references(model):
            if row[column.name] is not None and column.name not in fixed:
                fixed[column.name] = self.id_at(parent, 0)
        for name, target in (pointed or {}).items():
            plan = plan_of(model)
            freed = {each.name for each in plan.component_of(model.column(name)).columns}  # may follow from the target
            given = {**{key: row[key] for key in row if key not in freed}, **fixed, name: target}
            if plan.allows(given):
                fixed[name] = target
        return plainest(model, wanted, fixed, mark, own_columns(model))

    @cached_property
    def _unspoken(self) -> Mapping[Model[Validated], tuple[Node, ...]]:
        """By entity the conditions that a row refers to nothing of which programs do not speak."""
        return {
            model: tuple(
                IsNull(Field(column))
                for _, parent, column in self.references(model)
                if parent not in self.spoken and column.nullable
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
        targets = {column.name: parent for _, parent, column in self.references(model)}
        return {
            column.name: self.id_at(targets[column.name], 0) if column.name in targets else plain_value(model, column)
            for column in rule.fields
            if column.name != model.tenant
        }

    def _keyed(self, model: Model[Validated], place: int) -> Row:
        """The columns of a key that is no id of the row's own; each place has other references or other values."""
        if model is self.catalogue.root or has_id(model):
            return {}
        targets = {column.name: parent for _, parent, column in self.references(model)}
        found: Row = {}
        for column in model.key_columns:
            if column.name in targets:
                found[column.name] = self.id_at(targets[column.name], place % 2)
                place //= 2
            elif column.name != model.tenant:
                found |= nth(model, column, place, found)
        return found

    def _in(self, model: Model[Validated], template: Row, home: RootId, own: RowId, place: int) -> Validated:
        """The row of a template in an organization."""
        row = {**template, model.named_tenant: home}
        if model.tenant != model.key[-1] and has_id(model):
            row[model.key[-1]] = own
        shared = [column.name for column in shared_by_all(model)]
        if shared:
            kept = {name: value for name, value in row.items() if name not in shared}
            row = plain_row(plan_of(model), kept, f"{mark_of(home)}{place}", shared)
        return model.construct_unvalidated(row)
