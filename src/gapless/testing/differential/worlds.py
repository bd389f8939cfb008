"""What the operations of a program know while it runs on one store: whose rows they are, and what they have seen."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import attrs

from gapless.kit import model_of
from gapless.kit.audit import AuditRecord
from gapless.kit.ids import RootId, RowId
from gapless.kit.model import Validated
from gapless.testing.differential.conditions import Condition
from gapless.testing.differential.vocabulary import OWN, TAKEN, Referred, Values, Vocabulary, part_of
from gapless.testing.templates import shared_by_all
from gapless.testing.unit_roots import NO_ROOT, UnitRoot

UNKNOWN = UUID(int=0xFFFF << 64)
"""An id that no row has."""
_UNKNOWN_NUMBER, _UNKNOWN_TEXT = 31_000, "unknown"
StandIns = Mapping[tuple[type, str, object], object]


@attrs.frozen
class ProgramWorld:
    """What the operations in one organization know while a program runs on one store.

    Attributes:
        vocabulary: what the program speaks of.
        organization: whose rows they are.
        other: the other organization of the program.
        stand_ins: what values such as TAKEN stand for, by entity, field and value.
        is_alone: whether its units are of no root, and write the shared rows of which those of the organization speak.
        seen: for each row every state in which the program has seen it, oldest first.
        audits: the audit records that the program has made, oldest first.
    """

    vocabulary: Vocabulary
    organization: RootId
    other: RootId
    stand_ins: StandIns
    is_alone: bool = False
    seen: dict[tuple[type, object], list[Validated]] = attrs.field(factory=dict)
    audits: list[AuditRecord] = attrs.field(factory=list)

    def id_of(self, entity: type[Validated], place: int) -> RowId:
        """The id of the row at this place; one that no row has for a place below zero."""
        model = self.vocabulary.catalogue.model(entity)
        if entity is self.vocabulary.root or not (model.is_root or model.id_columns):
            return self.organization if place >= 0 else unlike(self.organization)
        found = self.vocabulary.places[entity].at(self.organization, max(place, 0))
        return found if place >= 0 else unlike(found)

    def resolved(self, entity: type[Validated], values: Values) -> dict[str, object]:
        """The values of an entity, with what they stand for."""
        return {name: self._resolved(entity, name, value) for name, value in values.items()}

    def condition(self, where: Condition | None) -> Condition | None:
        """A condition, with what its values stand for; None for none."""
        return None if where is None else where.over(self.value_of)

    def _resolved(self, entity: type[Validated], name: str, value: object) -> object:
        return self.stand_ins.get((entity, name, value), value) if value in (TAKEN, OWN) else self.value_of(value)

    def value_of(self, value: object) -> object:
        """What a value stands for, if it is a `Referred`; else itself."""
        if not isinstance(value, Referred):
            return value
        model = self.vocabulary.catalogue.model(value.entity)
        if value.entity is self.vocabulary.root:
            return (self.organization, self.other)[value.place % 2]
        if value.field == model.tenant and not model.is_root:
            return self.vocabulary.root_key_for(model, self.organization)
        return part_of(model, self.id_of(value.entity, value.place), value.field)

    @property
    def unit_root(self) -> UnitRoot:
        """The root of its units."""
        return NO_ROOT if self.is_alone else self.vocabulary.unit_root(self.organization)

    def of_records(self, *, foreign: bool = False) -> RootId | None:
        """The root of the audit records and events of its units, or of those of the other organization."""
        return (self.vocabulary.unit_root(self.other) if foreign else self.unit_root).of_records

    def remember(self, row: Validated) -> Validated:
        """Keeps a state of a row for later steps."""
        self.seen.setdefault((type(row), model_of(type(row)).id_of(row)), []).append(row)
        return row

    def fresh(self, entity: type[Validated], place: int, values: Values, *, foreign: bool = False) -> Validated:
        """A row that is not there yet, not checked.

        Args:
            entity: of which entity.
            place: which of its ids the row has.
            values: what is not as it usually is.
            foreign: whether it belongs to the other organization.
        """
        root_key = self.other if foreign else self.organization
        own = root_key if entity is self.vocabulary.root else self.id_of(entity, place)
        made = self.vocabulary.fresh[entity](root_key, own, place)
        return model_of(type(made)).evolved(made, self.resolved(entity, values))

    def last_seen(self, entity: type[Validated], place: int) -> Validated | None:
        """The newest state of a row that the program has seen, if it has."""
        seen = self.seen.get((entity, self.id_of(entity, place)))
        return seen[-1] if seen else None


def worlds_of(words: Vocabulary, root_keys: tuple[RootId, RootId]) -> tuple[ProgramWorld, ...]:
    """The worlds of two organizations, each of which has what is taken for the other, and that of units of no root."""
    one, other = root_keys
    first = ProgramWorld(words, one, other, _stand_ins(words, one, other))
    second = ProgramWorld(words, other, one, _stand_ins(words, other, one))
    return (first, second, ProgramWorld(words, one, other, first.stand_ins, is_alone=True))


def _stand_ins(words: Vocabulary, root_key: RootId, other: RootId) -> StandIns:
    found: dict[tuple[type, str, object], object] = {}
    for entity in words.fresh:
        for column in shared_by_all(model_of(entity)):
            for stands_for, owner, place in ((TAKEN, other, 0), (OWN, root_key, 1)):
                found[entity, column.name, stands_for] = getattr(_made(words, entity, owner, place), column.name)
    return found


def _made(words: Vocabulary, entity: type[Validated], owner: RootId, place: int) -> Validated:
    """The row that an organization has at a place; its own row as it was prepared."""
    if entity is words.root:
        return next(row for row in words.prepared(owner) if type(row) is entity)
    own = words.places[entity].at(owner, place) if entity in words.places else owner
    return words.fresh[entity](owner, own, place)


def unlike(id: RowId) -> RowId:
    """An id of the types of another one that hardly any row has."""
    match id:
        case tuple():
            return tuple(unlike(part) if isinstance(part, UUID | int | str) else part for part in id)
        case UUID():
            return UNKNOWN
        case bool():
            return id
        case int():
            return _UNKNOWN_NUMBER
        case _:
            return _UNKNOWN_TEXT
