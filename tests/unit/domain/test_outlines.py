"""What is kept of a condition: nodes that are made once, and what was found out about them."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.adapters.postgres.statements import statement
from gapless.adapters.postgres.statements.compiled_statements import CompiledCatalogue
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import User
from gapless.kit import (
    Check,
    Entity,
    Model,
    all_of,
    any_of,
    contains,
    is_null,
    is_visible,
    length,
    lower,
    matches,
    negate,
    one_of,
    predicate,
    starts_with,
)
from gapless.kit import python_compiler as compiler
from gapless.kit import rules_of as declared
from gapless.kit.kinds import Rule
from gapless.kit.model import model_of
from gapless.kit.predicates import Node, fields_of, outline_of, parts_of, walk
from gapless.kit.predicates import _shape_of as shape_of
from gapless.kit.python_compiler import PythonSource, is_true
from gapless.kit.queries import query
from gapless.kit.symbolic import Nodes, condition_over
from tests.unit.domain.samples import Sample, sample_rules

MODEL: Model[Sample] = sample_rules
Written = Callable[[Sample], bool]
WRITTEN: tuple[Written, ...] = (
    lambda s: s.text == "a",
    lambda s: s.text == "b",
    lambda s: s.text != "a",
    lambda s: s.text > "a",
    lambda s: s.o > 1,
    lambda s: s.o > 2,
    lambda s: length(s.text) > 1,
    lambda s: one_of(s.text, "a", "b"),
    lambda s: one_of(s.text, "c", "d"),
    lambda s: one_of(s.text, "a", "b", "c"),
    lambda s: matches(s.text, "[a-z]+"),
    lambda s: matches(s.text, "[0-9]{4}"),
    lambda s: lower(s.text) == "a",
    lambda s: starts_with(s.text, "a"),
    lambda s: starts_with(s.text, "b"),
    lambda s: contains(s.text, "a"),
    lambda s: contains(lower(s.text), "a"),
    lambda s: s.o + s.o > 1,
    lambda s: s.o * s.o > 1,
    lambda s: s.o + 1 > 1,
    lambda s: s.o - 2 > 2,
    lambda s: s.o - 3 > 4,
    lambda s: s.c0 + 1 > 1,
    lambda s: one_of(s.o + 5, 6, 7),
    lambda s: one_of(s.o + 7, 6, 5),
    lambda s: s.at - s.at > timedelta(seconds=1),
    lambda s: s.at + timedelta(seconds=2) <= s.at,
    lambda s: is_visible(s.text),
    lambda s: is_null(s.text_or_none),
    lambda s: s.text_or_none == "a",
    lambda s: negate(s.text == "a"),
    lambda s: all_of(s.text == "a", s.active),
    lambda s: any_of(s.text == "a", s.active),
    lambda s: all_of(s.active, s.text == "a"),
    lambda s: all_of(s.active),
)


def kinds_of_node(kind: type[Node] = Node) -> Iterator[type[Node]]:
    """The kinds of nodes that a condition can have."""
    for below in kind.__subclasses__():
        yield from kinds_of_node(below)
        if "__attrs_attrs__" in vars(below):
            yield below


def confused(model: Model[Sample]) -> list[tuple[int, int]]:
    """The conditions that have one shape, though Python or SQL would say something else for them."""
    found = [(place, condition_over(model.symbolic(), written)) for place, written in enumerate(WRITTEN)]
    return [
        (one, other)
        for (one, left), (other, right) in combinations(found, 2)
        if outline_of(left).shape == outline_of(right).shape and texts(left) != texts(right)
    ]


def texts(node: Node) -> tuple[str, str]:
    """A condition as Python and as SQL."""
    search = CompiledCatalogue(GAPLESS + MODEL, "gapless").of(Sample).searches.count(node, None)
    return PythonSource().true(node), search.statement.text


@pytest.mark.parametrize("kind", [*kinds_of_node()], ids=lambda kind: kind.__name__)
def test_every_part_of_a_node_is_one_of_its_parts(kind: type[Node]) -> None:
    """Nothing that a node consists of is left out when it is walked, whatever its kind."""
    leaf = cast(Node, row_field())
    fields = attrs.fields(cast("type[attrs.AttrsInstance]", kind))
    hints = {field.name: str(field.type) for field in fields}
    given: dict[str, object] = {name: (leaf, leaf) if "tuple[Node" in hint else leaf for name, hint in hints.items()}
    wanted = [hint for hint in hints.values() if hint in ("Node", "Field") or "tuple[Node" in hint]
    node = cast("Callable[..., Node]", kind)(**given)
    assert len(parts_of(node)) == sum(2 if "tuple" in hint else 1 for hint in wanted)


def row_field() -> object:
    """A field, as a condition has it."""
    return MODEL.symbolic().text


def test_conditions_of_one_shape_are_one_text() -> None:
    """Only conditions that differ in nothing but constants have one shape, in Python and in SQL."""
    assert confused(MODEL) == []


def test_conditions_that_differ_in_constants_have_one_shape() -> None:
    """A condition with other constants is found under the shape of the first."""
    shapes = {outline_of(condition_over(MODEL.symbolic(), written)).shape for written in WRITTEN}
    assert len(shapes) == len(WRITTEN) - 7


@pytest.mark.parametrize("name", ["Field", "Comparison", "OneOf", "Matches", "Arithmetic"])
def test_a_shape_that_forgets_something_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Planted: a shape without the column, the operator, the number of constants, or the quick test."""

    def forgetful(node: Node) -> tuple[object, ...]:
        shape = shape_of(node)
        return shape[:1] if type(node).__name__ == name else shape

    monkeypatch.setattr("gapless.kit.predicates._shape_of", forgetful)
    fresh = attrs.evolve(MODEL, nodes=Nodes(Sample, MODEL.columns))  # they have no outline yet
    assert confused(fresh) != []


