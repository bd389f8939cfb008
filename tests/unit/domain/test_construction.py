"""Rows that are made without their constructor: they are the same as those that were made by it."""

from __future__ import annotations

import copy
import inspect
import pickle
import weakref
from collections.abc import Callable, Iterator
from typing import ClassVar
from uuid import UUID

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import User
from gapless.kit import Check, Entity, Model, rules_of
from gapless.kit.construction import Construction
from gapless.kit.errors import DeclarationError, RuleViolated
from gapless.kit.kinds import Rule
from gapless.kit.model import E, Validated, model_of
from gapless.kit.plain import uuid_of
from gapless.kit.twins import twin_of
from tests.unit.domain.samples import USER

USERS, BOB = model_of(User), User(**USER)
HOME, OTHER = OrganizationId(UUID(int=1)), OrganizationId(UUID(int=2))


def differences(model: Model[E], row: E) -> list[str]:
    """In what a row that is made anew from its values differs from the row; empty if in nothing."""
    made = model.construct(model.values(row))
    told = {
        "class": type(made) is type(row),
        "equality": made == row and hash(made) == hash(row),
        "pickle": made.__reduce_ex__(4) == row.__reduce_ex__(4),
        "copy": copy.copy(made) == row,
        "evolve": attrs.evolve(made) == row,  # type: ignore[misc]  # entities are attrs classes
        "weak reference": weakref.ref(made)() is made,
        "frozen": _is_frozen(made),
        "slots": dir(made) == dir(row),
    }
    return [name for name, holds in told.items() if not holds]


def _is_frozen(row: object) -> bool:
    try:
        row.id = OTHER  # type: ignore[attr-defined]  # whether it can be is the question
    except attrs.exceptions.FrozenInstanceError:
        return True
    return False


def test_a_row_is_the_same_without_its_constructor() -> None:
    """Class, equality, hash, pickle, copies, weak references and that it is frozen: all as the constructor makes it."""
    assert differences(USERS, BOB) == []
    assert pickle.loads(pickle.dumps(USERS.construct(USERS.values(BOB)))) == BOB  # noqa: S301  # it is our own


@pytest.mark.parametrize("model", GAPLESS.models, ids=lambda model: model.name)
def test_every_entity_has_a_twin(model: Model[Validated]) -> None:
    """No entity of ours has a layout that another class can't have."""
    assert twin_of(model.entity) is not None


@pytest.mark.parametrize("lost", ["o.__class__ = entity", "o.id = "])
def test_a_row_that_is_not_finished_is_found(monkeypatch: pytest.MonkeyPatch, lost: str) -> None:
    """Planted: a row that stays a twin, or that lacks a field."""
    lines = Construction.lines

    def incomplete(made: Construction, values: list[str]) -> list[str]:
        return [line for line in lines(made, values) if not line.startswith(lost)]

    monkeypatch.setattr(Construction, "lines", incomplete)
    with pytest.raises((AttributeError, AssertionError, attrs.exceptions.NotAnAttrsClassError)):
        assert differences(attrs.evolve(USERS), BOB) == []  # a model that has compiled nothing yet


def test_a_class_with_hooks_is_left_alone() -> None:
    """No class of a host's is told of a subclass that only gapless knows; its rows are made all the same."""

    class Told:
        __slots__ = ()
        told: ClassVar[list[type]] = []

        def __init_subclass__(cls) -> None:
            cls.told.append(cls)

    @attrs.frozen(kw_only=True, slots=True)
    class Ticket(Entity, Told):
        organization_id: OrganizationId
        id: OrganizationId
        version: int = 0

    @rules_of(Ticket, "tickets", belongs_to=lambda row: row.organization_id)
    def rules(_: Ticket) -> Iterator[Rule]:
        yield from ()

    known = [*Told.told]
    assert twin_of(Ticket) is None
    assert differences(rules, Ticket(organization_id=HOME, id=OTHER)) == []
    assert rules.with_version(Ticket(organization_id=HOME, id=OTHER), 7).version == 7
    assert Told.told == known


def test_a_class_with_a_base_that_has_fields() -> None:
    """Fields of a frozen base are filled as well, though they have no slot in the class itself."""

    @attrs.frozen(kw_only=True, slots=True)
    class Named(Entity):
        organization_id: OrganizationId
        id: OrganizationId

    @attrs.frozen(kw_only=True, slots=True)
    class Ticket(Named):
        title: str

    @rules_of(Ticket, "tickets", belongs_to=lambda row: row.organization_id)
    def rules(_: Ticket) -> Iterator[Rule]:
        yield from ()

    row = Ticket(organization_id=HOME, id=OTHER, title="Printer")
    assert twin_of(Ticket) is not None
    assert differences(rules, row) == []


