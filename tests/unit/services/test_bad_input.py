"""Whatever a use case is given: it works, or it says in an error of gapless what is wrong, and nothing is changed."""

import inspect
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import cast
from uuid import UUID, uuid4

import pytest

from gapless.domain.calls import CallNote
from gapless.domain.invoices import Invoice
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import Language, Role
from gapless.kit.audit import Actor, AuditRecord
from gapless.kit.errors import GaplessError, InvalidValue
from gapless.services.organizations import Organizations
from gapless.testing.fuzzing.hostile_classes import Pretender
from tests import every
from tests.every import SERVICES, USE_CASES, methods_of, parameters
from tests.unit.services.arguments import CALLABLE, HERE, maker_of, method_of, prepared, without_arguments
from tests.unit.services.states import Scene
from tests.unit.services.worlds import opened_world

# Times without a zone, with one that nobody has finished, and one that comes after the last that UTC can express.
WRONG_TIMES: list[object] = [
    datetime(2026, 3, 1),  # noqa: DTZ001  # is refused
    datetime(2026, 3, 1, tzinfo=tzinfo()),  # type: ignore[abstract]  # Python makes one all the same
    datetime.max.replace(tzinfo=timezone(-timedelta(hours=12))),
    date(2026, 3, 1),
    -timedelta.resolution,
]
# They say by `__class__` that they are of these classes, and are not.
PRETENDERS: list[object] = [*map(Pretender, (str, int, UUID, datetime, timedelta))]
# Refused wherever it stands, and what is refused in most places but right in some.
WRONG: list[object] = [-1, 2**70, 1.5, float("nan"), True, b"x", [], {}, object(), Role, "\ud800", "a\0b", *WRONG_TIMES]
WRONG += PRETENDERS
LONG: list[object] = ["a" * 10**6, "é" * 10**6, "@" * 10**6, "a@" + "b." * 10**5]
ODD_TIMES: list[object] = [
    datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=5))),
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    timedelta(),
    timedelta.max,
]
ODD: list[object] = [
    *PRETENDERS,
    None,
    5,
    "",
    " ",
    str(uuid4()),
    uuid4(),
    [uuid4()],
    Role.OWNER,
    Language.UZBEK,
    False,
    *ODD_TIMES,
]
# Where one of the above is right after all.
RIGHT_HERE: dict[str, object] = {
    "subscriptions.subscribe.trial": True,
    "knowledge.list_by_category.active_only": True,
    "subscriptions.schedule_downgrade.users_to_deactivate": [],  # nobody has to go
    "cleanup.purge_expired.progress": Role,  # it can be called
    "audit_trail.of_resource.resource_id": -1,  # the id of a row may be a number
}
# Arguments that end in a comparison and not in a column: a text of any length is compared, and found nowhere.
COMPARED = {
    "audit_trail.of_resource.resource_type",
    "audit_trail.of_resource.resource_id",
    "calls.list_calls.outcome",
    "knowledge.list_by_category.category",
}
# Arguments that are checked as what they become: the column of an entity, which a form would mark.
COLUMNS = {
    "calls.list_calls.started_before": ("started_at",),
    "calls.list_calls.started_from": ("started_at",),
    "organizations.create.owner_email": ("email",),
    "organizations.create.owner_language": ("language",),
    "organizations.create.owner_name": ("name",),
    "subscriptions.ending_before.at": ("current_period_end",),
    "subscriptions.payment_failed.event_id": ("key",),
    "subscriptions.payment_succeeded.event_id": ("key",),
    "members.deactivate.reason": ("deactivation_reason",),
}
# Arguments that say who calls: whatever a provider says is taken, as a withheld caller if it is no number.
ACCOMPANYING = {"calls.start.caller_number", "calls.list_calls.caller_number"}
WRONG_ACTORS: list[object] = [
    *WRONG,
    *ODD,
    *LONG,
    Actor(None, None),
    *(Actor(cast("None", wrong), None) for wrong in WRONG),
]
ODD_ACTORS: list[object] = [
    *(Actor(None, cast("str", odd)) for odd in (*WRONG, *LONG)),
    *(Actor(None, "job", cast("str", odd), cast("str", odd)) for odd in (*WRONG, *LONG)),
]


