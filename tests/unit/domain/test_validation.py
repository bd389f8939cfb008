from __future__ import annotations

import enum
import types
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from gapless.domain.organizations import Organization
from gapless.domain.users import Language, Role, User
from gapless.kit import Check, DataType, EnumMember, Required, model_of, violations
from gapless.kit.audit import AuditRecord
from gapless.kit.columns import EARLIEST, LATEST
from gapless.kit.errors import RuleViolated, UnknownField
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.kit.validation import compile_validator, compile_violation_finder
from tests.properties import SEARCH, bounded
from tests.unit.domain.samples import AUDIT_RECORD, NOON, ORGANIZATION, ROW, USER, Colour, Sample, representable

BERLIN = ZoneInfo("Europe/Berlin")
Case: TypeAlias = tuple[type[Validated], dict[str, Any]]
ENTITIES: list[Case] = [
    (Sample, ROW),
    (User, USER),
    (Organization, ORGANIZATION),
    (AuditRecord, AUDIT_RECORD),
]


class Text(str):  # noqa: SLOT000  # somebody's own
    """A text that is none of the plain ones."""


class Number(enum.IntEnum):
    """A number that is none of the plain ones."""

    ONE = 1


class Time(datetime):
    """A time that is none of the plain ones."""


class Broken(tzinfo):
    """A zone whose author has not finished it."""

    def utcoffset(self, _: datetime | None) -> timedelta:
        """Nothing that could be an offset."""
        return "soon"  # type: ignore[return-value]  # the fault itself

    def dst(self, _: datetime | None) -> None:
        """Nothing."""

    def tzname(self, _: datetime | None) -> None:
        """Nothing."""


class Unfinished(Broken):
    """A zone whose author has not begun."""

    def utcoffset(self, _: datetime | None) -> timedelta:
        """Nothing, as tzinfo itself."""
        raise NotImplementedError


JUNK: list[object] = [
    None,
    *(True, 0, 1, -1, 2**31, -(2**63) - 1, 10**400, 5.0, float("nan"), float("inf"), 1j, Decimal(5), Fraction(1, 2)),
    *("", "a", "OWNER", "r", "x" * 600, "a\0b", "\ud800", Text("abc"), b"abc", bytearray(b"abc")),
    *(
        NOON,
        NOON.replace(tzinfo=None),
        NOON.replace(tzinfo=Unfinished()),
        NOON.replace(tzinfo=Broken()),
        date(2026, 1, 1),
    ),
    *(
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=BERLIN),
        Time(2026, 1, 1, tzinfo=UTC),
        timedelta(1),
    ),
    *(Role.OWNER, Role, Language.ENGLISH, Colour.RED, Number.ONE, UUID(int=5), str(UUID(int=5)), object(), len, ...),
    *([], (), set(), [None], {"a": float("nan")}, {1: 2}, {"a": object()}, {"a": {"b": 1}}, JsonObject({"b": 2})),
    *(types.MappingProxyType({"a": 1}), types.MappingProxyType({None: 1}), NotImplemented, range(3)),
]


def changes_of(entity: type[Validated]) -> st.SearchStrategy[list[tuple[str, object]]]:
    """Some fields, and for each a representable value or anything at all."""
    junk = st.integers(0, len(JUNK) - 1).map(JUNK.__getitem__)
    columns = model_of(entity).columns
    changes = [st.tuples(st.just(column.name), representable(column) | junk) for column in columns]
    return st.lists(st.integers(0, len(columns) - 1).flatmap(changes.__getitem__), max_size=6)


CHANGES = [changes_of(entity) for entity, _ in ENTITIES]


def cases() -> st.SearchStrategy[Case]:
    """An entity, and values for its fields: valid ones, but for a few."""
    return st.integers(0, len(ENTITIES) - 1).flatmap(
        lambda place: CHANGES[place].map(lambda changes: (ENTITIES[place][0], ENTITIES[place][1] | dict(changes)))
    )


def outcome(make: Callable[[], object]) -> dict[str, Any] | None:
    """What the constructor says: nothing, or the error as an API would return it."""
    try:
        make()
    except RuleViolated as error:
        return error.to_dict()
    return None


@bounded(200)
@given(cases())
def test_validator_names_the_first_violation(case: Case) -> None:
    """Whatever is passed for whatever field, the constructor raises the first of `violations` and nothing else."""
    entity, values = case
    found = violations(entity, values)
    assert outcome(partial(entity, **values)) == (found[0].to_dict() if found else None)


