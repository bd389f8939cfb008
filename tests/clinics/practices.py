"""A service whose users have ids of some type: practices and their visits, both audited and soft-deletable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import cast
from uuid import UUID

import attrs

from gapless.kit import (
    AUDIT_TRAIL,
    OUTBOX,
    PROCESSED_COMMANDS,
    AuditedEntity,
    Catalogue,
    Check,
    Entity,
    OnDelete,
    Reference,
    Rule,
    UserKey,
    between,
    length,
    rules_of,
    soft_deletion_rules,
)
from gapless.kit.columns import BigInteger
from gapless.kit.ids import DeletionId
from gapless.kit.model import Model, Validated, model_of
from gapless.kit.user_ids import Users


@attrs.frozen
class Kind:
    """A type that the ids of users can have.

    Attributes:
        type: the type.
        user: gives the id of one more user for each number.
        wrong: what is no such id.
        expected: what the error says that it should be.
    """

    type: type
    user: Callable[[int], UserKey]
    wrong: UserKey
    expected: str


KINDS: Mapping[str, Kind] = {
    "uuid": Kind(UUID, lambda number: UUID(int=number), 7, "uuid.UUID"),
    "number": Kind(int, lambda number: number, UUID(int=7), "not a whole number"),
    "big number": Kind(cast(type, BigInteger), lambda number: number - 2**63, 2**63, "at most 9223372036854775807"),
    "text": Kind(str, lambda number: f"o'neill\\n 😀|{number}", 7, "not a text"),
}


@attrs.frozen
class Practices:
    """The catalogue of a kind of ids, and its entities."""

    kind: Kind
    catalogue: Catalogue
    practice: type[AuditedEntity]
    visit: type[AuditedEntity]


def _entity(name: str, base: type[Validated], fields: Mapping[str, object]) -> type[Validated]:
    given = {field: attrs.field(type=cast(type, annotation)) for field, annotation in fields.items()}
    return attrs.make_class(name, given, bases=(base,), frozen=True, kw_only=True, slots=True)


def _persons(kind: Kind) -> Model[Validated]:
    """The entity of the users, whom the ids name; they are shared."""
    person = _entity("Person", Entity, {"number": kind.type, "version": int})

    def rules(row: Validated) -> Iterator[Rule]:
        if kind.type is str:
            number = cast(SimpleNamespace, row).number
            yield Check("persons_number_length", "An id is short.", between(length(number), 1, 50))

    return rules_of(person, "persons", shared=True, key=("number",))(rules)


def _is_deleted(row: Validated) -> bool:
    return cast(bool, cast(SimpleNamespace, row).is_deleted)


def _practices(marks: Mapping[str, object]) -> Model[Validated]:
    """The root, which says by these fields who has deleted it."""
    entity = _entity("Practice", AuditedEntity, {"id": int, **marks})

    def rules(row: Validated) -> Iterator[Rule]:
        yield from soft_deletion_rules(cast(SimpleNamespace, row), "practices")

    return rules_of(entity, "practices", root=True, soft_deleted=_is_deleted)(rules)


def _visits(marks: Mapping[str, object], practice: type[Validated]) -> Model[Validated]:
    """What belongs to it, and says so too."""
    entity = _entity("Visit", AuditedEntity, {"practice": int, "id": UUID, **marks})

    def home(row: Validated) -> object:
        return cast(SimpleNamespace, row).practice

    def rules(row: Validated) -> Iterator[Rule]:
        yield Reference("visits_practice_fkey", "It is there.", home(row), practice, OnDelete.CASCADE)
        yield from soft_deletion_rules(cast(SimpleNamespace, row), "visits")

    return rules_of(entity, "visits", belongs_to=home, soft_deleted=_is_deleted)(rules)


@cache
def practices(kind: Kind, *, by_entity: bool = False) -> Practices:
    """The service whose users have such ids.

    Args:
        kind: the ids.
        by_entity: whether the catalogue names the entity of the users, and not the type of their ids.
    """
    marks: dict[str, object] = {"is_deleted": bool, "deleted_at": datetime | None, "deleted_by": kind.type | None}
    marks |= {"deletion_id": DeletionId | None, "version": int}
    persons, root = _persons(kind), _practices(marks)
    visits = _visits(marks, root.entity)
    users = cast(Users, persons.entity if by_entity else kind.type)
    return Practices(
        kind,
        Catalogue((persons, root, visits), users=users) + AUDIT_TRAIL + OUTBOX + PROCESSED_COMMANDS,
        cast("type[AuditedEntity]", root.entity),
        cast("type[AuditedEntity]", visits.entity),
    )


def without_persons(service: Practices) -> Catalogue:
    """The same catalogue without shared rows, of which the test kit makes rows; users are said by their type."""
    models = tuple(cast("Model[Validated]", model_of(entity)) for entity in (service.practice, service.visit))
    return Catalogue(models, users=service.kind.type) + AUDIT_TRAIL + OUTBOX + PROCESSED_COMMANDS
