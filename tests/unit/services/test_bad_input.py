"""Whatever a use case is given: it works, or it says in an error of gapless what is wrong, and nothing is changed."""

import inspect
from collections.abc import Awaitable, Callable
from typing import cast
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapless.domain.audit import Actor
from gapless.domain.errors import GaplessError
from gapless.domain.users import Language, Role, User
from gapless.services.audit_trail import AuditTrail
from gapless.services.organizations import Organizations
from gapless.services.team import TeamService
from tests.unit.services.worlds import World, opened_world

UseCase = Callable[..., Awaitable[object]]
SERVICES = {"organizations": Organizations, "team": TeamService, "audit_trail": AuditTrail}
USE_CASES = [
    f"{service}.{name}"
    for service, kind in SERVICES.items()
    for name, value in vars(kind).items()
    if inspect.iscoroutinefunction(value) and not name.startswith("_")
]
# Refused wherever it stands, and what is refused in most places but right in some.
WRONG: list[object] = [-1, 2**70, 1.5, float("nan"), True, b"x", [], {}, object(), Role, "\ud800", "a\0b"]
LONG: list[object] = ["a" * 10**6, "é" * 10**6, "@" * 10**6, "a@" + "b." * 10**5]
ODD: list[object] = [None, 5, "", " ", str(uuid4()), uuid4(), Role.OWNER, Language.UZBEK, *LONG]
# Arguments that end in a comparison and not in a column: a text of any length is compared, and found nowhere.
COMPARED = {"resource_type", "resource_id"}
WRONG_ACTORS: list[object] = [
    *WRONG,
    *ODD,
    Actor(None, None),
    *(Actor(cast("None", wrong), None) for wrong in WRONG),
    *(Actor(None, cast("str", wrong)) for wrong in WRONG + LONG),
    *(Actor(None, "job", ip_address=cast("str", wrong)) for wrong in WRONG + LONG),
    *(Actor(None, "job", user_agent=cast("str", wrong)) for wrong in WRONG + LONG),
]
RIGHT: dict[str, object] = {
    "slug": "globex",
    "owner_email": "eve@globex.com",
    "owner_name": "Eve",
    "plan": "starter",
    "billing_email": "bills@globex.com",
    "owner_language": Language.ENGLISH,
    "email": "tom@acme.org",
    "name": "Tom",
    "role": Role.ADMIN,
    "language": Language.ENGLISH,
    "reason": "on leave",
    "after": None,
    "limit": 10,
    "resource_type": "user",
    "resource_id": "1",
}


async def prepared(world: World, use_case: str, user: User) -> None:
    """Brings the organization and its member into the state in which the use case has something to do."""
    match use_case:
        case "organizations.restore":
            await world.app.organizations.delete(world.home, actor=world.actor)
        case "team.reactivate":
            await world.app.team.deactivate(world.home, user.id, actor=world.actor)
        case "team.restore":
            await world.app.team.remove(world.home, user.id, actor=world.actor)
        case _:
            pass


async def outcome(use_case: str, replaced: str | None = None, value: object = None) -> BaseException | None:
    """Runs a use case with right arguments but one; returns what it raised, which changed nothing."""
    service, name = use_case.split(".")
    async with opened_world() as world:
        user = await world.member()
        await prepared(world, use_case, user)
        method = cast("UseCase", getattr(getattr(world.app, service), name))
        right = {**RIGHT, "organization_id": world.home, "user_id": user.id, "actor": world.actor}
        arguments = {name: right[name] for name in inspect.signature(method).parameters}
        before = await world.everything()
        try:
            await method(**(arguments if replaced is None else {**arguments, replaced: value}))
        except Exception as error:  # noqa: BLE001  # the caller judges which errors are right
            assert await world.everything() == before
            return error
        return None


def parameters(use_case: str) -> list[str]:
    """The names of what a use case takes."""
    service, name = use_case.split(".")
    return list(inspect.signature(getattr(SERVICES[service], name)).parameters)[1:]


def is_long(value: object) -> bool:
    """Whether the value is one of the very long texts."""
    return isinstance(value, str) and len(value) > 1000


@pytest.mark.asyncio
@pytest.mark.parametrize("use_case", USE_CASES)
async def test_right_input(use_case: str) -> None:
    """Each use case works with the arguments that the other tests replace one by one."""
    assert await outcome(use_case) is None


@pytest.mark.asyncio
@pytest.mark.parametrize("use_case", USE_CASES)
async def test_wrong_input_is_refused(use_case: str) -> None:
    """What is never right is refused in every place, with an error of gapless, and nothing is changed."""
    for name in parameters(use_case):
        for value in [*WRONG, *([] if name in COMPARED else LONG)]:
            error = await outcome(use_case, name, value)
            assert isinstance(error, GaplessError), f"{name}={str(value)[:20]!r}: {error!r:.200}"


@pytest.mark.asyncio
@pytest.mark.parametrize("use_case", USE_CASES)
async def test_odd_input_never_surprises(use_case: str) -> None:
    """What is right in some places is taken there, and refused with an error of gapless in the others."""
    for name in parameters(use_case):
        for value in ODD:
            error = await outcome(use_case, name, value)
            assert error is None or isinstance(error, GaplessError), f"{name}={str(value)[:20]!r}: {error!r:.200}"


@pytest.mark.asyncio
@pytest.mark.parametrize("use_case", [use_case for use_case in USE_CASES if "actor" in parameters(use_case)])
async def test_wrong_actors_are_refused(use_case: str) -> None:
    """Nobody acts of whom the trail could not say who it was."""
    for actor in WRONG_ACTORS:
        assert isinstance(await outcome(use_case, "actor", actor), GaplessError), repr(actor)[:200]


@pytest.mark.asyncio
@settings(deadline=None, max_examples=200)
@given(name=st.text(), slug=st.text(), email=st.text(), plan=st.text(), billing_email=st.none() | st.text())
async def test_texts(name: str, slug: str, email: str, plan: str, billing_email: str | None) -> None:
    """Texts of any kind are refused with an error of gapless, or kept to the code point."""
    async with opened_world() as world:
        try:
            founded = await world.app.organizations.found(
                name, slug, email, name, plan=plan, billing_email=billing_email, actor=world.actor
            )
        except GaplessError:
            return
        assert (founded.organization.name, founded.owner.name) == (name, name)


@pytest.mark.asyncio
@settings(deadline=None, max_examples=100)
@given(name=st.text(min_size=1) | st.text(st.characters(categories=["Cs", "Cc", "Lo"]), min_size=2, max_size=100))
async def test_names(name: str) -> None:
    """A name of any characters is refused with an error of gapless, or kept to the code point."""
    async with opened_world() as world:
        try:
            renamed = await world.app.organizations.rename(world.home, name, actor=world.actor)
        except GaplessError:
            return
        assert renamed.name == (await world.app.organizations.get(world.home)).name == name


@pytest.mark.asyncio
async def test_errors_of_python_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A use case that trusts its arguments is caught by these tests."""

    async def trusting(_: Organizations, organization_id: object, name: str, *, actor: Actor) -> object:
        return organization_id, name.strip(), actor

    monkeypatch.setattr(Organizations, "rename", trusting)
    assert isinstance(await outcome("organizations.rename", "name", 5), AttributeError)
    with pytest.raises(AssertionError):
        await test_wrong_input_is_refused("organizations.rename")
