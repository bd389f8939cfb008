from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cmp_to_key, partial
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.adapters.writing.requirements import require_system_writable, require_tenant
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit import descending, is_null, model_of, nullable, row
from gapless.kit.assignments import Assignment, assign, assigned
from gapless.kit.cursors import Cursor
from gapless.kit.errors import QueryRefused, RuleViolated, TenantMismatch
from gapless.kit.kinds import column_of
from gapless.kit.outbox import OutboxEvent
from gapless.kit.positions import outline_beyond
from gapless.kit.predicates import Constant, outline_of
from gapless.kit.python_compiler import is_true
from gapless.kit.queries import condition, query, sorted_rows
from gapless.testing.fuzzing.hostile_classes import Pretender
from tests.properties import bounded
from tests.unit.domain.samples import NOON, ORGANIZATION, ROW, USER, Colour, Sample, representable

MODEL = model_of(Sample)
USERS = model_of(User)
Order = Callable[[Sample], object]
ORDERS: list[tuple[Order, list[tuple[str, bool]]]] = [
    (lambda s: s.text, [("text", False)]),
    (lambda s: (s.o, s.text), [("o", False), ("text", False)]),
    (lambda s: (descending(s.text_or_none), s.at), [("text_or_none", True), ("at", False)]),
    (lambda s: (s.o_or_none, descending(s.text)), [("o_or_none", False), ("text", True)]),
    (lambda s: (descending(s.at_or_none), descending(s.o_or_none)), [("at_or_none", True), ("o_or_none", True)]),
    (lambda s: descending(s.id), [("id", True)]),
]


def compared(order: list[tuple[str, bool]], one: Sample, other: Sample) -> int:
    """The order of two rows from its definition: nulls last, text by code point, ties by id."""
    for name, descends in [*order, ("id", False), ("organization_id", False)]:
        left, right = getattr(one, name), getattr(other, name)
        if left == right:
            continue
        if left is None or right is None:
            return 1 if left is None else -1
        return 1 if (left > right) is not descends else -1
    return 0


def tables() -> st.SearchStrategy[list[Sample]]:
    """Rows with many ties and nulls, each with an id of its own."""
    rows = st.fixed_dictionaries({column.name: representable(column) for column in MODEL.columns})
    numbered = st.lists(rows, max_size=8).flatmap(
        lambda found: st.permutations(range(len(found))).map(
            lambda ids: [row | {"id": UUID(int=number)} for row, number in zip(found, ids, strict=True)]
        )
    )
    return numbered.map(lambda found: [MODEL.construct_unvalidated(row) for row in found])


@bounded(120)
@given(tables(), st.sampled_from(ORDERS), st.integers(1, 3))
def test_pages_are_the_whole(rows: list[Sample], order: tuple[Order, list[tuple[str, bool]]], limit: int) -> None:
    """Page by page, each after the last row of the one before, every row comes once and in order."""
    written, named = order
    in_order = cmp_to_key(partial(compared, named))
    expected = sorted(rows, key=in_order)
    pages: list[Sample] = []
    after: Sample | None = None
    for _ in range(len(rows) + 1):
        asked = query(MODEL, order=written, after=after, limit=limit)
        page = sorted_rows(filter(is_true(asked.where), rows), asked.order)[: asked.limit]
        pages += page
        after = page[-1] if page else after
    assert pages == expected


@bounded(60)
@given(tables(), st.sampled_from(ORDERS))
def test_where_a_page_begins_is_known_without_its_condition(
    rows: list[Sample], order: tuple[Order, list[tuple[str, bool]]]
) -> None:
    """The shape and the constants of where a page begins are those of its condition, for nulls in any place."""
    for after in rows:
        asked = query(MODEL, order=order[0], after=after)
        assert asked.keyset is not None
        outline, values = outline_of(asked.keyset.beyond), asked.keyset.values
        shape, places = outline_beyond(asked.order, tuple(value is None for value in values))
        assert shape == outline.shape
        assert [values[place] for place in places] == [cast(Constant, node).value for node in outline.constants]


def test_order_ends_with_the_key() -> None:
    """Ties are broken by id, and without an order the order is by id."""
    assert [column_of(part).name for part in query(MODEL).order] == ["id", "organization_id"]
    asked = query(MODEL, order=lambda s: (s.organization_id, descending(s.o)))
    assert [column_of(part).name for part in asked.order] == ["organization_id", "o", "id"]


def test_deleted_rows_are_hidden_unless_asked_for() -> None:
    """A query leaves deleted rows out, one that includes them does not."""
    ann = User(**USER)
    gone = User(**USER | {"is_deleted": True, "deleted_at": NOON})
    for where in (None, lambda user: user.role == Role.OWNER):
        assert [is_true(condition(USERS, where, include_deleted=False))(user) for user in (ann, gone)] == [True, False]
        assert [is_true(condition(USERS, where, include_deleted=True))(user) for user in (ann, gone)] == [True, True]
    assert is_true(condition(MODEL, lambda _: True, include_deleted=False))(Sample(**ROW))
    assert not is_true(condition(MODEL, lambda _: False, include_deleted=False))(Sample(**ROW))


