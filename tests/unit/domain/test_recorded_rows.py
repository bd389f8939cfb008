"""Entities whose rows audit records name: their names and ids are such as a record can hold, or are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from uuid import UUID

import attrs

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.kit import AuditedEntity, Catalogue, Check, Model, Rule, between, length, rules_of
from gapless.kit.model import Validated
from tests.unit.domain.test_refused_declarations import DELETABLE, NOTHING, assert_refused, nothing
from tests.unit.domain.things import entity


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


def places(deleted: str, *, least: int = 0) -> Catalogue:
    """Places with texts as their keys, and seats below them, without a trail: one of the two can be soft-deleted.

    Args:
        deleted: which.
        least: how many characters a key has at least.
    """

    def bounded(place: Validated) -> Iterator[Rule]:
        yield Check("places_id_length", "It is short.", between(length(attrgetter("id")(place)), least, 9))

    of = {"places": NOTHING, "seats": NOTHING, deleted: DELETABLE}
    place: type[Validated] = entity({"id": str, **of["places"]}, "Place")
    seat: type[Validated] = entity({"place_id": str, "id": UUID, **of["seats"]}, "Seat")
    seats = rules_of(seat, "seats", belongs_to=attrgetter("place_id"))(nothing)
    return Catalogue((rules_of(place, "places", root=True)(bounded), seats))


def test_a_root_that_a_record_can_name_is_accepted() -> None:
    """A key that is never empty is one of a root of which a cleanup removes rows."""
    for deleted in ("places", "seats"):
        assert [model.name for model in places(deleted, least=1).models] == ["Place", "Seat"]


REFUSED: dict[str, Callable[[], object]] = {
    r"Noted is audited, and its id \(text\) can have over 200": lambda: GAPLESS + noted("text", greatest=201),
    r"Noted is audited, and its id \(text\) can be an empty text": lambda: GAPLESS + noted("text", least=0, greatest=9),
    r"Place is a root of which a cleanup removes rows, and its id \(id\) can be an empty": lambda: places("places"),
    r"of which a cleanup removes rows, and its id \(id\) can be an empty text": lambda: places("seats"),
    "calls its rows no{50}, in 51 characters; it takes 50": lambda: (
        GAPLESS + noted("text", greatest=9, name="N" + "o" * 50)
    ),
    r"Noted is audited, and its id \(text, more\) can": lambda: GAPLESS + noted("text", "more", greatest=60),
}
"""What is declared for each refusal, by what it says."""


def test_what_no_record_can_name_is_refused() -> None:
    """A name or an id that no audit record holds is refused by a sentence that says whose it is."""
    assert_refused(REFUSED)
