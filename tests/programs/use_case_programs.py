"""Random sequences of use cases, as data: right arguments, wrong ones, and ids of another organization's rows.

What an argument may be follows from its type and from the catalogue: an id is that of a row, an enumeration has
members, and what is called as a field of the entity that comes back has a value which fits that field, or one that
hardly fits any. CHOICES holds the rest.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import attrs
from hypothesis import strategies as st

from tests import every
from tests.drawn_values import value_of
from tests.every import OF_ID, entity_with, parameters, types_of

HERE = "tests/programs/use_case_programs.py"
START, NEXT, LATER = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))
BEYOND_ONE = ("cleanup.purge_expired", "subscriptions.ending_before")
"""Use cases over all organizations of a store: they would meet those of other programs."""
OF_A_ROOT = ("organization_id", "root_id")
"""How use cases call the organization that they are about: the voice service's own, and those of any service."""
MOST_USE_CASES = 50


@attrs.frozen
class IdOf:
    """Stands for the id of a row that is there when the use case is called.

    Attributes:
        entity: the name of the entity.
        place: which of its rows, in the order of their ids.
        foreign: whether it is a row of the other organization.
    """

    entity: str
    place: int
    foreign: bool = False


@attrs.frozen
class OfProgram:
    """Stands for a text that no other program has: a slug, or a number, with this at its end."""

    kind: str
    place: int


@attrs.frozen
class NextOf:
    """Stands for the `next` of a page that was given before.

    Attributes:
        foreign: whether the page is one of another use case.
    """

    foreign: bool = False


@attrs.frozen
class UseCase:
    """One call of a use case.

    Attributes:
        name: the service and the method.
        home: in which of the program's organizations.
        arguments: what it is given, by name; the program's organization and actor where these are not named.
        pause: how long nobody does anything before.
    """

    name: str
    home: int
    arguments: tuple[tuple[str, object], ...]
    pause: timedelta


USE_CASES = tuple(name for name in every.USE_CASES if name not in BEYOND_ONE)
OFTEN = (
    *("phone_numbers.add", "calls.start", "calls.finish", "members.invite", "knowledge.add", "subscriptions.subscribe")
    * 5,
    *("invoices.draft", "call_notes.annotate", "members.remove", "subscriptions.schedule_downgrade") * 3,
    *("subscriptions.change_plan", "subscriptions.renew", "usage.add_storage", "usage.free_storage") * 2,
    *("organizations.delete", "organizations.restore") * 2,
)
"""What other use cases need before they have something to do."""
TEXTS = ["x" * 10_001, "", " "]
WRONG: Mapping[type, list[object]] = MappingProxyType({str: [*TEXTS], int: [-1, 2**63]})
"""Values that hardly any field has, by the type of those that it has."""
PLACES = 2
"""How many values that fit a field are tried."""
CHOICES: dict[str, list[object]] = {
    "name": ["Ann", "Bo Ö", "Анна", "x", *TEXTS],
    "slug": [*(OfProgram("slug", place) for place in range(4)), "admin", "A b"],
    "owner_email": ["eve@globex.org", "no address"],
    "owner_name": ["Eve", "x"],
    "plan": ["starter", "team", "business", "none"],
    "billing_email": [None, "bills@acme.org", "no address"],
    "email": [*(f"{name}@acme.org" for name in "abcä"), "A@ACME.ORG", "no address"],
    "reason": [None, "on leave", *TEXTS],
    "number": [*(OfProgram("number", place) for place in range(4)), "12", "2026-1", "2026-2"],
    "display_name": [None, "Front desk", "x" * 51],
    "forwarding_number": [None, "+12025550123", "+0"],
    "caller_number": [None, "+998901234567", "anonymous"],
    "started_from": [None, START, NEXT],
    "started_before": [None, NEXT, LATER],
    "body": ["Asks for a discount.", "ё" * 5000, *TEXTS],
    "period_start": [START, START, NEXT, LATER],
    "period_end": [NEXT, LATER, LATER, START],
    "event_id": ["evt_1", "evt_2", ""],
    "amount_minor": [4900, 0, 2**53 - 1, -1, 2**63],
    "currency": ["EUR", "UZS", "eur"],
    "due_at": [None, LATER],
    "size": [20, 2**20 * 900, 2**30, 0, -1],
    "limit": [1, 2, 50, 0],
    "after": [*[NextOf()] * 4, NextOf(foreign=True), None, "nothing"],
    "before": [*[None] * 8, NextOf(), "nothing"],
    "resource_type": ["user", "organization"],
    "resource_id": [IdOf("User", 0), IdOf("User", 1), "1"],
    "users_to_deactivate": [(), (IdOf("User", 1),), (IdOf("User", 0),), (IdOf("User", 1), IdOf("User", 2))],
}


def use_case_programs(most: int = MOST_USE_CASES, *, least: int = 1) -> st.SearchStrategy[tuple[UseCase, ...]]:
    """Sequences of use cases.

    Args:
        most: how many there are at most.
        least: and at least.
    """
    drawn = {name: _calls_of(name) for name in USE_CASES}
    calls = st.sampled_from((*USE_CASES, *OFTEN)).flatmap(drawn.__getitem__)
    return st.lists(calls, min_size=least, max_size=most).map(tuple)


def _calls_of(name: str) -> st.SearchStrategy[UseCase]:
    """Calls of one use case; what it need not be given is given now and then."""
    needed: dict[str, st.SearchStrategy[object]] = {}
    optional: dict[str, st.SearchStrategy[object]] = {}
    for parameter in parameters(name).values():
        if parameter.name not in (*OF_A_ROOT, "actor"):
            kept = needed if parameter.default is inspect.Parameter.empty else optional
            kept[parameter.name] = _values_of(name, parameter.name)
    arguments = st.fixed_dictionaries(needed, optional=optional).map(lambda given: tuple(given.items()))
    pauses = st.sampled_from([*[timedelta()] * 20, timedelta(minutes=3), timedelta(days=40)])
    return st.builds(UseCase, st.just(name), st.sampled_from([0, 0, 0, 1, 2]), arguments, pauses)


def _values_of(use_case: str, parameter: str) -> st.SearchStrategy[object]:
    """Values of one parameter, right and wrong.

    Raises:
        LookupError: neither its type, nor the entity that comes back, nor CHOICES says what it may be.
    """
    kind = types_of(use_case)[parameter]
    if parameter in CHOICES:
        return st.sampled_from(CHOICES[parameter])
    if kind in OF_ID:
        named = OF_ID[kind].__name__
        own = [IdOf(named, place) for place in (0, 0, 0, 1, 1, 2)]
        return st.sampled_from([*own, IdOf(named, 0, foreign=True), IdOf(named, -1)])
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return st.sampled_from(list(kind))
    if kind is bool:
        return st.booleans()
    entity = entity_with(use_case, parameter)
    if entity is None:
        raise LookupError(f"Write into CHOICES of {HERE} what {parameter} of {use_case} may be.")
    fitting = [value_of(entity, parameter, place) for place in range(PLACES)]
    return st.sampled_from([*fitting, *WRONG.get(type(fitting[0]), ())])
