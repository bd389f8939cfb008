"""What the operations of a program know while it runs on one store: whose rows they are, and what they have seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from uuid import UUID

import attrs

from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.kit import model_of
from gapless.kit.audit import AuditEntry
from gapless.kit.ids import OrganizationId
from gapless.kit.model import Judged
from gapless.testing.differential.vocabulary import OWN, TAKEN, Values, Vocabulary

UNKNOWN = UUID(int=0xFFFF << 64)
"""An id that no row has."""


@attrs.frozen
class World:
    """What the operations in one organization know while a program runs on one store.

    Attributes:
        vocabulary: what the program speaks of.
        organization: whose rows they are.
        other: the other organization of the program.
        stand_ins: what values such as TAKEN stand for, by field and value.
        seen: for each row every state in which the program has seen it, oldest first.
        entries: the audit entries that the program has made, oldest first.
    """

    vocabulary: Vocabulary
    organization: OrganizationId
    other: OrganizationId
    stand_ins: Mapping[tuple[str, object], object]
    seen: dict[tuple[type, UUID], list[Judged]] = attrs.field(factory=dict)
    entries: list[AuditEntry] = attrs.field(factory=list)

    def id_of(self, entity: type[Judged], place: int) -> UUID:
        """The id of the row at this place; one that no row has for a place below zero."""
        if place < 0:
            return UNKNOWN
        places = self.vocabulary.places
        return self.organization if entity is Organization else places[entity][place % len(places[entity])]

    def resolved(self, values: Values) -> dict[str, object]:
        """The values, with what they stand for."""
        return {name: self.stand_ins[name, value] if value in (TAKEN, OWN) else value for name, value in values.items()}

    def remember(self, row: Judged) -> Judged:
        """Keep a state of a row for later."""
        self.seen.setdefault((type(row), cast(UUID, getattr(row, "id"))), []).append(row)  # noqa: B009  # rows have ids
        return row

    def fresh(self, entity: type[Judged], place: int, values: Values, *, foreign: bool = False) -> Judged:
        """A row that is not there yet, not judged.

        Args:
            entity: of which entity.
            place: which of its ids the row has.
            values: what is not as it usually is.
            foreign: whether it belongs to the other organization.
        """
        home = self.other if foreign else self.organization
        own = home if entity is Organization else self.id_of(entity, place)
        made = self.vocabulary.fresh[entity](home, own, place)
        return model_of(type(made)).replaced(made, self.resolved(values))

    def last_seen(self, entity: type[Judged], place: int) -> Judged | None:
        """The newest state of a row that the program has seen, if it has."""
        seen = self.seen.get((entity, self.id_of(entity, place)))
        return seen[-1] if seen else None


def worlds_of(words: Vocabulary, homes: tuple[Organization, Organization]) -> tuple[World, World]:
    """The worlds of two organizations, each of which has what is taken for the other."""
    one, other = homes
    return (
        World(words, one.id, other.id, _stand_ins(words, one, other)),
        World(words, other.id, one.id, _stand_ins(words, other, one)),
    )


def _stand_ins(words: Vocabulary, home: Organization, other: Organization) -> dict[tuple[str, object], object]:
    found: dict[tuple[str, object], object] = {("slug", TAKEN): other.slug}
    if make := words.fresh.get(PhoneNumber):
        places = words.places[PhoneNumber]
        for stands_for, owner, place in ((TAKEN, other, 0), (OWN, home, 1)):
            number = cast(PhoneNumber, make(owner.id, places[place], place))
            found["number", stands_for] = number.number
    return found
