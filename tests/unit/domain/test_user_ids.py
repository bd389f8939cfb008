"""Of which type the ids of users are: what a catalogue says, what it takes over, and what no audit trail could keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import User
from gapless.kit import AUDIT_TRAIL, OUTBOX, Catalogue, Check, Entity, Model, Rule, length, rules_of
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord
from gapless.kit.columns import BigInteger, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import DeletionId, RootId
from gapless.kit.misfits import misfit
from gapless.kit.model import Validated
from gapless.kit.user_ids import Users
from tests.clinics.networks import City, clinic_rules, country_rules
from tests.unit.domain.things import ROOTS, Yields, none

CLINICS = (country_rules, clinic_rules)


def a_person(key: tuple[str, ...], rules: Yields = none, **fields: object) -> type[Validated]:
    """The entity of users whose rows are found by these fields."""
    given = {name: attrs.field(type=kind) for name, kind in {**fields, "version": int}.items()}  # type: ignore[call-overload]  # any annotation
    entity = attrs.make_class("Person", given, bases=(Entity,), frozen=True, kw_only=True, slots=True)
    rules_of(entity, "persons", shared=True, key=key)(rules)
    return cast("type[Validated]", entity)


def at_most(greatest: int) -> Yields:
    """The bound of an id; an audit record holds one of 200 characters."""

    def rules(person: Validated) -> Iterator[Rule]:
        login = cast(str, getattr(person, "login"))  # noqa: B009  # a field of any entity
        yield Check("persons_login_length", "It is short.", length(login) <= greatest)

    return rules


def deletable(by: object) -> Model[Validated]:
    """A root that says by such an id who has deleted it."""
    fields = {
        "id": int,
        "is_deleted": bool,
        "deleted_at": datetime | None,
        "deleted_by": by,
        "deletion_id": DeletionId | None,
        "version": int,
    }
    given = {name: attrs.field(type=kind) for name, kind in fields.items()}  # type: ignore[call-overload]  # any annotation
    entity = attrs.make_class("Thing", given, bases=(Entity,), frozen=True, kw_only=True, slots=True)
    model: Model[Validated] = rules_of(entity, "things", root=True)(none)
    return model


TYPES: dict[str, tuple[Callable[[], object], ColumnType]] = {
    "nobody says anything": (lambda: None, ColumnType.UUID),
    "a UUID": (lambda: UUID, ColumnType.UUID),
    "a number": (lambda: int, ColumnType.INTEGER),
    "a big number": (lambda: BigInteger, ColumnType.BIG_INTEGER),
    "a text": (lambda: str, ColumnType.TEXT),
    "users of a root": (lambda: User, ColumnType.UUID),
    "users with numbers": (lambda: a_person(("number",), number=int), ColumnType.INTEGER),
    "users with big numbers": (lambda: a_person(("number",), number=BigInteger), ColumnType.BIG_INTEGER),
    "users with names": (lambda: a_person(("login",), at_most(200), login=str), ColumnType.TEXT),
}
NO_TYPE = "users= is the entity of the users, or the type of their ids: UUID, int, BigInteger or str; not"
REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "a truth": (lambda: Catalogue(CLINICS, users=bool), f"{NO_TYPE} bool"),
    "a time": (lambda: Catalogue(CLINICS, users=cast(Users, datetime)), f"{NO_TYPE} datetime"),
    "an id": (lambda: Catalogue(CLINICS, users=cast(Users, 7)), f"{NO_TYPE} an int"),
    "a list of types": (lambda: Catalogue(CLINICS, users=cast(Users, [int])), f"{NO_TYPE} a list"),
    "a model": (lambda: Catalogue(CLINICS, users=cast(Users, country_rules)), f"{NO_TYPE} a Model"),
    "the key of some root": (lambda: Catalogue(CLINICS, users=cast(Users, RootId)), NO_TYPE),
    "users with two names": (
        lambda: Catalogue(CLINICS, users=City),
        r"City is the entity of the users, and its rows are found by \(country, name\); a user is named by one UUID",
    ),
    "users who are times": (
        lambda: Catalogue(CLINICS, users=a_person(("born",), born=datetime)),
        r"Person is the entity of the users, and its rows are found by \(born\); a user is named by one UUID",
    ),
    "users with long names": (
        lambda: Catalogue(CLINICS, users=a_person(("login",), at_most(201), login=str)),
        "Person.login is the id of a user, .* bound it by a Check to at most 200 characters",
    ),
    "users of a trail that is there": (
        lambda: GAPLESS + Catalogue((), users=int),
        "The ids of users are an integer by users=, and a uuid in the audit trail that the catalogue has already: say",
    ),
    "users who are said twice": (
        lambda: Catalogue(CLINICS, users=int) + Catalogue((), users=str),
        "Two catalogues say by users= who their users are: say it in one of them",
    ),
    "a deletion by an id of another type": (
        lambda: Catalogue((deletable(int | None),)),
        "Thing.deleted_by: soft deletion needs a uuid that may be null .* or say in the catalogue by users=",
    ),
    "a deletion by nothing that is an id": (
        lambda: Catalogue((deletable(bool | None),), users=int),
        "Thing.deleted_by: soft deletion needs an integer that may be null .* or rename the field.$",
    ),
    "a deletion by a number, and users that are texts": (
        lambda: Catalogue((deletable(int | None),), users=str),
        "Thing.deleted_by: soft deletion needs a text that may be null",
    ),
}


@pytest.mark.parametrize("name", TYPES)
def test_records_name_users_by_what_the_catalogue_says(name: str) -> None:
    """The column of the trail and that of its archive have the type of the users' ids, whoever adds the trail."""
    make, kind = TYPES[name]
    users = cast("Users | None", make())
    for catalogue in (
        Catalogue(CLINICS, users=users) + AUDIT_TRAIL,
        AUDIT_TRAIL + Catalogue(CLINICS, users=users),
        Catalogue((*CLINICS, *AUDIT_TRAIL.models), users=users) + OUTBOX,
        Catalogue((Catalogue(CLINICS) + OUTBOX).models, users=users) + AUDIT_TRAIL,  # no event names a user
    ):
        again = Catalogue(catalogue.models)
        assert [each.user_type for each in (catalogue, catalogue + ROOTS.models[2], again)] == [kind] * 3
        for entity in (AuditRecord, ArchivedAuditRecord):
            column = catalogue.model(entity).column("user_id")
            assert (column.type, column.nullable) == (kind, True)
            bounded = f"{catalogue.model(entity).table}_user_id_length" in {
                rule.name for rule in catalogue.model(entity).rules
            }
            assert bounded is (kind is ColumnType.TEXT)


