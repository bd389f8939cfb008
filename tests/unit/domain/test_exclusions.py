"""What an exclusion may be declared over, and what its declaration asks for."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.adapters.postgres.schema.creation import create_statements
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.kit import (
    Check,
    Entity,
    Exclusion,
    Rule,
    Unique,
    all_of,
    any_of,
    between,
    is_null,
    length,
    negate,
    nullable,
    rules_of,
)
from gapless.kit.columns import BigInteger
from gapless.kit.errors import DeclarationError
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Model


@attrs.frozen(kw_only=True, slots=True)
class Stay(Entity):
    """A row with fields of every type that could be part of an exclusion."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    place: str
    comes: datetime
    goes: datetime | None = None
    first: int | None = None
    last: int | None = None
    size: BigInteger | None = None
    total: BigInteger | None = None
    document: JsonObject | None = None
    is_off: bool = False


Rules = Callable[[Stay], Iterator[Rule]]


def declared(rules: Rules) -> Model[Stay]:
    """Declares stays with these rules, and places with a bound."""
    copy = cast("type[Stay]", attrs.make_class("Stay", {}, bases=(Stay,), frozen=True, kw_only=True, slots=True))

    def all_rules(stay: Stay) -> Iterator[Rule]:
        yield Check("stays_place_length", "A place is short.", length(stay.place) <= 40)
        yield from rules(stay)

    return rules_of(copy, "stays", belongs_to=lambda row: row.organization_id)(all_rules)


def over(start: str, end: str, *fields: str, order: Callable[[Stay], bool] | None = None, **more: object) -> Rules:
    """An exclusion over these fields, with a check of their order."""

    def rules(stay: Stay) -> Iterator[Rule]:
        if order is not None:
            yield Check("stays_in_order", "It ends behind its start.", order(stay))
        named = tuple(getattr(stay, name) for name in (fields or ("organization_id", "place")))
        yield Exclusion(
            "stays_apart",
            "It is taken.",
            named,
            start=getattr(stay, start),
            end=getattr(stay, end),
            **more,  # type: ignore[arg-type]  # what tests say
        )

    return rules


TIMES: dict[str, Callable[[Stay], bool]] = {
    "not after": lambda stay: stay.comes <= nullable(stay.goes),
    "not before": lambda stay: nullable(stay.goes) >= stay.comes,
    "before": lambda stay: stay.comes < nullable(stay.goes),
    "not the other way round": lambda stay: negate(nullable(stay.goes) < stay.comes),
    "null is open": lambda stay: any_of(is_null(stay.goes), stay.comes <= nullable(stay.goes)),
    "with something else": lambda stay: all_of(length(stay.place) >= 1, stay.comes <= nullable(stay.goes)),
}


@pytest.mark.parametrize("order", TIMES)
def test_a_check_of_the_order_may_be_written_in_many_ways(order: str) -> None:
    """Whatever says that a start is not behind its end will do."""
    assert "stays_apart" in {rule.name for rule in declared(over("comes", "goes", order=TIMES[order])).rules}


NO_ORDER: dict[str, Callable[[Stay], bool] | None] = {
    "none": None,
    "of other fields": lambda stay: nullable(stay.first) <= nullable(stay.last),
    "the wrong way round": lambda stay: nullable(stay.goes) <= stay.comes,
    "or something else": lambda stay: any_of(stay.is_off, stay.comes <= nullable(stay.goes)),
    "negated": lambda stay: negate(stay.comes <= nullable(stay.goes)),
    "a constant": lambda stay: between(length(stay.place), 1, 9),
}


@pytest.mark.parametrize("order", NO_ORDER)
def test_an_order_that_nobody_checks_is_asked_for(order: str) -> None:
    """Without such a check the declaration is refused, and says what to yield."""
    with pytest.raises(DeclarationError, match="Yield a Check that comes <= goes"):
        declared(over("comes", "goes", order=NO_ORDER[order]))


REFUSED: dict[str, tuple[Rules, str]] = {
    "two types": (over("comes", "first"), "comes is a time, and first is"),
    "two kinds of numbers": (over("first", "size"), "both whole numbers of one type"),
    "texts": (over("place", "place"), "start and end must both be times, or both whole numbers"),
    "one field": (over("first", "first"), "stays_apart names first twice"),
    "a field of the range": (over("comes", "goes", "comes"), "stays_apart names comes twice"),
    "no field": (lambda stay: iter([Exclusion("stays_apart", "x", (), start=stay.first, end=stay.last)]), "Name the"),
    "a document": (
        over("comes", "goes", "document", order=TIMES["not after"]),
        "Stay.document is .*, which an index does not compare alike",
    ),
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_is_no_exclusion_is_refused(how: str) -> None:
    """The refusal names the rule and the field."""
    rules, message = REFUSED[how]
    with pytest.raises(DeclarationError, match=message):
        declared(rules)


def test_an_index_for_ranges_takes_shorter_texts() -> None:
    """A text may be half as long as in an index of another kind, since both ends of what is below stand in one."""

    def rules(stay: Stay) -> Iterator[Rule]:
        yield Check("stays_in_order", "It ends behind its start.", stay.comes <= nullable(stay.goes))
        yield Exclusion("stays_apart", "x", stay.id, start=stay.comes, end=stay.goes)

    def long(kind: Callable[..., Rule], **more: object) -> Callable[[Stay], Iterator[Rule]]:
        def declare(stay: Stay) -> Iterator[Rule]:
            yield Check("stays_place_length", "A place has a length.", length(stay.place) <= 600)
            yield Check("stays_in_order", "It ends behind its start.", stay.comes <= nullable(stay.goes))
            parts = {name: getattr(stay, str(field)) for name, field in more.items()}
            yield kind("stays_apart", "x", (stay.organization_id, stay.place), **parts)

        return declare

    def copied() -> type[Stay]:
        return cast("type[Stay]", attrs.make_class("Stay", {}, bases=(Stay,), frozen=True, kw_only=True, slots=True))

    declared(rules)
    rules_of(copied(), "stays", belongs_to=lambda row: row.organization_id)(long(Unique))
    with pytest.raises(DeclarationError, match=r"stays_apart: Stay\.place can be too long for an index"):
        rules_of(copied(), "stays", belongs_to=lambda row: row.organization_id)(
            long(Exclusion, start="comes", end="goes")
        )


@pytest.mark.parametrize(
    ("start", "end", "range_"),
    [("comes", "goes", "tstzrange"), ("first", "last", "int4range"), ("size", "total", "int8range")],
)
def test_the_constraint_has_the_range_of_its_type(start: str, end: str, range_: str) -> None:
    """Each type has its range, half open, and the condition stands behind it."""

    def rules(stay: Stay) -> Iterator[Rule]:
        from_, to = getattr(stay, start), getattr(stay, end)
        yield Check("stays_in_order", "x", (from_ if start == "comes" else nullable(from_)) <= nullable(to))
        yield Exclusion("stays_apart", "x", (stay.place, stay.is_off), start=from_, end=to, where=negate(stay.is_off))

    statements = create_statements(GAPLESS + declared(rules), "own", beyond=GAPLESS)
    assert (
        "ALTER TABLE own.stays\nADD CONSTRAINT stays_apart EXCLUDE USING gist "
        f"(place WITH =, is_off WITH =, pg_catalog.{range_}({start}, {end}, '[)') WITH &&) WHERE (NOT is_off)"
    ) in statements
