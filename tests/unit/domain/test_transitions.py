"""Rules over a change: what they may speak of, and what they answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import (
    AppendOnly,
    Check,
    Entity,
    Index,
    OnDelete,
    Reference,
    Rule,
    Transition,
    any_of,
    nullable,
    previous,
    rules_of,
)
from gapless.kit.audit import AuditRecord, Erasure
from gapless.kit.errors import DeclarationError, QueryRefused
from gapless.kit.ids import UserId
from gapless.kit.model import Model
from gapless.kit.predicates import Previous, fields_of
from gapless.kit.python_compiler import is_false, is_false_of_change
from gapless.kit.queries import condition


@attrs.frozen(kw_only=True, slots=True)
class Meter(Entity):
    """Something that only counts up."""

    organization_id: OrganizationId
    id: UserId
    reading: int
    read_at: datetime | None = None
    version: int = 0


def growing(meter: Meter) -> Transition:
    """A meter runs forward, and begins below a hundred."""
    return Transition(
        "meters_forward", "It runs forward.", meter.reading >= previous(meter).reading, added=meter.reading < 100
    )


@rules_of(Meter, "meters", belongs_to=lambda meter: meter.organization_id)
def meter_rules(meter: Meter) -> Iterator[Rule]:
    """What holds for every meter."""
    yield growing(meter)


def a_meter(reading: int) -> Meter:
    """A meter that stands there."""
    return Meter(organization_id=OrganizationId(UUID(int=1)), id=UserId(UUID(int=2)), reading=reading)


def test_a_change_is_checked_by_both_rows() -> None:
    """The rule is false of a change exactly if it says so of the row before and the row after."""
    (rule,) = meter_rules.of_kind(Transition)
    refuses = is_false_of_change(rule.holds)
    assert [refuses(a_meter(5), a_meter(after)) for after in (4, 5, 6)] == [True, False, False]
    assert [is_false(rule.added)(a_meter(reading)) for reading in (99, 100)] == [False, True]
    assert [column.name for column in rule.columns] == ["reading"]


def test_a_change_from_or_to_null_is_not_compared() -> None:
    """Where the field is null, before or after, the comparison is unknown, and the change passes, as in SQL."""
    meter = meter_rules.symbolic()
    rule = Transition("a", "…", nullable(meter.read_at) >= nullable(previous(meter).read_at))
    refuses = is_false_of_change(rule.holds)
    early, late = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    times = (None, early, late)
    rows = {time: attrs.evolve(a_meter(1), read_at=time) for time in times}
    refused = [(before, after) for before in times for after in times if refuses(rows[before], rows[after])]
    assert refused == [(late, early)]


def test_the_constructor_knows_no_change() -> None:
    """A row by itself breaks no rule over a change: only a store knows what it was before."""
    assert a_meter(1000).reading == 1000


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (lambda meter: Transition("a", "…", meter.reading >= 0), "declare it as a Check"),
        (
            lambda meter: Transition("a", "…", meter.reading >= 0, added=previous(meter).reading > 0),
            "in a Transition only",
        ),
        (lambda meter: Check("a", "…", meter.reading >= previous(meter).reading), "in a Transition only"),
        (lambda meter: Index("a", "…", meter.reading, where=previous(meter).reading > 0), "in a Transition only"),
    ],
)
def test_a_previous_row_stands_in_a_transition_only(declare: object, words: str) -> None:
    """What a row was before is known where a change is checked, and nowhere else; and a null is not compared."""
    with pytest.raises(DeclarationError, match=words):
        declare(meter_rules.symbolic())  # type: ignore[operator]  # a case of the table above


def test_a_query_has_no_previous_row() -> None:
    """A query that speaks of what a row was before is refused."""
    with pytest.raises(QueryRefused, match="in a Transition only"):
        condition(meter_rules, lambda meter: previous(meter).reading > 1, include_deleted=False)


def test_a_previous_field_is_a_referenced_column() -> None:
    """A rule's columns are those it mentions, before or after, each once."""
    meter = meter_rules.symbolic()
    rule = Transition("a", "…", any_of(meter.reading > 3, previous(meter).version < 2))
    assert [column.name for column in rule.columns] == ["reading", "version"]
    assert fields_of(Previous(meter_rules.column("reading"))) == (meter_rules.column("reading"),)


@attrs.frozen(kw_only=True, slots=True)
class Line(Entity):
    """A line of a log."""

    organization_id: OrganizationId
    id: UserId
    text: str


def lines(archive: type | None, erased_by: type | None, *, with_parent: bool = True) -> Model[Line]:
    """The line with an archive; of a class of its own each time, since a class is declared once."""

    @attrs.frozen(kw_only=True, slots=True)
    class Fresh(Entity):
        """A line of a log."""

        organization_id: OrganizationId
        id: UserId
        reason: str

    @rules_of(Fresh, "lines", belongs_to=lambda line: line.organization_id)
    def rules(line: Fresh) -> Iterator[Rule]:
        home = Reference("lines_home", "…", line.organization_id, Organization, OnDelete.CASCADE)
        yield home
        through = home if with_parent else None
        yield AppendOnly("lines_append_only", "…", through, archive=archive, erased_by=erased_by)

    return rules  # type: ignore[return-value]  # a class of the same fields


@pytest.mark.parametrize(
    ("archive", "erased_by", "with_parent", "words"),
    [
        (Line, None, True, "put Line into the catalogue"),
        (None, Line, True, "put Line into the catalogue"),
        (AuditRecord, None, True, "does not have the fields"),
        (None, Erasure, False, "give the rule the `through`"),
    ],
)
def test_an_archive_fits_what_it_keeps(
    archive: type | None, erased_by: type | None, *, with_parent: bool, words: str
) -> None:
    """An archive is an entity of the catalogue with the same fields, for rows that go with their parent."""
    with pytest.raises(DeclarationError, match=words):
        GAPLESS + lines(archive, erased_by, with_parent=with_parent)


def test_an_append_only_table_without_a_parent() -> None:
    """Rows that no parent takes along are never removed; that needs no reference."""
    assert (GAPLESS + lines(None, None, with_parent=False)).models[-1].of_kind(AppendOnly)[0].through is None