async def raised(scene: Scene, use_case: str, arguments: dict[str, object]) -> Exception | None:
    """Carries out a use case; returns what it raised."""
    try:
        await method_of(scene, use_case)(**arguments)
    except Exception as error:  # noqa: BLE001  # the caller checks which errors are right
        return error
    return None


async def in_one_world(use_case: str, name: str, values: Sequence[object]) -> list[Exception | None]:
    """Tries these values for one argument until the first of them works; what is raised before has changed nothing."""
    found: list[Exception | None] = []
    async with opened_world() as world:
        arguments = await prepared(world, use_case)
        before, committed = await world.everything(), world.commits
        for value in values:
            found.append(await raised(world, use_case, {**arguments, name: value}))
            if found[-1] is None:
                break
            if world.commits != committed:  # else nothing can have changed, which is quicker to see
                assert await world.everything() == before, told(name, value, found[-1])
    return found


async def outcomes(use_case: str, name: str, values: Sequence[object]) -> list[tuple[object, Exception | None]]:
    """Tries each of these values for one argument, beside others that are right; returns what each has raised."""
    found: list[Exception | None] = []
    while len(found) < len(values):
        found += await in_one_world(use_case, name, values[len(found) :])
    return list(zip(values, found, strict=True))


def told(name: str, value: object, error: Exception | None) -> str:
    """What came of a value, in so few words that a long one can be read."""
    return f"{name}={str(value)[:20]!r}: {error!r:.200}"


def says_none(error: GaplessError) -> bool:
    """Whether an error says of what was given that it is None."""
    return re.search(r"\bNone\b", str(error)) is not None


def wrong_for(use_case: str, name: str) -> list[object]:
    """What is never right for this argument."""
    key = f"{use_case}.{name}"
    if key in ACCOMPANYING:
        return []
    wrong = [value for value in WRONG if key not in RIGHT_HERE or value != RIGHT_HERE[key]]
    return wrong if key in COMPARED else wrong + LONG


def test_every_service_is_covered() -> None:
    """Whatever an application offers has its use cases here, each a coroutine function."""
    assert {use_case.split(".")[0] for use_case in USE_CASES} == set(SERVICES)
    assert len(USE_CASES) > 60
    for service in SERVICES.values():
        public = {name for name, _ in inspect.getmembers(service, inspect.isfunction) if not name.startswith("_")}
        assert methods_of(service).keys() == public


def test_every_argument_is_known() -> None:
    """Of every argument of every use case it follows what is right, or a table says it."""
    assert without_arguments() == []