@pytest.mark.parametrize(("entity", "valid"), ENTITIES)
def test_every_field_takes_any_junk(entity: type[Validated], valid: dict[str, Any]) -> None:
    """Each single piece of junk in each single field is kept or refused by a rule of that field."""
    for column in model_of(entity).columns:
        for junk in JUNK:
            refused = outcome(partial(entity, **valid | {column.name: junk}))
            assert refused is None or column.name in refused["fields"]


@given(cases())
def test_violations_come_in_the_order_of_postgresql(case: Case) -> None:
    """First what can't be stored, then what is missing, both by column; then the checks by name."""
    entity, values = case
    model = model_of(entity)
    ranks: dict[str, tuple[object, ...]] = {}
    for rule in model.rules:
        place = model.columns.index(rule.columns[0]) if rule.columns else 0
        if isinstance(rule, (DataType, Required)):
            ranks[rule.name] = (isinstance(rule, Required), place)
        elif isinstance(rule, (Check, EnumMember)):
            ranks[rule.name] = (2, rule.name)
    found = [error.rule for error in violations(entity, values)]
    assert found == sorted(found, key=lambda name: ranks[name])
    assert len(found) == len(set(found))


def test_validator_that_forgets_a_rule_is_caught() -> None:
    """Planted: a check compiled without one check lets a row pass in which `violations` finds something."""
    model = model_of(Sample)
    fewer = tuple(rule for rule in model.rules if rule.name != "samples_o_least")
    lenient = compile_validator(Sample, model.columns, fewer, compile_violation_finder(fewer), model.violated)

    def passes(values: dict[str, object]) -> bool:
        row = model.construct_unvalidated(values)
        return outcome(lambda: lenient(row)) is None and violations(Sample, values) != ()

    rows = st.fixed_dictionaries({column.name: representable(column) for column in model.columns})
    find(rows, passes, settings=SEARCH)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("at", datetime(2026, 1, 1), "samples_at_storable"),  # noqa: DTZ001  # the mistake itself
        ("at", date(2026, 1, 1), "samples_at_storable"),
        ("at", EARLIEST - timedelta(microseconds=1), "samples_at_storable"),
        ("at", LATEST + timedelta(microseconds=1), "samples_at_storable"),
        ("at", datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))), "samples_at_storable"),
        ("at", NOON.replace(tzinfo=Broken()), "samples_at_storable"),
        ("at", "2026-01-01T00:00:00Z", "samples_at_storable"),
        ("at", None, "samples_at_required"),
        ("o", True, "samples_o_storable"),
        ("o", 5.0, "samples_o_storable"),
        ("o", 2**31, "samples_o_storable"),
        ("o_or_none", -(2**31) - 1, "samples_o_or_none_storable"),
        ("o", None, "samples_o_required"),
        ("o", 0, "samples_o_positive"),
        ("o_or_none", 0, "samples_o_least"),
        ("c0", 2**63, "samples_c0_storable"),
        ("c0", -(2**63) - 1, "samples_c0_storable"),
        ("active", 1, "samples_active_storable"),
        ("text", b"abc", "samples_text_storable"),
        ("text", "a\0c", "samples_text_storable"),
        ("text", "a\ud800c", "samples_text_storable"),
        ("text", "é\0c", "samples_text_storable"),
        ("text", None, "samples_text_required"),
        ("text", "a", "samples_text_length"),
        ("text", "abcdef", "samples_text_length"),
        ("text_or_none", "a b", "samples_text_form"),
        ("colour", "x", "samples_colour_known"),
        ("colour", "GREEN", "samples_colour_known"),
        ("colour", Role.OWNER, "samples_colour_storable"),
        ("colour", "\0", "samples_colour_storable"),
        ("colour", 1, "samples_colour_storable"),
        ("colour", "r", "a_colour_not_red"),
        ("document", {"a": float("nan")}, "samples_document_storable"),
        ("document", {1: 1}, "samples_document_storable"),
        ("document", [1], "samples_document_storable"),
        ("document", None, "samples_document_required"),
        ("other", str(UUID(int=1)), "samples_other_storable"),
        ("other", 1, "samples_other_storable"),
    ],
)
def test_refusals(field: str, value: object, rule: str) -> None:
    """A value that PostgreSQL would refuse, change or misread is refused under the name of the rule that says so."""
    with pytest.raises(RuleViolated) as caught:
        Sample(**ROW | {field: value})
    assert (caught.value.rule, caught.value.entity, field in caught.value.fields) == (rule, "Sample", True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", EARLIEST),
        ("at", LATEST),
        ("o", 2**31 - 1),
        ("o_or_none", None),
        ("c0", 2**63 - 1),
        ("c0", -(2**63)),
        ("text", "é😀"),
        ("text", "e\u0301e\u0301a"),
        ("document", JsonObject({})),
        ("colour_or_none", None),
    ],
)
def test_ends_of_the_ranges_are_kept(field: str, value: object) -> None:
    """What a column can just hold stays as it is."""
    assert getattr(Sample(**ROW | {field: value}), field) == value


