from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.organizations import Organization
from gapless.domain.users import Language, Role, User
from gapless.kit import AuditedEntity, model_of
from gapless.kit.audit import Actor, ActorKind, AuditRecord, as_json, changed_fields
from gapless.kit.columns import EARLIEST
from gapless.kit.ids import UserId
from gapless.kit.json_object import JsonObject
from tests.unit.domain.samples import AUDIT_RECORD, NOON, ORGANIZATION, USER

ANN = User(**USER)
CHANGES: dict[str, list[Any]] = {
    "name": ["Ann", "Bob"],
    "role": [Role.OWNER, Role.ADMIN],
    "language": list(Language),
    "is_active": [True, False],
    "last_seen_at": [None, NOON, NOON + timedelta(microseconds=1)],
    "deleted_by": [None, UserId(UUID(int=7))],
    "version": [1, 2],
}
USERS = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CHANGES.items()}).map(
    lambda changes: attrs.evolve(ANN, **changes)
)


@given(USERS, USERS)
def test_changed_fields_of_a_change(before: User, after: User) -> None:
    """Both images hold exactly the fields that differ, but the version, as JSON."""
    differing = {name for name in CHANGES if name != "version" and getattr(before, name) != getattr(after, name)}
    old, new = changed_fields(before, after)
    assert old is not None
    assert new is not None
    for image, user in ((old, before), (new, after)):
        assert image.to_dict() == {name: as_json(getattr(user, name)) for name in differing}


@given(USERS)
def test_changed_fields_of_an_addition_and_a_removal(user: User) -> None:
    """One image holds all but the version, and of what is removed nothing personal; the other is missing."""
    names = {column.name for column in model_of(User).columns} - {"version"}
    kept = names - {"email", "name", "deactivation_reason"}
    added, removed = changed_fields(None, user), changed_fields(user, None)
    assert (added[0], removed[1]) == (None, None)
    assert added[1] is not None
    assert removed[0] is not None
    assert (set(added[1]), set(removed[0])) == (names, kept)
    assert removed[0].to_dict() == {name: value for name, value in added[1].items() if name in kept}
    assert changed_fields(None, None) == (None, None)


def test_values_are_written_as_json() -> None:
    """Ids and members are texts, times ISO 8601 with their offset, integers numbers within 2^53 and texts beyond."""
    document = JsonObject({"a": [1]})
    assert [as_json(value) for value in (None, True, 5, "x", UUID(int=1), Role.OWNER, NOON, document)] == [
        None,
        True,
        5,
        "x",
        "00000000-0000-0000-0000-000000000001",
        "OWNER",
        "2026-03-04T12:00:00+00:00",
        {"a": [1]},
    ]
    assert as_json(NOON.astimezone(timezone(timedelta(hours=5)))) == "2026-03-04T17:00:00+05:00"
    assert [as_json(number) for number in (2**53 - 1, 2**53, -(2**53))] == [2**53 - 1, str(2**53), str(-(2**53))]
    with pytest.raises(TypeError):
        as_json(1.5)


@pytest.mark.parametrize("row", [ANN, Organization(**ORGANIZATION)])
def test_every_column_can_be_written(row: AuditedEntity) -> None:
    """Whatever a row holds, its image is a JSON object."""
    image = changed_fields(None, row)[1]
    assert image is not None
    assert len(image) >= 8


def test_actors() -> None:
    """A user acts from somewhere, a job has a name."""
    user = Actor.user(UserId(UUID(int=1)), ip_address="::1", user_agent="x")
    assert (user.user_id, user.job, user.ip_address, user.user_agent) == (UUID(int=1), None, "::1", "x")
    assert Actor.system("purge") == Actor(None, "purge", None, None)
    assert [kind.value for kind in ActorKind] == ["user", "system"]


def test_record_keeps_documents() -> None:
    """The images of an audit record are documents, also if they came as dicts."""
    audit = AuditRecord(**AUDIT_RECORD | {"before": {"name": "Ann"}, "metadata": {}})
    assert (audit.before, audit.after, audit.metadata) == (JsonObject({"name": "Ann"}), None, JsonObject({}))


def test_a_record_that_no_store_has_taken() -> None:
    """It has the number 0, which is before the first one, and a time before any at which a store was asked."""
    audit = AuditRecord(**AUDIT_RECORD)
    assert (audit.number, audit.recorded_at) == (0, EARLIEST)