@pytest.mark.parametrize("name", REFUSED)
def test_what_names_no_user_is_refused(name: str) -> None:
    """What no audit record could keep as the id of a user is refused where the catalogue is made, with what to say."""
    make, message = REFUSED[name]
    with pytest.raises(DeclarationError, match=message):
        make()


def test_a_deletion_is_by_a_user() -> None:
    """A row that can be soft-deleted names who did it by an id of the users' type."""
    for kind in (UUID, int, BigInteger, str):
        assert Catalogue((deletable(kind | None),), users=cast(Users, kind)).models


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "is True, not a uuid.UUID, a whole number or a text"),
        (2**63, "is 9223372036854775808, at most 9223372036854775807"),
        ("x" * 201, "has 201 characters, at most 200"),
        ("\0", "holds a NUL at 0"),
    ],
)
def test_what_is_no_key_is_told(value: object, said: str) -> None:
    """An id that no catalogue could have is refused by the entity, which says why."""
    column = next(column for column in GAPLESS.trail.columns if column.name == "user_id")
    assert misfit(attrs.evolve(column, type=ColumnType.KEY), value) == said


def test_a_good_value_of_another_type_is_told_as_such() -> None:
    """A UUID and a time that are as they should be are not what a number is, and that is said of them."""
    column = attrs.evolve(GAPLESS.trail.column("user_id"), type=ColumnType.INTEGER)
    assert misfit(column, UUID(int=1)) == "is a UUID, not a whole number"
    assert misfit(column, datetime(2026, 1, 1)) == "is a datetime, not a whole number"  # noqa: DTZ001  # of any kind
