"""The rows of derived vocabularies: their ids, those that are not there yet, and those that are there at first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
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
    Transition,
    Unique,
)
from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import Invariant
from gapless.kit.model import CREATED_AT, TENANT, VERSION, Validated
from gapless.kit.predicates import TRUE, Constant, Field, Node, Not
from gapless.kit.python_compiler import is_true
from gapless.testing.differential.side_records import NOW
from gapless.testing.differential.vocabulary import numbered
from gapless.testing.differential.worlds import shared_by_all
from gapless.testing.strategies.near_misses import plain
from gapless.testing.strategies.plain_rows import plain_row
from gapless.testing.strategies.solutions import Plan, plan_of, plan_where

PLACES = 4
"""How many ids the rows of an entity may have."""
LIMIT = 2
"""How many rows each limit lets an organization have at first."""
Row = dict[str, object]


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
    def places(self) -> Mapping[type[Validated], list[UUID]]:
        """The ids that rows of each entity may have."""
        return {model.entity: numbered(kind + 1, PLACES) for kind, model in enumerate(self.catalogue.models)}

    def id_at(self, model: Model[Validated], place: int) -> UUID:
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

    def fresh(self, model: Model[Validated]) -> Callable[[UUID, UUID, int], Validated]:
        """Makes a row that is not there yet, of the organization's id, the row's own and its place."""
        templates = [self._template(model, place, f"{place // 2}", ()) for place in range(PLACES)]

        def made(home: UUID, own: UUID, place: int) -> Validated:
            template = templates[place % PLACES]
            return self._in(model, template, home, own, place)

        return made

    def prepared(self, home: UUID) -> tuple[Validated, ...]:
        """The rows that are there when a program begins, that of the organization first."""
        return tuple(
            self._in(model, template, home, home if model is self.catalogue.root else self.id_at(model, place), place)
            for model, template, place in self._prepared
        )

    @cached_property
    def _prepared(self) -> tuple[tuple[Model[Validated], Row, int], ...]:
        root = self.catalogue.root
        found: list[tuple[Model[Validated], Row, int]] = [(root, self._root_row, 0)]
        for model in self.spoken:
            rows: list[Row] = []
            for place in range(self._number_at_first(model)):
                row = self._first(model, place)
                if not self._contradicts(model, row, rows):
                    rows.append(row)
                    found.append((model, row, place))
        return tuple(found)

    def _number_at_first(self, model: Model[Validated]) -> int:
        """How many rows of an entity are there at first, beside that of the organization."""
        if model is self.catalogue.root or model.entity in self.catalogue.archives | self.catalogue.erasures:
            return 0
        refers_to_itself = any(parent is model for _, parent, _ in self.references(model))
        return 2 if model in self.focus or model.of_kind(AtLeastOne) or refers_to_itself else 1

    @cached_property
    def _root_row(self) -> Row:
        """An organization that rows may enter, and that soon has as much as it may have."""
        root = self.catalogue.root
        entered = [rule.parent for _, rule in self.catalogue if isinstance(rule, AdmissionGuard)]
        spared = [Not(rule.while_parent) for _, rule in self.catalogue.invariants if isinstance(rule, AtMost)]
        wanted = [*entered, *_added(root), *(node for node in spared if node.part is not TRUE)]
        limits: Row = {column.name: LIMIT for column in self.limits}
        return self._plain(root, wanted, limits, "", ())

    @cached_property
    def limits(self) -> tuple[Column, ...]:
        """The fields of the root that limit how many rows it has."""
        rules = [rule for _, rule in self.catalogue.invariants if isinstance(rule, AtMost)]
        found = [rule.limit.column for rule in rules if isinstance(rule.limit, Field)]
        return tuple(dict.fromkeys(found))

    def _first(self, model: Model[Validated], place: int) -> Row:
        """The row that is there at first at a place; the first one is what a parent has to have at least one of."""
        least = [rule.of for rule in model.of_kind(AtLeastOne)]
        conditions = least if place == 0 else [Not(node) for node in least]
        pointed = {
            column.name: self.id_at(parent, 0 if self._stays(reference, model) else self._last_place(parent))
            for reference, parent, column in self.references(model)
            if parent in self.spoken and (parent is not model or place > 0)
        }
        mark = "0" if place == 0 else "other"
        return self._template(model, place, mark, conditions, pointed)

    def _stays(self, reference: Reference, model: Model[Validated]) -> bool:
        """Whether rows refer to the first row of a parent: those that keep it, so that others can still be removed."""
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
        fixed: Row = {name: self.id_at(parent, 0) for name, parent in self._needed(model).items()}
        fixed |= _ranged(model, place)
        row = self._plain(model, (*conditions, *_usual(model)), fixed, mark, _own_columns(model))
        for _, parent, column in self.references(model):
            if row[column.name] is not None and column.name not in fixed:
                fixed[column.name] = self.id_at(parent, 0)
        for name, target in (pointed or {}).items():
            plan = plan_of(model)
            given = {**{key: row[key] for key in row if key not in _freed(plan, name)}, **fixed, name: target}
            if plan.allows(given):
                fixed[name] = target
        return self._plain(model, (*conditions, *_usual(model)), fixed, mark, _own_columns(model))

    def _plain(
        self, model: Model[Validated], conditions: Sequence[Node], fixed: Row, mark: str, marked: Sequence[str]
    ) -> Row:
        """The plainest row of which as many of the conditions are true as can be, the first ones first."""
        given: Row = {VERSION: 0} if model.versioned else {}
        if any(column.name == CREATED_AT for column in model.columns):
            given[CREATED_AT] = NOW
        given |= {name: model.column(name).normalised(value) for name, value in fixed.items()}
        kept: list[Node] = []
        for node in conditions:
            if _can(model, (*kept, node), given, mark, marked):
                kept.append(node)
        for leaving in (given, {name: value for name, value in given.items() if name not in _ranged(model, 0)}):
            try:
                return plain_row(plan_where(model, kept), leaving, mark, marked)
            except DeclarationError:
                continue
        return plain_row(plan_of(model), {name: given[name] for name in (VERSION,) if name in given}, mark, marked)

    def _in(self, model: Model[Validated], template: Row, home: UUID, own: UUID, place: int) -> Validated:
        """The row of a template in an organization."""
        row = {**template, model.tenant: home}
        key = model.key_columns[-1]
        if len(model.key) < 3 and key.type is ColumnType.UUID:
            row[key.name] = own
        elif key.type is ColumnType.TEXT:
            row[key.name] = f"{place}"
        shared = [column.name for column in shared_by_all(model)]
        if shared:
            kept = {name: value for name, value in row.items() if name not in shared}
            row = plain_row(plan_of(model), kept, f"{home.hex}{place}", shared)
        return model.construct_unvalidated(row)

    def _contradicts(self, model: Model[Validated], row: Row, rows: Sequence[Row]) -> bool:
        """Whether a rule over several rows would refuse the row beside the others."""
        together = [model.construct_unvalidated(each) for each in (*rows, row)]
        for rule in model.of_kind(Unique):
            names = [column.name for column in rule.columns if column not in shared_by_all(model)]
            alike = [
                tuple(getattr(each, name) for name in names)
                for each in together
                if rule.where is None or is_true(rule.where)(each)
            ]
            keys = [key for key in alike if None not in key]
            if names and len(set(keys)) < len(keys):
                return True
        invariants = self.catalogue.invariants_of(model.entity)
        limits = [rule for rule in invariants if isinstance(rule.rule, AtMost) and rule.rule.while_parent is TRUE]
        return any(rule.number(together) > (_constant(rule.rule) or LIMIT) for rule in limits)


def _constant(rule: Invariant) -> int | None:
    limit = rule.limit if isinstance(rule, AtMost) else None
    return cast(int, limit.value) if isinstance(limit, Constant) else None


def _freed(plan: Plan, name: str) -> set[str]:
    """The columns that hang together with one: what they hold may follow from it."""
    component = next(each for each in plan.components if any(column.name == name for column in each.columns))
    return {column.name for column in component.columns}


def _can(model: Model[Validated], conditions: Sequence[Node], given: Row, mark: str, marked: Sequence[str]) -> bool:
    try:
        plain_row(plan_where(model, conditions), given, mark, marked)
    except DeclarationError:
        return False
    return True


def _added(model: Model[Validated]) -> list[Node]:
    """What has to be true of a row that is added."""
    return [rule.added for rule in model.of_kind(Transition) if rule.added is not TRUE]


def _usual(model: Model[Validated]) -> list[Node]:
    """What is true of most rows: they may be added, are shown, and are those of which rules speak."""
    shown = [] if model.soft_deleted is None else [Not(model.soft_deleted)]
    apart = [rule.where for rule in model.of_kind(Unique)] + [rule.where for rule in model.of_kind(Exclusion)]
    counted = [rule.of for rule in model.of_kind(AtMost) if isinstance(rule.limit, Field)]
    return [*_added(model), *shown, *(node for node in (*apart, *counted) if node is not None and node is not TRUE)]


def _own_columns(model: Model[Validated]) -> list[str]:
    """The columns that tell rows of one organization apart: texts of a rule that no two rows have the same."""
    columns = (column for rule in model.of_kind(Unique) for column in rule.columns)
    return [column.name for column in columns if column.name != TENANT and column.type is ColumnType.TEXT]


def _ranged(model: Model[Validated], place: int) -> Row:
    """The columns by which rows exclude each other: all in one place, each an hour or a seat after the other."""
    found: Row = {}
    for rule in model.of_kind(Exclusion)[:1]:
        found |= {column.name: plain(column) for column in rule.fields if column.name != TENANT}
        found |= range_at(rule, place % PLACES, place % PLACES + 1)
    return found


def range_at(rule: Exclusion, start: int | None, end: int | None) -> Row:
    """A range between two whole numbers of hours, or numbers; None for none on that side, if it may be open."""
    found: Row = {}
    for column, at in ((rule.start, start), (rule.end, end)):
        is_open = at is None and column.nullable
        step = at or 0
        point: object = NOW + timedelta(hours=step) if column.type is ColumnType.TIME else step
        found[column.name] = None if is_open else point
    return found
