"""Which statistics a reference brings, and what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import attrs
import pytest

from gapless.adapters.postgres.schema.creation import fingerprinted
from gapless.adapters.postgres.sql.objects import DatabaseStatistics
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User
from gapless.kit import Entity, OnDelete, Reference, Rule, model_of, rules_of
from gapless.kit.columns import Column, ColumnType
from gapless.kit.names import GREATEST_IDENTIFIER
from gapless.kit.object_names import MOST_TOGETHER, statistics_name
from gapless.kit.predicates import Field

COLUMNS = tuple(Field(Column(f"column_{name}", ColumnType.INTEGER, nullable=False)) for name in "abcdefghi")
NAMES = [field.column.name for field in COLUMNS]


@attrs.frozen(kw_only=True, slots=True)
class Parcel(Entity):
    """A row whose columns stand in another order than in its references."""

    sender_id: UUID
    organization_id: OrganizationId
    id: UUID


@rules_of(Parcel, "parcels", belongs_to=lambda parcel: parcel.organization_id)
def parcel_rules(parcel: Parcel) -> Iterator[Rule]:
    """A parcel belongs to an organization, and a user has sent it."""
    yield Reference("parcels_home", "A home.", parcel.organization_id, Organization, OnDelete.CASCADE)
    yield Reference("sender", "A user.", (parcel.organization_id, parcel.sender_id), User, OnDelete.CASCADE)


def reference(name: str, number: int) -> Reference:
    """A reference of so many columns."""
    return Reference(name, "It is there.", COLUMNS[:number], User, OnDelete.CASCADE)


def test_a_reference_of_several_columns_brings_statistics() -> None:
    """They are over its columns, in the order of the table; a reference of one column brings none."""
    catalogue = GAPLESS + model_of(Parcel)
    objects = [found for found, _ in fingerprinted(catalogue, "gapless")]
    (found,) = (item for item in objects if isinstance(item, DatabaseStatistics) and item.table == "parcels")
    assert (found.name, found.columns, found.rules) == ("parcels_sender", ("sender_id", "organization_id"), ())
    (create,) = found.statements
    assert create == (
        "CREATE STATISTICS gapless.parcels_sender (ndistinct, dependencies)\n"
        "ON sender_id, organization_id FROM gapless.parcels"
    )


@pytest.mark.parametrize(
    ("table", "name", "number", "called"),
    [
        ("users", "users_home_fkey", 2, "users_home_fkey"),
        ("users", "home", 2, "users_home"),
        ("users", "usershome", 2, "users_usershome"),
        ("users", "home", 1, ""),
        ("users", "home", MOST_TOGETHER, "users_home"),
        ("users", "home", MOST_TOGETHER + 1, ""),
    ],
)
def test_statistics_are_called_as_their_reference(table: str, name: str, number: int, called: str) -> None:
    """The name of the table stands in front once; of one column, or of more than the server takes, there are none."""
    assert statistics_name(table, reference(name, number), NAMES[:number]) == called


def test_long_names_stay_different() -> None:
    """A name that the server would cut is shortened, and still is another one for each table and rule."""
    rules = [reference(f"{'b' * 49}{rule}", 2) for rule in "xy"]
    names = [statistics_name("a" * 30 + table, rule, NAMES[:2]) for table in "xy" for rule in rules]
    assert len(set(names)) == len(names)
    assert {len(name) for name in names} == {GREATEST_IDENTIFIER}
    assert not any(name.rpartition("_")[2].isdigit() for name in names)


def test_a_long_name_is_what_it_was() -> None:
    """A database keeps the names that it was made with, so that of a long one never changes."""
    (name,) = {statistics_name("a" * 30, reference("b" * 49, 2), NAMES[:2]) for _ in range(2)}
    assert name == f"{'a' * 30}_{'b' * 22}_x20c2069c"
