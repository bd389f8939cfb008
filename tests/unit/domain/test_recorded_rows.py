"""Entities whose rows audit records name: their names and ids are such as a record can hold, or are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast
from uuid import UUID

import attrs

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.kit import AuditedEntity, Catalogue, Check, Entity, Model, Rule, between, length, rules_of
from tests.unit.domain.test_refused_declarations import DELETABLE, NOTHING, assert_refused, nothing


@attrs.frozen(kw_only=True, slots=True)
class Noted(AuditedEntity):
    """An audited row with a long key."""

    organization_id: OrganizationId
    text: str
    more: str = ""
    version: int = 0


def noted(*key: str, greatest: int, least: int = 1, name: str = "Noted") -> Model[Noted]:
    """Its rules, with such bounds of each text."""

    def rules(row: Noted) -> Iterator[Rule]:
        for text in ("text", "more"):
            yield Check(f"noted_{text}_length", "It is short.", between(length(getattr(row, text)), least, greatest))

    copy: type[Noted] = attrs.make_class(name, {}, bases=(Noted,), frozen=True, kw_only=True, slots=True)
    return rules_of(copy, "noted", belongs_to=lambda row: row.organization_id, key=("organization_id", *key))(rules)


def test_an_id_that_the_trail_can_hold_is_accepted() -> None:
    """A text of as many characters as a record holds is an id of an audited row, and so are two shorter ones."""
    for model in (
        noted("text", greatest=200),
        noted("text", "more", greatest=48),
        noted("text", "more", least=0, greatest=48),  # a list of two values is never empty
        noted("text", greatest=200, name="N" + "o" * 49),
    ):
        assert model in (GAPLESS + model).models


class Place(Entity):
    """The fields of a root that nobody audits, as its rule sees them."""

    id: str


def places(*, deleted_alone: bool, least: int = 0) -> Catalogue:
    """Places with texts as their keys, and no trail: a cleanup removes rows of them alone, or places alone."""

    def bounded(place: Place) -> Iterator[Rule]:
        yield Check("places_id_length", "It is short.", between(length(place.id), least, 9))

    def made(name: str, fields: Mapping[str, object]) -> type[Place]:
        typed = {field: attrs.field(type=kind) for field, kind in fields.items()}  # type: ignore[call-overload]  # as above
        return attrs.make_class(name, typed, bases=(Entity,), frozen=True, kw_only=True, slots=True)

    place = made("Place", {"id": str, **(NOTHING if deleted_alone else DELETABLE)})
    below = made("Seat", {"place_id": str, "id": UUID, **(DELETABLE if deleted_alone else NOTHING)})
    seats = rules_of(below, "seats", belongs_to=lambda row: cast(object, getattr(row, "place_id")))  # noqa: B009  # as it is made
    return Catalogue((rules_of(place, "places", root=True)(bounded), seats(nothing)))


def test_a_root_that_a_record_can_name_is_accepted() -> None:
    """A key that is never empty is one of a root of which a cleanup removes rows."""
    assert len(places(deleted_alone=True, least=1).models) == len(places(deleted_alone=False, least=1).models)


REFUSED: dict[str, Callable[[], object]] = {
    r"Noted is audited, and its id \(text\) can have over 200": lambda: GAPLESS + noted("text", greatest=201),
    r"Noted is audited, and its id \(text\) can be an empty text": lambda: GAPLESS + noted("text", least=0, greatest=9),
    r"Place is a root of which a cleanup removes rows, and its id \(id\) can be an empty": lambda: places(
        deleted_alone=False
    ),
    r"of which a cleanup removes rows, and its id \(id\) can be an empty text": lambda: places(deleted_alone=True),
    "calls its rows no{50}, in 51 characters; it takes 50": lambda: (
        GAPLESS + noted("text", greatest=9, name="N" + "o" * 50)
    ),
    r"Noted is audited, and its id \(text, more\) can": lambda: GAPLESS + noted("text", "more", greatest=60),
}
"""What is declared for each refusal, by what it says."""


def test_what_no_record_can_name_is_refused() -> None:
    """A name or an id that no audit record holds is refused by a sentence that says whose it is."""
    assert_refused(REFUSED)