class Hooked:
    """A base with a hook, so that its classes have no twin."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """Does nothing."""


class Plain:
    """A base without hooks."""

    __slots__ = ()


@pytest.mark.parametrize("base", [Plain, Hooked])
def test_a_class_that_keeps_its_hashes(base: type) -> None:
    """The hash that attrs keeps of a row has a slot beside the fields, and is filled as the constructor fills it."""

    @attrs.frozen(kw_only=True, slots=True, cache_hash=True)
    class Kept(Entity, base):  # type: ignore[misc]  # one of two bases
        organization_id: OrganizationId
        id: OrganizationId

    @rules_of(Kept, "kept_ones", belongs_to=lambda row: row.organization_id)
    def rules(_: Kept) -> Iterator[Rule]:
        yield from ()

    first, second = (Kept(organization_id=HOME, id=OTHER) for _ in range(2))
    assert hash(first) == hash(second)
    assert differences(rules, second) == []


def test_a_changed_row_is_validated() -> None:
    """What is made of a row by `attrs.evolve` goes through the constructor, however the row was made."""
    made = USERS.construct(USERS.values(BOB))
    with pytest.raises(RuleViolated):
        attrs.evolve(made, name="")


def test_ids_are_those_of_the_standard_library() -> None:
    """An id that is made of a number is what the constructor of UUID makes."""
    wanted = UUID(int=2**127 + 5)
    made = uuid_of(2**127 + 5)
    assert type(made) is UUID
    assert (made, hash(made), str(made), made.is_safe) == (wanted, hash(wanted), str(wanted), wanted.is_safe)
    assert pickle.dumps(made) == pickle.dumps(wanted)
    with pytest.raises(TypeError, match="immutable"):
        made.int = 1  # type: ignore[misc]  # the standard library refuses it


def trimmed(name: str) -> str:
    """A name without the spaces around it."""
    return name.strip()


@attrs.frozen(kw_only=True, slots=True)
class Awkward(Entity):
    """An entity whose fields are called as what generated code might use."""

    organization_id: OrganizationId
    id: OrganizationId
    model: str
    entity: str = "a"
    twin: str | None = None
    original: bool = False
    defaults: int = 3
    become: int = 4
    o: int = 5


@rules_of(Awkward, "awkward_ones", belongs_to=lambda awkward: awkward.organization_id)
def awkward_rules(awkward: Awkward) -> Iterator[Rule]:
    """One rule."""
    yield Check("awkward_ones_o_positive", "It is positive.", awkward.o > 0)


def answers_of(make: Callable[..., object]) -> list[str]:
    """What a constructor makes of arguments, right and wrong ones."""
    found: list[str] = []
    right = {"organization_id": HOME, "id": OTHER, "model": "m"}
    for arguments in (right, right | {"o": 7, "twin": "t"}, {"id": OTHER}, right | {"other": 1}, right | {"o": 0}, {}):
        try:
            found.append(repr(make(**arguments)))
        except (TypeError, RuleViolated) as error:
            found.append(repr(error))
    try:
        found.append(repr(make(HOME, OTHER)))
    except TypeError as error:
        found.append(repr(error))
    return found


def test_the_quick_constructor_does_the_same() -> None:
    """Values, defaults, refusals and the signature are those of the constructor that attrs has written."""
    Awkward(organization_id=HOME, id=OTHER, model="m")
    quick = Awkward.__init__
    original = inspect.unwrap(quick)
    assert quick is not original
    answers, signature = answers_of(Awkward), inspect.signature(Awkward)
    try:
        type.__setattr__(Awkward, "__init__", original)
        assert answers_of(Awkward) == answers
        assert inspect.signature(Awkward) == signature
    finally:
        type.__setattr__(Awkward, "__init__", quick)
    assert (quick.__qualname__, quick.__annotations__) == (original.__qualname__, original.__annotations__)


def test_a_class_that_derives_from_an_entity_is_no_entity() -> None:
    """Who derives from an entity and declares no rules is told so, though the entity has a quick constructor."""
    Awkward(organization_id=HOME, id=OTHER, model="m")

    class Derived(Awkward):
        __slots__ = ()

    with pytest.raises(DeclarationError, match="Derived has no rules yet"):
        Derived(organization_id=HOME, id=OTHER, model="m")


def test_a_constructor_that_does_more_is_left_alone() -> None:
    """What a host has attrs do with a value, it does for each row."""

    @attrs.frozen(kw_only=True, slots=True)
    class Trimmed(Entity):
        organization_id: OrganizationId
        id: OrganizationId
        name: str = attrs.field(converter=trimmed)

    @rules_of(Trimmed, "trimmed_ones", belongs_to=lambda row: row.organization_id)
    def rules(_: Trimmed) -> Iterator[Rule]:
        yield from ()

    names = [Trimmed(organization_id=HOME, id=OTHER, name=" a ").name for _ in range(3)]
    assert names == ["a", "a", "a"]
    assert not hasattr(Trimmed.__init__, "__wrapped__")


def test_a_model_beside_the_own_one_changes_nothing() -> None:
    """A copy of a model with other rules, as a test makes one, gives the class no constructor with those rules."""
    Awkward(organization_id=HOME, id=OTHER, model="m")
    quick = Awkward.__init__
    other: Model[Awkward] = attrs.evolve(awkward_rules, rules=())
    other.validate(Awkward(organization_id=HOME, id=OTHER, model="m"))
    assert Awkward.__init__ is quick
    with pytest.raises(RuleViolated):
        Awkward(organization_id=HOME, id=OTHER, model="m", o=0)