def test_values_take_their_normal_form() -> None:
    """Times become UTC, texts of an enumeration their member, dicts a JsonObject: equal data is equal everywhere."""
    second_fold = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1)
    sample = Sample(**ROW | {"at": second_fold, "colour": "g", "document": {"b": [1], "a": 1.0}})
    assert (sample.at, sample.at.tzinfo, sample.at.fold) == (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), UTC, 0)
    assert Sample(**ROW | {"at": second_fold.replace(fold=0)}).at == sample.at - timedelta(hours=1)
    assert sample.colour is Colour.GREEN
    assert type(sample.document) is JsonObject
    assert attrs.evolve(sample, at=NOON, colour=Colour.GREEN, document=ROW["document"]) == Sample(**ROW)


@given(
    st.datetimes(EARLIEST.replace(tzinfo=None, day=4), LATEST.replace(tzinfo=None, day=28), timezones=st.timezones())
)
def test_time_is_kept_as_its_instant(at: datetime) -> None:
    """A time of any zone is the same instant afterwards, to the microsecond, and its offset is zero."""
    kept = Sample(**ROW | {"at": at}).at
    assert (kept - at.astimezone(UTC), kept.utcoffset(), kept.tzinfo) == (timedelta(0), timedelta(0), UTC)


def test_dict_that_is_passed_in_may_change() -> None:
    """An entity holds its own copy of a document."""
    document = {"a": [1]}
    sample = Sample(**ROW | {"document": document})
    document["a"].append(2)
    assert sample.document == JsonObject({"a": [1]})


@pytest.mark.parametrize(("entity", "valid"), ENTITIES)
def test_rebuilt_row_is_equal(entity: type[Validated], valid: dict[str, Any]) -> None:
    """A row made of its values without checking, and one with replaced values, are what the constructor makes."""
    model = model_of(entity)
    made = entity(**valid)
    assert model.construct(model.values(made)) == made
    assert model.construct_unvalidated(model.values_by_column(made)) == made
    assert model.evolved(made, {}) is made
    assert model.difference(made, made) == {}


def test_difference_and_replacement_are_inverse() -> None:
    """The difference of two rows, put into the first, makes the second."""
    model, before = model_of(Sample), Sample(**ROW)
    after = attrs.evolve(before, text="xyz", o_or_none=7)
    assert model.difference(before, after) == {"text": "xyz", "o_or_none": 7}
    assert model.evolved(before, model.difference(before, after)) == after


def test_violations_take_defaults_and_refuse_unknown_fields() -> None:
    """A value that is left out is its default or missing; one that no field takes is an error."""
    required = {"samples_organization_id_required", "samples_id_required", "samples_text_required"}
    assert required < {error.rule for error in violations(Sample, {})}
    assert violations(Sample, ROW) == ()
    with pytest.raises(UnknownField) as caught:
        violations(Sample, ROW | {"nothing": 1})
    assert (caught.value.entity, caught.value.field) == ("Sample", "nothing")


def test_error_is_the_same_for_whoever_noticed() -> None:
    """The error names the rule, its source, the entity, the fields and two sentences, and never the text."""
    with pytest.raises(RuleViolated) as caught:
        User(**USER | {"name": "\N{SNOWMAN}"})
    assert caught.value.to_dict() == {
        "code": "rule_violated",
        "message": "A name has 2 to 100 characters.",
        "rule": "check_name_length",
        "source": "GAP-173",
        "entity": "User",
        "fields": ["name"],
        "detail": "Name has 1 character, at least 2.",
    }
    assert "\N{SNOWMAN}" not in str(caught.value)
