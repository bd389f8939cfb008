"""A made-up entity whose rows can be found in every way that the store knows, and what is asked of them, as data."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import attrs
from hypothesis import strategies as st

from gapless.bootstrap import DEFAULT_CATALOGUE
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import (
    AtMost,
    BigInteger,
    Check,
    Entity,
    Index,
    OnDelete,
    Reference,
    Rule,
    Unique,
    all_of,
    any_of,
    between,
    descending,
    is_null,
    length,
    negate,
    nullable,
    one_of,
    rules_of,
)

HOMES = [OrganizationId(UUID(int=number)) for number in (1, 2)]
IDS = [UUID(int=number) for number in range(11, 19)]
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOURS = [NOON + timedelta(hours=hour) for hour in range(3)]
TITLES = ["a", "B", "ä", "aa"]


class Kind(enum.Enum):
    """What a task is about."""

    CALL = "CALL"
    MAIL = "MAIL"
    VISIT = "VISIT"


@attrs.frozen(kw_only=True, slots=True)
class Task(Entity):
    """A task of an organization."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    kind: Kind
    rank: int | None = None
    weight: BigInteger
    title: str | None = None
    due_at: datetime | None = None
    parent_id: UUID | None = None
    is_open: bool = True
    is_hidden: bool = False
    version: int = 0


@rules_of(Task, "tasks", belongs_to=lambda task: task.organization_id, soft_deleted=lambda task: task.is_hidden)
def task_rules(task: Task) -> Iterator[Rule]:
    """The rules of tasks."""
    home = Reference(
        "tasks_organization_id_fkey",
        "A task has an organization.",
        task.organization_id,
        Organization,
        OnDelete.CASCADE,
    )
    parent = Reference(
        "tasks_parent_id_fkey",
        "A task belongs to another one.",
        (task.organization_id, task.parent_id),
        Task,
        OnDelete.SET_NULL,
    )
    yield from (home, parent)
    yield Check("tasks_title_length", "A title is short.", length(nullable(task.title)) <= 20)
    yield Unique(
        "tasks_title_unique",
        "No other open task has this title.",
        (task.organization_id, task.title),
        where=task.is_open,
    )
    yield AtMost("tasks_open", "Too many are open.", home, of=task.is_open, limit=1_000_000)
    yield AtMost(
        "tasks_calls",
        "Too many calls.",
        home,
        of=all_of(task.kind == Kind.CALL, negate(task.is_hidden)),
        limit=1_000_000,
    )
    yield Index("idx_tasks_kind", "By kind.", (task.organization_id, task.kind, descending(task.rank)))
    yield Index("idx_tasks_rank", "By rank.", (descending(task.rank), task.title))
    yield Index("idx_tasks_weight", "The heaviest first.", (descending(task.weight), task.due_at))
    yield Index("idx_tasks_due", "What is due.", task.due_at, where=negate(is_null(task.due_at)))
    yield Index("idx_tasks_shown", "What is open.", (task.is_open, task.organization_id))
    yield Index("idx_tasks_hidden", "What is hidden.", (task.is_hidden, descending(task.due_at), task.id))


CATALOGUE = DEFAULT_CATALOGUE + task_rules


@attrs.frozen
class Asked:
    """One question: what `find` and `count` are given.

    Attributes:
        conditions: the conditions, all of which are true.
        order: the fields of the order, each with whether it descends.
        after: the values in the columns of a row behind which the page begins; None for the first page.
    """

    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]
    limit: int | None
    after: Task | None
    include_deleted: bool

    def where(self, task: Task) -> bool:
        """The condition."""
        return all_of(*(each.of(task) for each in self.conditions))

    def in_order(self, task: Task) -> object:
        """The order."""
        return tuple(descending(getattr(task, name)) if down else getattr(task, name) for name, down in self.order)


@attrs.frozen
class Condition:
    """A condition with its name, as it is shown when a test fails."""

    name: str
    of: Callable[[Task], bool] = attrs.field(repr=False)


FIXED = (
    Condition("is_open", lambda task: task.is_open),
    Condition("not is_open", lambda task: negate(task.is_open)),
    Condition("is_hidden", lambda task: task.is_hidden),
    Condition("not is_hidden", lambda task: negate(task.is_hidden)),
    Condition("rank is null", lambda task: is_null(task.rank)),
    Condition("rank is not null", lambda task: negate(is_null(task.rank))),
    Condition("due_at is null", lambda task: is_null(task.due_at)),
    Condition("title is null", lambda task: is_null(task.title)),
)


