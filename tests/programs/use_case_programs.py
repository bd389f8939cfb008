"""Random sequences of use cases, as data: right arguments, wrong ones, and ids of another organization's rows."""

from __future__ import annotations

import inspect
import typing
from datetime import UTC, datetime, timedelta

import attrs
from hypothesis import strategies as st

from gapless.bootstrap import Gapless
from gapless.domain.calls import CallStatus, Handler
from gapless.domain.phone_numbers import Provider
from gapless.domain.users import Language, Role

START, NEXT, LATER = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))
NO_SERVICES = ("store", "jobs", "outbox")
BEYOND_ONE = ("cleanup.purge_expired", "subscriptions.ending_before")
"""Use cases over all organizations of a store: they would meet those of other programs."""
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


SERVICES: dict[str, type] = {
    name: kind for name, kind in typing.get_type_hints(Gapless).items() if name not in NO_SERVICES
}
USE_CASES = tuple(
    f"{service}.{name}"
    for service, kind in SERVICES.items()
    for name, _ in inspect.getmembers(kind, inspect.isfunction)
    if not name.startswith("_") and f"{service}.{name}" not in BEYOND_ONE
)
OFTEN = (
    *("phone_numbers.add", "calls.start", "calls.finish", "members.invite", "knowledge.add", "subscriptions.subscribe")
    * 5,
    *("invoices.draft", "call_notes.annotate", "members.remove", "subscriptions.schedule_downgrade") * 3,
    *("subscriptions.change_plan", "subscriptions.renew", "usage.add_storage", "usage.free_storage") * 2,
    *("organizations.delete", "organizations.restore") * 2,
)
"""What other use cases need before they have something to do."""
IDS: dict[str, str] = {
    "user_id": "User",
    "handled_by_user_id": "User",
    "phone_number_id": "PhoneNumber",
    "call_id": "Call",
    "note_id": "CallNote",
    "item_id": "KnowledgeItem",
    "invoice_id": "Invoice",
}
TEXTS = ["x" * 10_001, "", " "]
CHOICES: dict[str, list[object]] = {
    "name": ["Ann", "Bo Ö", "Анна", "x", *TEXTS],
    "slug": [*(OfProgram("slug", place) for place in range(4)), "admin", "A b"],
    "owner_email": ["eve@globex.org", "no address"],
    "owner_name": ["Eve", "x"],
    "plan": ["starter", "team", "business", "none"],
    "billing_email": [None, "bills@acme.org", "no address"],
    "owner_language": list(Language),
    "email": [*(f"{name}@acme.org" for name in "abcä"), "A@ACME.ORG", "no address"],
    "role": list(Role),
    "language": list(Language),
    "reason": [None, "on leave", *TEXTS],
    "number": [*(OfProgram("number", place) for place in range(4)), "12", "2026-1", "2026-2"],
    "provider": list(Provider),
    "display_name": [None, "Front desk", "x" * 51],
    "forwarding_number": [None, "+12025550123", "+0"],
    "caller_number": [None, "+998901234567", "anonymous"],
    "handled_by": list(Handler),
    "status": list(CallStatus),
    "outcome": [None, "sold", "x" * 51],
    "sentiment": [None, "glad", "x" * 51],
    "call_quality": [None, 1, 5, 6],
    "ai_confidence": [None, 0, 100, 101],
    "started_from": [None, START, NEXT],
    "started_before": [None, NEXT, LATER],
    "body": ["Asks for a discount.", "ё" * 5000, *TEXTS],
    "question": ["Where are you?", "Сколько это стоит?", *TEXTS],
    "answer": ["In the old town.", *TEXTS],
    "category": ["places", "hours", ""],
    "active_only": [True, False],
    "period_start": [START, START, NEXT, LATER],
    "period_end": [NEXT, LATER, LATER, START],
    "trial": [True, False],
    "event_id": ["evt_1", "evt_2", ""],
    "amount_minor": [4900, 0, 2**53 - 1, -1, 2**63],
    "currency": ["EUR", "UZS", "eur"],
    "due_at": [None, LATER],
    "size": [20, 2**20 * 900, 2**30, 0, -1],
    "limit": [1, 2, 50, 0],
    "after": [*[NextOf()] * 4, NextOf(foreign=True), None, "nothing"],
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
    service, method = name.split(".")
    needed: dict[str, st.SearchStrategy[object]] = {}
    optional: dict[str, st.SearchStrategy[object]] = {}
    for parameter in list(inspect.signature(getattr(SERVICES[service], method)).parameters.values())[1:]:
        if parameter.name not in ("organization_id", "actor"):
            kept = needed if parameter.default is parameter.empty else optional
            kept[parameter.name] = _values_of(service, parameter.name)
    arguments = st.fixed_dictionaries(needed, optional=optional).map(lambda given: tuple(given.items()))
    pauses = st.sampled_from([*[timedelta()] * 20, timedelta(minutes=3), timedelta(days=40)])
    return st.builds(UseCase, st.just(name), st.sampled_from([0, 0, 0, 1, 2]), arguments, pauses)


def _values_of(service: str, parameter: str) -> st.SearchStrategy[object]:
    """Values of one parameter.

    Raises:
        LookupError: a use case has a parameter that nothing is known of.
    """
    entity = IDS.get(parameter)
    if entity is not None:
        own = [IdOf(entity, place) for place in (0, 0, 0, 1, 1, 2)]
        return st.sampled_from([*own, IdOf(entity, 0, foreign=True), IdOf(entity, -1)])
    if parameter not in CHOICES:
        raise LookupError(f"say what {parameter} of {service} may be given")
    return st.sampled_from(CHOICES[parameter])
