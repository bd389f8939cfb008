"""What can't be declared: docs/limits.md lists it, with the sentences by which it is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, cast
from uuid import UUID

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.domain.catalogue import GAPLESS
from gapless.kit import (
    PROCESSED_COMMANDS,
    AtLeastOne,
    AtMost,
    AuditedEntity,
    Catalogue,
    Check,
    Digits,
    Entity,
    Index,
    Model,
    OnDelete,
    Reference,
    Rule,
    between,
    contains,
    descending,
    length,
    lower,
    matches,
    row,
    rules_of,
)
from gapless.kit.columns import BigInteger
from gapless.kit.errors import DeclarationError, QueryRefused
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.testing.differential.derived.vocabulary import vocabulary_of
from gapless.testing.factories import Factories
from gapless.testing.fixtures import fixture_of
from tests.clinics.cases import CASES, Case, Letter
from tests.clinics.deletable import clinic_rules as deletable_clinics
from tests.clinics.deletable import lab_rules as deletable_labs
from tests.clinics.networks import (
    NETWORK,
    City,
    Clinic,
    Country,
    Form,
    Lab,
    country_rules,
    lab_rules,
)
from tests.unit.domain.additions import ADDED
from tests.unit.domain.refused_questions import REFUSED_QUESTIONS
from tests.unit.domain.test_ways import branch_rules
from tests.unit.domain.things import (
    OF_CLINIC,
    ROOTS,
    Yields,
    declared,
    declared_through,
    none,
    of_clinic,
    refers,
)

PAGE = Path(__file__).parents[3] / "docs" / "limits.md"


def entity(fields: Mapping[str, Any]) -> type[Entity]:
    """The class of an entity with these fields."""
    return attrs.make_class("Group", dict(fields), bases=(Entity,), frozen=True, kw_only=True, slots=True)


def a_root(key: tuple[str, ...], **fields: object) -> Model[Entity]:
    """A root with these fields."""
    given = {name: attrs.field(type=kind) for name, kind in fields.items()}  # type: ignore[call-overload]  # any annotation
    return rules_of(entity(given), "groups", root=True, key=key)(none)


def audited(name: str, least: int) -> Catalogue:
    """An audited root with this name, whose key is a text of this many characters at least."""

    def rules(group: Validated) -> Iterator[Rule]:
        code = cast(str, getattr(group, "code"))  # noqa: B009  # a class that is made has no such field for mypy
        yield Check("groups_code_length", "A code is short.", between(length(code), least, 50))

    fields = {"code": attrs.field(type=str)}
    made = attrs.make_class(name, fields, bases=(AuditedEntity,), frozen=True, kw_only=True, slots=True)
    return Catalogue((rules_of(made, "groups", root=True, key=("code",))(rules),))


def of_a_lab(*more: Yields) -> Yields:
    """A reference to the laboratory, and other rules."""

    def rules(row: Validated) -> Iterator[Rule]:
        for each in (refers("lab", Lab, OnDelete.CASCADE), *more):
            yield from each(row)

    return rules


def over(make: Callable[[Any], Rule]) -> Yields:
    """One rule of a thing."""

    def rules(thing: Validated) -> Iterator[Rule]:
        yield make(thing)

    return rules


FOUND_BY_TEXT = over(lambda thing: Index("idx_things_text", "Finds a text.", thing.text))


BEDS: Mapping[str, object] = {**OF_CLINIC, "beds": BigInteger, "name": str, "opened": datetime, "closed": datetime}
A_LOT = 10**18


def asked(holds: Callable[[Any], object]) -> object:
    """A condition over a thing with beds, a name and times."""
    return declared(BEDS, over(lambda thing: Check("beds_many", "Many.", cast(bool, holds(thing)))))


def least(thing: Validated) -> Iterator[Rule]:
    """A laboratory that must have a thing of some clinic."""
    yield from of_clinic()(thing)
    (lab,) = refers("lab", Lab)(thing)
    yield lab
    yield AtLeastOne("things_of_lab", "A laboratory has a thing.", cast(Reference, lab), of=True)


@attrs.frozen(kw_only=True, slots=True)
class Office(Entity):
    """What is below another one."""

    clinic: int
    id: int
    above: int | None = None
    version: int = 0


def above_another(office: Office) -> Iterator[Rule]:
    """Below each office there is another one."""
    yield Reference("offices_clinic_fkey", "It is of a clinic.", office.clinic, Clinic, OnDelete.CASCADE)
    above = Reference(
        "offices_above_fkey", "It is below one.", (office.clinic, office.above), Office, OnDelete.RESTRICT
    )
    yield above
    yield AtLeastOne("offices_below", "Each has one below it.", above, of=True)


@attrs.frozen(kw_only=True, slots=True)
class Branch(Entity):
    """What is always below another one."""

    clinic: int
    id: int
    above: int
    version: int = 0


def always_below_another(branch: Branch) -> Iterator[Rule]:
    """Each branch is below another one."""
    above = (branch.clinic, branch.above)
    yield Reference("branches_clinic_fkey", "It is of a clinic.", branch.clinic, Clinic, OnDelete.CASCADE)
    yield Reference("branches_above_fkey", "It is below one.", above, Branch, OnDelete.RESTRICT)


@attrs.frozen(kw_only=True, slots=True)
class Team(Entity):
    """What is below another one, which bounds how many."""

    clinic: int
    id: int
    above: int | None = None
    most: int = 3
    version: int = 0


def as_many_as_the_one_above_says(team: Team) -> Iterator[Rule]:
    """Each team says how many may be below it."""
    above = Reference("teams_above_fkey", "It is below one.", (team.clinic, team.above), Team, OnDelete.RESTRICT)
    yield AtMost("teams_most", "There are not more.", above, of=True, limit=row(Team).most)


def as_many_as_it_says_itself(team: Team) -> Iterator[Rule]:
    """Each team says how many teams a clinic may have."""
    home = Reference("teams_clinic_fkey", "It is of a clinic.", team.clinic, Clinic, OnDelete.CASCADE)
    yield home
    yield AtMost("teams_most", "There are not more.", home, of=True, limit=team.most)


def released_of_nobody() -> Catalogue:
    """Rows of a laboratory, or of nobody, that can be released."""
    fields = {"id": int, "lab": int | None, "is_gone": bool, "version": int}
    rows = entity({name: attrs.field(type=cast(type, kind)) for name, kind in fields.items()})
    belongs_to, released = attrgetter("lab"), attrgetter("is_gone")
    return NETWORK + rules_of(rows, "groups", belongs_to=belongs_to, released=released)(of_a_lab())


def two_deletable_roots() -> Catalogue:
    """Two roots that can be soft-deleted, and the processed commands of the first."""
    return Catalogue((deletable_clinics, deletable_labs)) + PROCESSED_COMMANDS


def deleted_by_a_number() -> Model[Entity]:
    """A root that can be soft-deleted by a user with a number."""
    marks = {"is_deleted": bool, "deleted_at": datetime | None, "deleted_by": int | None, "deletion_id": UUID | None}
    return a_root(("id",), id=int, **marks)


REFUSED: dict[str, Callable[[], object]] = {
    "a root whose key has several fields": lambda: a_root(("region", "number"), region=str, number=int),
    "a root whose key is a time, a truth, a document or a list": lambda: a_root(("on",), on=bool),
    "a root whose key is a text without a greatest length": lambda: a_root(("code",), code=str),
    "a row that belongs to a root through a shared one": lambda: (
        NETWORK + declared_through({"country": str}, refers("country", Country), through=("country",))
    ),
    "a row that belongs to a root through one of nobody": lambda: (
        NETWORK + declared_through({"form": int}, refers("form", Form), through=("form",))
    ),
    "a row that belongs to a root through one whose key has the field of that root": lambda: (
        CASES + declared_through({"letter": int}, refers("letter", Letter), through=("letter",))
    ),
    "a row that belongs to a root through a field that may be null": lambda: declared_through(
        {"case": int | None}, refers("case", Case), through=("case",)
    ),
    "a row that belongs to a root through itself": lambda: CASES + branch_rules,
    "a row that belongs to a root through another one, and no index finds it": lambda: (
        CASES + declared_through({"case": int}, refers("case", Case), through=("case",))
    ),
    "a row that belongs to a root through another one, and is released": lambda: declared_through(
        {"case": int, "is_gone": bool}, refers("case", Case), through=("case",), released=attrgetter("is_gone")
    ),
    "a row of one of several roots, and nothing says of which": lambda: ROOTS + declared(OF_CLINIC),
    "a row that loses its root": lambda: (
        ROOTS + declared({"clinic": int | None}, refers("clinic", Clinic, OnDelete.SET_NULL))
    ),
    "a removal that reaches rows of another root": lambda: (
        ROOTS + declared({**OF_CLINIC, "lab": int}, of_clinic(refers("lab", Lab, OnDelete.CASCADE)))
    ),
    "a removal of a shared row that reaches rows of roots": lambda: (
        ROOTS + declared({**OF_CLINIC, "country": str}, of_clinic(refers("country", Country, OnDelete.CASCADE)))
    ),
    "a reference to a row of another root whose key leaves that root out": lambda: (
        NETWORK + declared({"lab": int, "form": int}, of_a_lab(refers("form", Form)), of="lab")
    ),
    "a row of nobody that refers to one of a root": lambda: (
        NETWORK + declared({"clinic": int | None, "form": int}, of_clinic(refers("form", Form)))
    ),
    "a rule that asks the row above for a field, where that is of the same kind": lambda: rules_of(
        Team, "teams", belongs_to=lambda team: team.clinic
    )(as_many_as_the_one_above_says),
    "a limit, or a condition on the row above, that names a field of the rows below": lambda: rules_of(
        Team, "teams", belongs_to=lambda team: team.clinic
    )(as_many_as_it_says_itself),
    "a row that has to be there before any unit could add it": lambda: (
        ROOTS + declared({**OF_CLINIC, "lab": int}, least)
    ),
    "a row that may be nobody's and is released": released_of_nobody,
    "a second root that is soft-deleted without commands of its own": lambda: MemoryStore(two_deletable_roots()),
    "an audited root behind the parts of another one": lambda: GAPLESS + lab_rules,
    **ADDED,
    "users who are named by several values": lambda: Catalogue((country_rules,), users=City),
    "users who are named by something else than a UUID, a whole number or a text": lambda: Catalogue((), users=bool),
    "users of another type than those of a trail that is there": lambda: GAPLESS + Catalogue((), users=int),
    "a deletion by an id of another type than the users have": lambda: Catalogue((deleted_by_a_number(),)),
    "an audited row, or a root of a cleanup, whose id can be an empty text": lambda: audited("Group", 0),
    "an audited row, or a root of a cleanup, of an entity with a longer name than a record holds": lambda: audited(
        "G" + "o" * 50, 1
    ),
    "a key that may be null": lambda: declared({"clinic": int | None}, key=("clinic", "id")),
    "a value of a type that is not served": lambda: declared({**OF_CLINIC, "price": complex}),
    "a decimal without a number of digits": lambda: declared({**OF_CLINIC, "price": Decimal}),
    "a comparison of decimals of different scales": lambda: declared(
        OF_CLINIC | {f"p{scale}": Annotated[Decimal, Digits(precision=9, scale=scale)] for scale in (2, 4)},
        over(lambda thing: Check("p2_high", "High.", thing.p2 > thing.p4)),
    ),
    "a default that is made anew for each row": lambda: rules_of(
        entity({"id": attrs.field(type=int, factory=int)}), "groups", root=True, key=("id",)
    )(none),
    "an index, or a rule with one, over a document or a list": lambda: (
        ROOTS + declared(OF_CLINIC | {"text": JsonObject}, of_clinic(FOUND_BY_TEXT))
    ),
    "an index over a text without a greatest length": lambda: (
        ROOTS + declared(OF_CLINIC | {"text": str}, of_clinic(FOUND_BY_TEXT))
    ),
    "a pattern that depends on a locale": lambda: declared(
        OF_CLINIC | {"name": str}, over(lambda thing: Check("word", "A word.", matches(thing.name, r"\w+")))
    ),
    "division in a condition, and what it leaves over": lambda: asked(lambda thing: thing.beds / 2 > 3),
    "another operator than + - * in a condition": lambda: asked(lambda thing: thing.beds**2 > 3),
    "a sum, a difference or a product of anything but exact numbers": lambda: asked(lambda thing: thing.beds + 0.5 > 3),
    "a result of decimals that is compared with one of more digits behind the point": lambda: declared(
        {**OF_CLINIC, "price": Annotated[Decimal, Digits(precision=9, scale=2)]},
        over(lambda thing: Check("price_high", "High.", thing.price + thing.price > Decimal("0.001"))),
    ),
    "a calculation with what is no number, or with a constant of too many digits": lambda: asked(
        lambda thing: thing.beds + Decimal("NaN") > 3
    ),
    "a sum, a difference or a product with a field of another type": lambda: asked(lambda thing: thing.name * 2 > 3),
    "a product that can be too great": lambda: asked(
        lambda thing: thing.beds * A_LOT * A_LOT * A_LOT * A_LOT * A_LOT > 3
    ),
    "anything with times but their difference, and a timedelta later or earlier": lambda: asked(
        lambda thing: thing.opened * 2 > thing.opened
    ),
    "a difference of times that is compared with a number": lambda: asked(
        lambda thing: thing.closed - thing.opened > 3
    ),
    "a difference of times that is calculated with": lambda: asked(
        lambda thing: (thing.closed - thing.opened) * 2 > timedelta(hours=1)
    ),
    "a text without regard to case that is compared with capitals": lambda: asked(
        lambda thing: lower(thing.name) == "A"
    ),
    "a text that is searched for what another field holds": lambda: asked(
        lambda thing: contains(thing.name, thing.name)
    ),
    "a reference, an exclusion, or a descending index, without regard to case": lambda: declared(
        BEDS, over(lambda thing: Index("idx_things_name", "Finds a name.", descending(lower(thing.name))))
    ),
    "rows of the test kit, of a catalogue in which each row has another one of its kind below it": lambda: Factories(
        ROOTS + rules_of(Office, "offices", belongs_to=lambda office: office.clinic)(above_another)
    ),
    "fixtures of the test kit, of a catalogue in which each row refers to another one of its kind": lambda: fixture_of(
        Factories(ROOTS + rules_of(Branch, "branches", belongs_to=lambda branch: branch.clinic)(always_below_another))
    ),
    "programs about rows of several roots at once": lambda: vocabulary_of(NETWORK),
    **REFUSED_QUESTIONS,
}
"""What is refused, as the page calls it."""


def said(make: Callable[[], object]) -> str:
    """The sentence by which a declaration, or a question, is refused."""
    with pytest.raises((DeclarationError, QueryRefused)) as caught:
        make()
    return str(caught.value)


def listed(page: str) -> dict[str, str]:
    """What the page lists, with the sentences that it quotes."""
    rows = re.findall(r"^\| ([a-z].+?) \| (.+) \|$", page, re.MULTILINE)
    return {what: quoted.replace("\\|", "|") for what, quoted in rows}


def test_the_page_lists_what_is_refused() -> None:
    """docs/limits.md has each of these declarations, with the very sentence that its author gets."""
    assert listed(PAGE.read_text()) == {what: said(make) for what, make in REFUSED.items()}


def test_a_page_that_says_something_else_is_seen() -> None:
    """Planted: a row with another sentence than the code's, and one that is left out, differ from what is refused."""
    page = PAGE.read_text()
    first = next(iter(REFUSED))
    for other in (page.replace("must be one field", "may be two"), page.replace(f"| {first} |", "")):
        assert other != page
        assert listed(other) != {what: said(make) for what, make in REFUSED.items()}