@pytest.mark.parametrize(
    "where",
    [
        lambda user: user.last_seen_at is not None,
        lambda user: user.last_seen_at is None,
        lambda user: user.role in {Role.OWNER, Role.ADMIN},
        lambda user: str(user.id) == "x",
        lambda user: user.name.lower() == "ann",
        lambda user: user.nothing,
        lambda user: user.is_active and user.is_live,
        lambda user: user.name,
        lambda _: row(Organization).is_live,
        lambda _: "x",
        lambda user: user == user,  # noqa: PLR0124  # the mistake itself
    ],
)
def test_condition_that_means_something_else_is_refused(where: Callable[[User], bool]) -> None:
    """What Python answers by itself would select every row or none: it is refused before a store is asked."""
    for asked in (lambda: query(USERS, where), lambda: condition(USERS, where, include_deleted=True)):
        with pytest.raises(QueryRefused):
            asked()


@pytest.mark.parametrize(
    "order",
    [
        lambda user: user.role,
        lambda user: user.is_active,
        lambda _: "name",
        lambda user: (user.name, "id"),
        lambda user: user.name == "x",
        lambda _: descending("name"),
        lambda user: user.nothing,
        lambda _: None,
        lambda _: row(Organization).slug,
    ],
)
def test_order_that_stores_would_not_share_is_refused(order: Callable[[User], object]) -> None:
    """Enumerations and truth values have no order that all stores agree on, and what is no field has none."""
    with pytest.raises(QueryRefused):
        query(USERS, order=order)


@pytest.mark.parametrize("limit", [0, -1, True, 1.0, "1"])
def test_limit_is_a_whole_number(limit: int) -> None:
    """A limit is a whole number from 1 on."""
    with pytest.raises(QueryRefused, match="limit"):
        query(USERS, limit=limit)


def test_page_goes_on_after_a_row_of_its_own() -> None:
    """A page goes on after a row of the same entity, or a cursor; what only says that it is one is neither."""
    for other in (Organization(**ORGANIZATION), Pretender(User), Pretender(Cursor)):
        with pytest.raises(QueryRefused, match="must be a User") as caught:
            query(USERS, after=cast(User, other))
        assert caught.value.fields == ("after",)


def test_assignments_are_normalised() -> None:
    """A set-based write assigns values in their normal form."""
    written = assigned(MODEL, lambda s: (assign(s.colour, cast(Colour, "b")), assign(s.o_or_none, None)))
    assert written == {"colour": Colour.BLUE, "o_or_none": None}


Assigning = Callable[[User], Iterable[Assignment]]


@pytest.mark.parametrize(
    "assignments",
    [
        lambda _: (),
        lambda _: None,
        lambda user: assign(user.is_active, False),
        lambda user: (assign(user.id, UUID(int=1)),),
        lambda user: (assign(user.organization_id, UUID(int=1)),),
        lambda user: (assign(user.version, 1),),
        lambda user: (assign(user.name, "Ann"), assign(user.name, "Bob")),
        lambda _: (assign("name", "Ann"),),
        lambda user: (assign(user.name, user.email),),
        lambda user: (assign(nullable(user.deleted_at), NOON),),
        lambda _: (assign(row(Organization).slug, "x"),),
        lambda user: (user.is_active == False,),  # noqa: E712  # the mistake itself
        lambda _: ("name",),
    ],
)
def test_assignments_that_make_no_sense_are_refused(assignments: Assigning) -> None:
    """Constants are assigned to fields of the row, each once, and never to the key or the version."""
    with pytest.raises(QueryRefused):
        assigned(USERS, assignments)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "a\0b"), ("is_active", 1), ("last_seen_at", NOON.replace(tzinfo=None)), ("role", Colour.RED)],
)
def test_assigned_value_is_representable(field: str, value: object) -> None:
    """A constant that the column can't hold is refused under the rule that says so."""
    with pytest.raises(RuleViolated, match=f"users_{field}_storable"):
        assigned(USERS, lambda user: (assign(getattr(user, field), cast(Any, value)),))


def test_rows_of_others_are_refused() -> None:
    """A unit of one organization takes no row of another, and a repository no other entity."""
    ann = User(**USER)
    require_tenant(USERS, ann, ann.organization_id)
    with pytest.raises(TenantMismatch):
        require_tenant(USERS, ann, UUID(int=9))
    with pytest.raises(QueryRefused):
        require_tenant(USERS, cast(User, Organization(**ORGANIZATION)), UUID(int=1))
    require_tenant(model_of(Organization), Organization(**ORGANIZATION), UUID(int=1))


def test_only_bare_entities_are_written_in_the_system_scope() -> None:
    """Over all organizations only rows are written that nobody audits or counts."""
    require_system_writable(GAPLESS, model_of(OutboxEvent))
    for entity in (User, Organization):
        with pytest.raises(QueryRefused):
            require_system_writable(GAPLESS, model_of(entity))


def test_null_tests_find_what_is_null() -> None:
    """`is_null` in a query is the question that `is None` can't ask."""
    found = condition(USERS, lambda user: is_null(user.last_seen_at), include_deleted=True)
    assert is_true(found)(User(**USER))


def test_a_refusal_is_the_same_each_time() -> None:
    """What somebody else's error says of a row that stands for all rows names the entity, and no place in memory."""
    told = []
    for _ in range(2):
        with pytest.raises(QueryRefused) as caught:
            condition(USERS, cast("Callable[[User], bool]", Role), include_deleted=False)
        told.append(caught.value.message)
    assert "<any User>" in told[0]
    assert told[0] == told[1]
