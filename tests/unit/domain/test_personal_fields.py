"""What holds values of a person: it is declared on the field, and neither repr nor an error shows it."""

import enum
from collections.abc import Iterator
from typing import cast
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.calls import Call, Caller
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import User
from gapless.domain.values import E164, EmailAddress
from gapless.kit import (
    Check,
    Entity,
    Model,
    Rule,
    impersonal,
    length,
    model_of,
    personal,
    rules_of,
    violations,
)
from gapless.kit.audit import Actor
from gapless.kit.columns import ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import UserId
from gapless.kit.model import Validated
from gapless.kit.personal_fields import is_personal
from gapless.testing.strategies import rows
from tests.properties import bounded


class Blood(enum.Enum):
    """A group of blood."""

    A = "a"
    B = "b"


@attrs.frozen(kw_only=True, slots=True)
class Patient(Entity):
    """A person of a host's."""

    organization_id: OrganizationId
    id: UserId
    email: EmailAddress = personal()
    phone: E164 | None = personal(default=None)
    age: int = personal(default=30)
    blood: Blood = personal(default=Blood.A)
    ward: str = impersonal(default="1")
    nickname: str | None = None


@rules_of(Patient, "patients", belongs_to=lambda patient: patient.organization_id)
def patient_rules(patient: Patient) -> Iterator[Rule]:
    """What holds for every patient."""
    yield Check("patients_email_length", "An address has at most 20 characters.", length(patient.email) <= 20)
    yield Check("patients_age_possible", "A patient is 150 years old at most.", patient.age <= 150)


ID = UUID(int=77)
FREE = (ColumnType.TEXT, ColumnType.JSON)
"""The types of columns that can hold whatever is known of a person."""


def unsaid(entity: type[Validated]) -> list[str]:
    """The fields that could hold values of a person, and of which nobody has said whether they do."""
    types = {column.name: column.type for column in model_of(entity).columns}
    fields = attrs.fields(cast("type[attrs.AttrsInstance]", entity))
    return [field.name for field in fields if types[field.name] in FREE and is_personal(field) is None]


@pytest.mark.parametrize("model", GAPLESS.models, ids=lambda model: model.name)
def test_each_text_says_whether_it_is_personal(model: Model[Validated]) -> None:
    """Of each field that holds a text or a document it is said whether it holds values of a person."""
    assert unsaid(model.entity) == []


def test_a_forgotten_text_is_found() -> None:
    """A text of which nothing is said is found; a number is not asked."""
    assert unsaid(Patient) == ["nickname"]


@pytest.mark.parametrize("model", GAPLESS.models, ids=lambda model: model.name)
@bounded(10)
@given(data=st.data())
def test_repr_shows_no_personal_value(model: Model[Validated], data: st.DataObject) -> None:
    """Two rows that differ in nothing but values of persons have the same repr."""
    row, other = data.draw(rows(model)), data.draw(rows(model))
    personal_values = {column.name: other[column.name] for column in model.columns if column.personal}
    assert repr(model.construct_unvalidated(row)) == repr(model.construct_unvalidated({**row, **personal_values}))


def test_what_comes_with_a_use_case_shows_none_either() -> None:
    """Neither who acts nor who calls shows in a repr from where, or by which number."""
    actor = Actor.user(UserId(ID), ip_address="192.0.2.7", user_agent="Mosaic")
    caller = Caller.of("+998901234567")
    assert not any(value in f"{actor}{caller}" for value in ("192.0.2.7", "Mosaic", "998901234567"))


def test_columns_of_addresses_and_callers() -> None:
    """The addresses, names and numbers of persons are what their columns say."""
    assert {column.name for column in model_of(User).columns if column.personal} == {
        "email",
        "name",
        "deactivation_reason",
    }
    assert {column.name for column in model_of(Call).columns if column.personal} == {"caller_number", "caller_text"}


MISSHAPEN: dict[str, object] = {
    "email": "ann.of.arendelle@example.com",
    "phone": "+99890\x001234567",
    "age": 7_654_321,
    "blood": "blue-blooded",
}


@pytest.mark.parametrize("wrong", [*MISSHAPEN.items(), ("age", 7_654_321_987)], ids=str)
def test_errors_repeat_no_personal_value(wrong: tuple[str, object]) -> None:
    """What is wrong with a value of a person is said without the value."""
    name, value = wrong
    given = {"organization_id": ID, "id": ID, "email": "a@b.org", name: value}
    (error,) = violations(Patient, given)
    assert name in error.fields
    shown = "".join([str(error), repr(error), str(error.to_dict())])
    assert not any(part in shown for part in ("arendelle", "1234567", "7654321", "blue"))


def test_a_key_is_not_personal() -> None:
    """A field of the key stands in errors and in the trail, so it is refused as a personal one."""

    @attrs.frozen(kw_only=True, slots=True)
    class Guest(Entity):
        organization_id: OrganizationId
        email: EmailAddress = personal()

    with pytest.raises(DeclarationError, match="no field of it may be personal"):
        rules_of(Guest, "guests", belongs_to=lambda row: row.organization_id, key=("organization_id", "email"))(
            lambda _: ()
        )