def test_an_argument_that_nothing_is_known_of_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted argument of which neither its type nor a table says anything is named, with the place to write."""

    async def notify(_: Organizations, organization_id: OrganizationId, loudness: int) -> None:
        pass

    every.parameters.cache_clear()
    every.types_of.cache_clear()
    monkeypatch.setattr(Organizations, "rename", notify)
    try:
        assert without_arguments() == [
            f"Write into RIGHT of {HERE} what is right for loudness of organizations.rename."
        ]
    finally:
        every.parameters.cache_clear()
        every.types_of.cache_clear()


def test_rows_are_made_by_use_cases() -> None:
    """A row that an id is of comes from the first use case that gives one and asks for none."""
    assert {entity.__name__: maker_of(entity) for entity in (CallNote, KnowledgeItem, Invoice, Organization)} == {
        "CallNote": "call_notes.annotate",
        "KnowledgeItem": "knowledge.add",
        "Invoice": "invoices.draft",
        "Organization": "organizations.get",
    }
    assert maker_of(AuditRecord) is None


@pytest.mark.asyncio
@pytest.mark.parametrize("use_case", CALLABLE)
async def test_right_input(use_case: str) -> None:
    """Each use case works with the arguments that the other tests replace one by one."""
    async with opened_world() as world:
        error = await raised(world, use_case, await prepared(world, use_case))
        assert error is None, f"Write into STATES or MADE of {HERE} what {use_case} needs: {error!r}."


@pytest.mark.asyncio
@pytest.mark.parametrize("use_case", CALLABLE)
async def test_wrong_input_is_refused(use_case: str) -> None:
    """What is never right is refused in every place, with an error of gapless that says where, and nothing changes."""
    for name in parameters(use_case):
        for value, error in await outcomes(use_case, name, wrong_for(use_case, name)):
            assert isinstance(error, GaplessError), told(name, value, error)
            assert error.fields in ((name,), COLUMNS.get(f"{use_case}.{name}")), told(name, value, error)
            assert not says_none(error), told(name, value, error)


@pytest.mark.asyncio
@pytest.mark.parametrize("use_case", CALLABLE)
async def test_odd_input_never_surprises(use_case: str) -> None:
    """What is right in some places is taken there, and refused in the others as what it is, by an error of gapless."""
    for name in parameters(use_case):
        for value, error in await outcomes(use_case, name, ODD + LONG):
            assert error is None or isinstance(error, GaplessError), told(name, value, error)
            if isinstance(error, InvalidValue):
                assert says_none(error) == (value is None), told(name, value, error)


@pytest.mark.asyncio
@pytest.mark.parametrize("key", RIGHT_HERE)
async def test_what_is_wrong_elsewhere_is_right_here(key: str) -> None:
    """What the tests of wrong input leave out is right, in just this place; what a callback raises ends the cleanup."""
    use_case, _, name = key.rpartition(".")
    async with opened_world() as world:
        arguments = await prepared(world, use_case)
        error = await raised(world, use_case, {**arguments, name: RIGHT_HERE[key]})
    assert error is None or (name == "progress" and type(error) is ValueError)


@pytest.mark.asyncio
@pytest.mark.parametrize("use_case", [use_case for use_case in CALLABLE if "actor" in parameters(use_case)])
async def test_wrong_actors_are_refused(use_case: str) -> None:
    """Nobody acts of whom the trail could not say who it was."""
    for actor, error in await outcomes(use_case, "actor", WRONG_ACTORS):
        assert isinstance(error, GaplessError), told("actor", actor, error)
        assert error.fields, told("actor", actor, error)


@pytest.mark.asyncio
@pytest.mark.parametrize("use_case", [use_case for use_case in CALLABLE if "actor" in parameters(use_case)])
async def test_what_an_actor_brings_along_is_taken(use_case: str) -> None:
    """Nothing is refused for what a client says of itself, whatever it is and however long."""
    async with opened_world() as world:
        arguments = await prepared(world, use_case)
        actor = ODD_ACTORS[CALLABLE.index(use_case) % len(ODD_ACTORS)]
        assert await raised(world, use_case, {**arguments, "actor": actor}) is None, ascii(actor)[:200]


@pytest.mark.asyncio
async def test_what_an_actor_brings_along_is_kept() -> None:
    """The audit record of the trail holds what was said, cleaned and cut."""
    async with opened_world() as world:
        for number, actor in enumerate(ODD_ACTORS):
            await world.app.organizations.rename(world.home, f"Acme {number}", actor=cast("Actor", actor))
            audit = (await world.app.audit_trail.of_root(world.home, limit=1)).items[0]
            given = cast("Actor", actor)
            assert (audit.job, audit.ip_address, audit.user_agent) == (given.job, given.ip_address, given.user_agent)


@pytest.mark.asyncio
async def test_errors_of_python_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A use case that trusts its arguments is caught by these tests."""

    async def trusting(_: Organizations, organization_id: object, name: str, *, actor: Actor) -> object:
        return organization_id, name.strip(), actor

    monkeypatch.setattr(Organizations, "rename", trusting)
    ((_, error),) = await outcomes("organizations.rename", "name", [5])
    assert isinstance(error, AttributeError)
    with pytest.raises(AssertionError):
        await test_wrong_input_is_refused("organizations.rename")


@pytest.mark.asyncio
@pytest.mark.parametrize("fields", [(), ("nobody",)], ids=str)
async def test_errors_that_do_not_say_where_are_noticed(
    monkeypatch: pytest.MonkeyPatch, fields: tuple[str, ...]
) -> None:
    """A refusal that names no argument, or another one, is caught by these tests."""

    async def refusing(_: Organizations, organization_id: object, name: object, *, actor: Actor) -> object:
        raise InvalidValue("name", f"Not {(organization_id, name, actor)!r:.9}.", fields=fields)

    monkeypatch.setattr(Organizations, "rename", refusing)
    with pytest.raises(AssertionError, match="InvalidValue"):
        await test_wrong_input_is_refused("organizations.rename")