def _about_values() -> st.SearchStrategy[Condition]:
    ranks, times, titles = st.sampled_from([1, 2, 3]), st.sampled_from(HOURS), st.sampled_from(TITLES)
    kinds = st.lists(st.sampled_from(Kind), min_size=1, max_size=2)
    return st.one_of(
        kinds.map(lambda those: Condition(f"kind in {those}", lambda task: one_of(task.kind, *those))),
        ranks.map(lambda rank: Condition(f"rank = {rank}", lambda task: task.rank == rank)),
        ranks.map(lambda rank: Condition(f"rank != {rank}", lambda task: task.rank != rank)),
        ranks.map(lambda rank: Condition(f"rank >= {rank}", lambda task: cast(int, task.rank) >= rank)),
        ranks.map(lambda rank: Condition(f"rank < {rank}", lambda task: nullable(task.rank) < rank)),
        ranks.map(lambda rank: Condition(f"rank in {rank}, 4", lambda task: one_of(nullable(task.rank), rank, 4))),
        ranks.map(lambda rank: Condition(f"weight > {rank}", lambda task: task.weight > rank)),
        ranks.map(lambda rank: Condition(f"weight to {rank}", lambda task: between(task.weight, 1, rank))),
        times.map(lambda at: Condition(f"due_at <= {at:%H}", lambda task: nullable(task.due_at) <= at)),
        times.map(lambda at: Condition(f"due_at > {at:%H}", lambda task: cast(datetime, task.due_at) > at)),
        titles.map(lambda title: Condition(f"title = {title}", lambda task: task.title == title)),
        titles.map(
            lambda title: Condition(
                f"open, title = {title}", lambda task: all_of(task.is_open, nullable(task.title) == title)
            )
        ),
    )


def _about_keys() -> st.SearchStrategy[Condition]:
    keys, homes = st.sampled_from(IDS), st.sampled_from(HOMES)
    few = st.lists(keys, min_size=1, max_size=3)
    return st.one_of(
        keys.map(lambda key: Condition(f"parent = {key.int}", lambda task: task.parent_id == key)),
        keys.map(lambda key: Condition(f"id > {key.int}", lambda task: task.id > key)),
        few.map(lambda ids: Condition(f"id in {[key.int for key in ids]}", lambda task: one_of(task.id, *ids))),
        homes.map(lambda home: Condition(f"of {home.int}", lambda task: task.organization_id == home)),
    )


def _joined(parts: list[Condition]) -> Condition:
    names = " or ".join(part.name for part in parts)
    return Condition(f"({names})", lambda task: any_of(*(part.of(task) for part in parts)))


def _negated(part: Condition) -> Condition:
    return Condition(f"not ({part.name})", lambda task: negate(part.of(task)))


plain = st.one_of(st.sampled_from(FIXED), _about_values(), _about_keys())
conditions = st.one_of(plain, plain, plain, st.lists(plain, min_size=1, max_size=3).map(_joined), plain.map(_negated))
ORDERS: list[tuple[tuple[str, bool], ...]] = [
    (),
    (("id", True),),
    (("rank", True),),
    (("rank", False), ("title", True)),
    (("rank", True), ("title", False), ("id", True)),
    (("weight", True), ("due_at", False)),
    (("weight", False),),
    (("due_at", False),),
    (("due_at", True), ("id", False)),
    (("title", True),),
    (("organization_id", False), ("rank", False)),
    (("created_at", True),),
]


def rows_of(home: OrganizationId) -> st.SearchStrategy[Task]:
    """Rows of which many are equal in a column."""
    return st.builds(
        Task,
        organization_id=st.just(home),
        id=st.sampled_from(IDS),
        created_at=st.just(NOON),
        kind=st.sampled_from(Kind),
        rank=st.sampled_from([None, 1, 2, 3]),
        weight=st.sampled_from([1, 2, 3]).map(BigInteger),
        title=st.sampled_from([None, *TITLES]),
        due_at=st.sampled_from([None, *HOURS]),
        parent_id=st.sampled_from([None, None, *IDS]),
        is_open=st.booleans(),
        is_hidden=st.booleans(),
    )


def questions(homes: list[OrganizationId]) -> st.SearchStrategy[Asked]:
    """Questions about the rows of these organizations."""
    begins = st.one_of(st.none(), st.sampled_from(homes).flatmap(rows_of))
    return st.builds(
        Asked,
        conditions=st.lists(conditions, max_size=3).map(tuple),
        order=st.sampled_from(ORDERS),
        limit=st.sampled_from([None, 1, 2, 5]),
        after=begins,
        include_deleted=st.booleans(),
    )
