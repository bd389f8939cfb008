"""The keys of rows at their places, and by which fields rows refer to them: in each root, whatever the keys are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import cast

import attrs

from gapless.kit import AtMost, Catalogue, Model, PrimaryKey, Reference, Unique
from gapless.kit.columns import Column, ColumnType
from gapless.kit.ids import RootId, RowId
from gapless.kit.links import Links
from gapless.kit.model import Validated
from gapless.kit.predicates import Constant
from gapless.testing.differential.derived.variation import PLACES, added_plan, nth
from gapless.testing.differential.vocabulary import Places, Referred, mark_of, numbered, part_of
from gapless.testing.strategies.plain_rows import Row, plain_row
from gapless.testing.templates import names_root


@attrs.frozen(eq=False)
class Pointing:
    """How rows of an entity refer to others.

    Attributes:
        reference: the rule.
        parent: the model of the rows to which it leads.
        links: the columns that refer, each with that of the parent, without those by which both belong to one root.
        is_to_root: whether these are the roots in whose units programs work.
    """

    reference: Reference
    parent: Model[Validated]
    links: Links
    is_to_root: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that refer."""
        return tuple(own.name for own, _ in self.links)

    @property
    def may_be_null(self) -> bool:
        """Whether rows may refer to nothing."""
        return any(own.nullable for own, _ in self.links)

    @property
    def places(self) -> range:
        """The places to which programs let rows refer; that of another root than their own, if they refer to roots."""
        # Whether a root can be removed that a row of its own keeps depends on which of the references of that row a
        # database has got first: the one by which it goes along, or the one that restricts.
        return range(1, 2) if self.is_to_root else range(PLACES)

    def toward(self, number: int) -> dict[str, object]:
        """The values by which rows refer to one of the places, which are counted round."""
        return self.at(self.places[number % len(self.places)])

    def at(self, place: int) -> dict[str, object]:
        """The values by which rows refer to the row at a place."""
        return {own.name: Referred(self.parent.entity, place, theirs.name) for own, theirs in self.links}


@attrs.frozen(eq=False, slots=False)
class DerivedKeys:
    """The keys of the rows that programs over a catalogue speak of.

    Attributes:
        catalogue: the rules.
        root: the entity of the roots in whose units programs work; None if units are of none.
    """

    catalogue: Catalogue
    root: Model[Validated] | None

    def pointing(self, model: Model[Validated]) -> tuple[Pointing, ...]:
        """How rows of an entity refer to others, but for the references by which they belong to their root."""
        if model.entity not in self._pointing:
            self._pointing[model.entity] = tuple(self._made_pointing(model))
        return self._pointing[model.entity]

    @cached_property
    def _pointing(self) -> dict[type, tuple[Pointing, ...]]:
        return {}

    def _made_pointing(self, model: Model[Validated]) -> Iterator[Pointing]:
        for reference in model.of_kind(Reference):
            links = tuple(link for link in self.catalogue.links(model, reference) if link[0].name != model.tenant)
            if links:
                parent = self.catalogue.parent(reference)
                yield Pointing(reference, parent, links, parent is self.root)

    def joins(self, model: Model[Validated], pointing: Pointing) -> bool:
        """Whether no two rows of an entity refer to the same row, perhaps of their root, so that each needs another."""
        if pointing.is_to_root or pointing.parent is model:
            return False
        rules = (*model.of_kind(PrimaryKey), *model.of_kind(Unique))
        return any(not {*pointing.names}.isdisjoint(column.name for column in rule.columns) for rule in rules)

    def targets(self, model: Model[Validated]) -> Mapping[str, Pointing]:
        """By column how it refers; of several references the first one counts."""
        return {name: each for each in reversed(self.pointing(model)) for name in each.names}

    def values_at(self, model: Model[Validated], root_key: RootId, place: int) -> Row:
        """What the row at a place has in the fields of its key, but for the one of its root."""
        found: Row = {}
        targets, left = self.targets(model), place
        is_single = len(model.id_columns) == 1
        for column in model.id_columns:
            if column.name in found:
                continue
            if column.name in targets and targets[column.name].parent is not model:
                pointing = targets[column.name]
                found |= self.resolved(pointing.at(left if is_single else left % 2), root_key)
                left //= 2
            else:
                found |= self._own(model, column, root_key, place if is_single else left, found)
        return {column.name: found[column.name] for column in model.id_columns}

    def _own(self, model: Model[Validated], column: Column, root_key: RootId, place: int, beside: Row) -> Row:
        if not names_root(model, model.of_kind(PrimaryKey)[0]):
            return dict(_across(model, column, f"{mark_of(root_key)}{place}"))
        if column.type is ColumnType.UUID:
            number = self.number_of_places(model)
            return {column.name: numbered(self.catalogue.models.index(model) + 1, number)[place % number]}
        return nth(model, column, place, beside)

    def id_at(self, model: Model[Validated], root_key: RootId, place: int) -> RowId:
        """The id of the row at a place; of other roots than those of units it follows from the root of the unit."""
        if model is self.root:
            return root_key
        if model.is_root:
            (column,) = model.key_columns
            return cast(RowId, _across(model, column, f"{mark_of(root_key)}{place}")[column.name])
        if not model.id_columns:
            return cast(RowId, self.root_key_for(model, root_key))
        values = tuple(self.values_at(model, root_key, place).values())
        return values if len(values) > 1 else values[0]  # type: ignore[return-value]  # the value of a key

    def number_of_places(self, model: Model[Validated]) -> int:
        """How many places the rows of an entity have: one more than a small limit lets below one of their parents."""
        number = PLACES
        for rule in model.of_kind(AtMost):
            limit = rule.limit.value if isinstance(rule.limit, Constant) else None
            limit = limit if rule.supplement is None else rule.supplement.default
            if isinstance(limit, int) and limit <= PLACES:
                links = self.catalogue.links(model, rule.through)
                apart = 1 if {own.name for own, _ in links if own.name != model.tenant}.isdisjoint(model.key) else 2
                number = max(number, apart * (limit + 1))
        return number

    def root_key_for(self, model: Model[Validated], root_key: RootId) -> RootId | None:
        """The root to which rows of an entity belong that a unit speaks of: its own, another's first one, or none."""
        root = self.catalogue.root_of(model)
        if root is None:
            return None
        return root_key if root is self.root else cast(RootId, self.id_at(root, root_key, 0))

    def resolved(self, values: Mapping[str, object], root_key: RootId) -> Row:
        """The values of a row, with what they stand for in a root."""
        return {name: self._value_of(value, root_key) for name, value in values.items()}

    def _value_of(self, value: object, root_key: RootId) -> object:
        if not isinstance(value, Referred):
            return value
        model = self.catalogue.model(value.entity)
        if value.field == model.tenant and not model.is_root:
            return self.root_key_for(model, root_key)
        return part_of(model, self.id_at(model, root_key, value.place), value.field)

    def places(self, model: Model[Validated]) -> Places:
        """The ids that rows of an entity may have."""
        return Places(self.number_of_places(model), lambda root_key, place: self.id_at(model, root_key, place))


@lru_cache(maxsize=4096)
def _across(model: Model[Validated], column: Column, mark: str) -> Mapping[str, object]:
    """A value that no row of another root has."""
    return {column.name: plain_row(added_plan(model), {}, mark, [column.name])[column.name]}