def test_a_known_shape_is_neither_compiled_nor_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second query of a shape makes no source and no statement, whatever its constants."""
    made: list[object] = []
    statements = CompiledCatalogue(GAPLESS, "gapless").of(User)

    def asked(email: str) -> None:
        found = query(model_of(User), lambda user: all_of(user.email == email, user.is_owner))
        is_true(found.where)
        statements.searches.find(found, None)

    asked("ann@acme.org")
    for place, name in ((compiler, "_factory"), (statement, "compiled")):
        monkeypatch.setattr(place, name, lambda *given: made.append(given))
    asked("bob@acme.org")
    assert made == []


def test_nothing_outlives_a_query() -> None:
    """Neither the statements nor the compiled functions keep a condition, or a constant of one."""
    statements = CompiledCatalogue(GAPLESS, "gapless").of(User)
    found = query(model_of(User), lambda user: user.email == "eve@acme.org")
    is_true(found.where)
    statements.searches.find(found, None)
    own = [weakref.ref(node) for node in walk(found.where) if "eve@acme.org" in repr(node)]
    del found
    gc.collect()
    assert len(own) >= 2
    assert [node() for node in own if node() is not None] == []


def test_a_declared_predicate_is_asked_once() -> None:
    """A rule, a query and a row get the same answer from a predicate, because it is asked for one."""
    asked: list[object] = []

    @attrs.frozen(kw_only=True, slots=True)
    class Ticket(Entity):
        organization_id: OrganizationId
        id: OrganizationId
        open: bool

        @predicate
        def is_open(self) -> bool:
            asked.append(self)
            return self.open == (len(asked) < 2)

    @declared(Ticket, "tickets", belongs_to=lambda ticket: ticket.organization_id)
    def ticket_rules(ticket: Ticket) -> Iterator[Rule]:
        yield Check("tickets_open", "A ticket is open.", ticket.is_open)

    first, second = (query(ticket_rules, lambda ticket: ticket.is_open).where for _ in range(2))
    assert first is second is ticket_rules.of_kind(Check)[-1].holds
    assert Ticket(organization_id=OrganizationId(UUID(int=1)), id=OrganizationId(UUID(int=2)), open=True).is_open
    assert len(asked) == 1


def test_fields_of_a_predicate_count_as_read() -> None:
    """A condition made of a predicate that is kept mentions the fields that the predicate reads."""
    for _ in range(2):
        node = condition_over(model_of(User).symbolic(), lambda user: cast(User, user).is_owner)
        assert {column.name for column in fields_of(node)} == {"role", "is_active", "is_deleted"}
