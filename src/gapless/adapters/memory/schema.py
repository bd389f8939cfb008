"""The catalogue as the store in memory uses it: the enforcers of each table, made at their first use."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import cast

import attrs

from gapless.adapters.memory.access_paths import TablePaths
from gapless.adapters.memory.concerns import Concerns
from gapless.adapters.memory.conjuncts import Signature, held_by
from gapless.adapters.memory.enforcers.admission import AdmissionCheck
from gapless.adapters.memory.enforcers.append_only import AppendOnlyEnforcer
from gapless.adapters.memory.enforcers.filled import FilledEnforcer
from gapless.adapters.memory.enforcers.invariants import InvariantCheck
from gapless.adapters.memory.enforcers.reference import ReferenceEnforcer
from gapless.adapters.memory.enforcers.registry import ENFORCERS, Moment, SharedEnforcer
from gapless.adapters.memory.enforcers.transition import TransitionEnforcer
from gapless.adapters.memory.enforcers.unique import UniqueEnforcer
from gapless.adapters.memory.keys import TableKeyOf, key_in_table, key_where
from gapless.adapters.memory.ordered_index import OrderedIndex
from gapless.kit import Catalogue, PrimaryKey
from gapless.kit.audit import AuditRecord
from gapless.kit.lowered_columns import Indexed
from gapless.kit.model import VERSION, E, Model, Validated
from gapless.kit.outbox import OutboxEvent
from gapless.kit.python_compiler import bound


@attrs.frozen(eq=False)
class Lookup:
    """By what one row of a table is found: its key, or the values that a unique rule lets no other row have.

    Attributes:
        columns: the columns whose values have to be named.
        held: what has to follow from a condition.
        unique: the enforcer that knows which row has which values; None for the key.
        own: the index of the rows that a view replaces.
    """

    columns: tuple[Indexed, ...]
    held: frozenset[Signature]
    unique: UniqueEnforcer | None
    own: OrderedIndex


@attrs.frozen(eq=False, slots=False)
class Table:
    """One entity of the catalogue with its enforcers; each group of them is made when it is first needed."""

    model: Model[Validated]
    schema: Schema

    @cached_property
    def name(self) -> str:
        """The table's name."""
        return self.model.table

    @cached_property
    def key_of(self) -> TableKeyOf:
        """Gives by what a row is found: the key of its root, or None, and its own id in it."""
        return key_in_table(self.model)

    @cached_property
    def root_finder(self) -> UniqueEnforcer | None:
        """The enforcer of the key, which knows the root of each row, where rows do not say it; None elsewhere."""
        return self.key_enforcer if self.model.through is not None else None

    @cached_property
    def root_table(self) -> str:
        """The table of the root to which its rows belong, which has their counter; "" if they belong to none."""
        root = self.schema.catalogue.root_of(self.model)
        return "" if root is None else root.table

    @cached_property
    def primary_key(self) -> PrimaryKey:
        """The rule that no two rows have the same key."""
        return self.model.of_kind(PrimaryKey)[0]

    def _at(self, moment: Moment) -> tuple[object, ...]:
        """The enforcers that are asked at one moment of a write, in the order of their rules."""
        known = [(rule, ENFORCERS.of(rule)) for rule in self.model.rules]
        return tuple(
            each.made(self.schema.catalogue, self.model, rule)
            for rule, each in known
            if each.moment is moment and each.made is not None
        )

    @cached_property
    def append_only(self) -> tuple[AppendOnlyEnforcer, ...]:
        """The enforcer of the rule that its rows never change; at most one."""
        return cast("tuple[AppendOnlyEnforcer, ...]", self._at(Moment.BEFORE))

    @cached_property
    def filled(self) -> FilledEnforcer | None:
        """The enforcer that fills the store's columns; None if the table has no such columns."""
        return FilledEnforcer.of(self.schema.catalogue, self.model) if self.model.filled else None

    @cached_property
    def shared(self) -> tuple[SharedEnforcer, ...]:
        """The enforcers of what two rows may not share: also the key, if two roots may not share it either."""
        found = cast("tuple[SharedEnforcer, ...]", self._at(Moment.SHARED))
        return found if self.key_enforcer is None else (self.key_enforcer, *found)

    @cached_property
    def key_enforcer(self) -> UniqueEnforcer | None:
        """The enforcer of the key, if two roots may not share one; None if a key says its root, or there is no root."""
        if self.model.is_shared or self.model.tenant in self.model.key:
            return None
        rule = self.primary_key
        return UniqueEnforcer(rule.name, self.model, rule, rule.key, key_where(rule.key))

    @cached_property
    def links(self) -> tuple[ReferenceEnforcer, ...]:
        """The enforcers of its references to other rows: first that through which its rows belong to a root."""
        found = cast("tuple[ReferenceEnforcer, ...]", self._at(Moment.PARENTS))
        return tuple(sorted(found, key=lambda link: link.rule is not self.model.through))

    @cached_property
    def referrers(self) -> tuple[tuple[Table, ReferenceEnforcer], ...]:
        """The enforcers of references to its rows, each with the table that refers."""
        return tuple(
            (table, link) for table in self.schema.tables.values() for link in table.links if link.parent == self.name
        )

    @cached_property
    def inner_referrers(self) -> tuple[ReferenceEnforcer, ...]:
        """The references to its rows that name one of several, and not the root of the row that refers."""
        return tuple(link for _, link in self.referrers if not link.to_root)

    @cached_property
    def release_effects(self) -> tuple[tuple[Table, ReferenceEnforcer], ...]:
        """The references that the release of one of its rows concerns, in the order of PostgreSQL's triggers."""
        found = self.referrers if self.model.released is not None else ()
        return tuple(sorted(found, key=lambda each: _name_of(each[1])))

    @cached_property
    def steps(self) -> tuple[TransitionEnforcer, ...]:
        """The enforcers of its rules over changes."""
        return cast("tuple[TransitionEnforcer, ...]", self._at(Moment.CHANGES))

    @cached_property
    def invariant_checks(self) -> tuple[InvariantCheck, ...]:
        """The enforcers of the invariants that count its rows."""
        return cast("tuple[InvariantCheck, ...]", self._at(Moment.COMMIT))

    @cached_property
    def concerns(self) -> Concerns:
        """The enforcers that a change of one of its rows concerns because of other rows."""
        return Concerns(
            links=self.links,
            inner_links=tuple(link for link in self.links if not link.to_root),
            releasable_links=tuple(sorted((link for link in self.links if link.releasing is not None), key=_name_of)),
            admission_checks=cast("tuple[AdmissionCheck, ...]", self._at(Moment.ADMISSION)),
            invariant_checks=self.invariant_checks,
            pending=tuple(
                each
                for each in self.schema.invariant_checks
                if each.parent == self.name and each.rule.made_pending_by_parent
            ),
            watched=bool(self.append_only or self.steps or self.release_effects),
        )

    @cached_property
    def lookups(self) -> tuple[Lookup, ...]:
        """By what one of its rows is found: by the key first."""
        uniques = [each for each in self.shared if isinstance(each, UniqueEnforcer)]
        key = tuple(map(self.model.column, self.model.lookup))
        return (
            Lookup(key, frozenset(), None, OrderedIndex.of(key, (), None)),
            *(
                Lookup(each.fields, held_by(each.where), each, OrderedIndex.of(each.fields, key, each.where))
                for each in uniques
            ),
        )

    @cached_property
    def paths(self) -> TablePaths:
        """The access paths of those who see the rows of all roots."""
        return TablePaths(self.model, scoped=False)

    @cached_property
    def scoped_paths(self) -> TablePaths:
        """The access paths of those who see the rows of one root."""
        return TablePaths(self.model, scoped=True)

    @cached_property
    def version_of(self) -> Callable[[object], int | None]:
        """Gives the version of a row; None if the table has no versions."""
        return cast("Callable[[object], int | None]", bound("o", "o.version" if self.model.versioned else "None", []))

    def evolved(self, row: Validated, changes: dict[str, object]) -> Validated:
        """The row after a write of these columns: its version grows by one, even if no value differs."""
        version = self.version_of(row)
        return self.model.evolved(row, changes if version is None else {**changes, VERSION: version + 1})


def _name_of(link: ReferenceEnforcer) -> str:
    return link.name


class Schema:
    """The tables of a catalogue.

    Args:
        catalogue: the entities and rules that the store enforces.

    Raises:
        DeclarationError: the store does not know the kind of a rule.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        catalogue.require_complete()
        for _, rule in catalogue:
            ENFORCERS.of(rule)
        self.catalogue = catalogue
        self.tables = {model.table: Table(model, self) for model in catalogue.models}

    def table(self, entity: type[E]) -> Table:
        """The table of an entity.

        Raises:
            DeclarationError: the catalogue does not contain the entity.
        """
        return self.tables[self.catalogue.model(entity).table]

    @cached_property
    def trail(self) -> Table:
        """The table of the audit records."""
        return self.table(AuditRecord)

    @cached_property
    def outbox(self) -> Table:
        """The table of the events."""
        return self.table(OutboxEvent)

    @cached_property
    def invariant_checks(self) -> tuple[InvariantCheck, ...]:
        """The enforcers of all invariants, in the order in which a commit checks them."""
        found = {each.rule: each for table in self.tables.values() for each in table.invariant_checks}
        return tuple(found[rule] for _, rule in self.catalogue.invariants)
