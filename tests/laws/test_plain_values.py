"""Faults in what brings values to plain ones are found by its laws; and the classes that people have are taken."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from asyncpg.pgproto import pgproto
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres import store as postgres
from gapless.adapters.postgres.connections.locking import Lock
from gapless.adapters.writing.openings import opening
from gapless.bootstrap import Parts, assembled
from gapless.domain.users import Role
from gapless.kit.audit import Actor
from gapless.kit.columns import Column, ColumnType, traits
from gapless.kit.columns import column as column_module
from gapless.kit.errors import GaplessError, RuleViolated
from gapless.kit.ids import RootId
from gapless.kit.plain import plain
from gapless.kit.ports import Store
from gapless.testing.laws import plain_values
from gapless.testing.laws.casting import OWN, OWN_TEAM
from gapless.testing.laws.catalogue import WORKSPACES
from gapless.testing.laws.files import Document, FolderId
from gapless.testing.laws.parts import Files
from gapless.testing.subclasses import LIE, Manner
from tests.properties import Portal
from tests.voice.hosted import HOSTED
from tests.voice.rows import a_user

Law = Callable[[Store], Coroutine[object, object, None]]
ACTOR = Actor.system("tests")


async def kept(store: Store) -> None:
    """The law about what is kept."""
    await plain_values.test_members_of_subclasses_are_kept_as_plain_ones(store, OWN_TEAM, Manner.QUIET)


async def asked(store: Store) -> None:
    """The law about what is asked, with an id whose text is a lie."""
    assert OWN.files is not None
    question = plain_values.QUESTIONS["id"]
    await plain_values.test_questions_take_values_of_subclasses(store, OWN_TEAM, OWN.files, Manner.LYING, question)


def subclasses_refused(patch: pytest.MonkeyPatch) -> None:
    """The exact type is asked for where one of a subclass is as good."""
    patch.setattr(column_module, "plain", lambda value: value)


def subclasses_kept(patch: pytest.MonkeyPatch) -> None:
    """A time of a subclass is taken as it is, where only the plain value is safe."""
    represents_as_it_is = Column.represents

    def represents(column: Column, value: object) -> bool:
        return (column.type is ColumnType.TIME and isinstance(value, datetime)) or represents_as_it_is(column, value)

    patch.setattr(column_module, "plain", lambda value: value if isinstance(value, datetime) else plain(value))
    patch.setattr(traits, "in_utc", lambda value: value)
    patch.setattr(Column, "represents", represents)


def id_by_its_own_text(patch: pytest.MonkeyPatch) -> None:
    """The lock is asked for by whatever an id says as text."""
    patch.setattr(postgres, "opening", lambda *asked: opening(*asked)._replace(root_id=asked[2]))
    patch.setattr(Lock, "of", lambda lock, given: f"{lock.before}'{given!s}'{lock.behind}")


@pytest.mark.parametrize(
    ("plant", "law", "found"),
    [
        (subclasses_refused, kept, RuleViolated),
        (subclasses_kept, kept, AssertionError),
        (id_by_its_own_text, asked, GaplessError),
    ],
)
def test_planted_faults_are_found(
    portal: Portal,
    engine: AsyncEngine,
    workspaces: str,
    plant: Callable[[pytest.MonkeyPatch], None],
    law: Law,
    found: type[Exception],
) -> None:
    """A law that holds is broken, by just what it looks at, when a fault is planted into one of the two stores."""
    stores = (MemoryStore(WORKSPACES), PostgresStore(engine, WORKSPACES, schema=workspaces))
    broken = []
    for store in stores:
        portal(law(store))
        with pytest.MonkeyPatch.context() as patch:
            plant(patch)
            try:
                portal(law(store))
            except found as error:
                broken.append(error)
    assert broken


class Frozen(type):
    """As freezegun's: every time is one of its class."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


class FakeDatetime(datetime, metaclass=Frozen):
    """As freezegun's."""


class Timestamp(datetime):
    """As that of pandas: it keeps more than a datetime, and has methods of its own."""

    nanosecond = 7

    def isoformat(self, *_: object, **__: object) -> str:
        """Something else."""
        return LIE

    def astimezone(self, *_: object) -> NoReturn:
        """None of its own."""
        raise NotImplementedError


class Later(datetime):
    """As that of pandas for a year that datetime does not have."""

    @property
    def year(self) -> int:
        """Another year than that of the slot."""
        return 12_000


class Position(str, enum.Enum):  # noqa: UP042  # as many people have it
    """As people wrote what is a StrEnum since."""

    OWNER = "OWNER"


class Title(enum.StrEnum):
    """A StrEnum."""

    OWNER = "OWNER"


AT = datetime(2026, 10, 25, 2, 30, 0, 7, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)


@pytest.mark.parametrize("kind", [FakeDatetime, Timestamp])
def test_times_of_libraries_are_the_instants_that_they_are(kind: type[datetime]) -> None:
    """A time of a subclass is taken to the microsecond, with its zone and its fold."""
    given = kind(2026, 10, 25, 2, 30, 0, 7, tzinfo=AT.tzinfo, fold=1)
    found = a_user(uuid4(), last_seen_at=given)
    plain_values.assert_plain(found)
    assert repr(found.last_seen_at) == repr(AT.astimezone(UTC))
    assert repr(plain(given)) == repr(AT)


def test_a_time_that_its_slots_can_not_hold_is_refused() -> None:
    """A time that reads as another one than it keeps is refused, and not taken for the other."""
    with pytest.raises(RuleViolated, match="reads as another time than it keeps"):
        a_user(uuid4(), last_seen_at=Later(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("role", [Position.OWNER, Title.OWNER, "OWNER"])
def test_members_of_other_enumerations_of_texts_are_texts(role: object) -> None:
    """A member of a StrEnum, or of an enumeration that is a text too, stands for the member with that text."""
    assert a_user(uuid4(), role=role, name=Title.OWNER).role is Role.OWNER


def test_ids_as_the_driver_reads_them_are_ids() -> None:
    """The class of the driver, which has no slots of UUID, is read as well."""
    drawn = uuid4()
    found = a_user(cast(UUID, pgproto.UUID(drawn.bytes)), deleted_by=pgproto.UUID(drawn.bytes))
    plain_values.assert_plain(found)
    assert (found.organization_id, found.deleted_by) == (drawn, drawn)


async def _created(now: datetime) -> tuple[Any, ...]:
    clock = type("Clock", (), {"now": lambda _: now})()
    app = assembled(MemoryStore(HOSTED), Parts(catalogue=HOSTED, clock=clock, retention=timedelta(days=2)))
    home = await app.organizations.create("Acme", f"acme-{uuid4().hex}", "a@acme.org", "Ann", actor=ACTOR)
    trail = await app.audit_trail.of_root(home.organization.id)
    return home.organization, home.owner, *trail.items


def test_nothing_is_changed_by_another_class_in_the_place_of_datetime(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While every module's name of datetime is another class, as under freezegun, rows hold plain times."""
    ours = [module for name, module in sys.modules.items() if name.startswith("gapless.")]
    timed = [module for module in ours if vars(module).get("datetime") is datetime]
    assert len(timed) > 10
    for module in timed:
        monkeypatch.setattr(module, "datetime", FakeDatetime)
    now = FakeDatetime(2026, 1, 1, tzinfo=UTC)
    for row in portal(_created(now)):
        plain_values.assert_plain(row)
        assert type(row.created_at) is datetime


@pytest.mark.parametrize("field", ["id", "created_at"])
def test_a_value_that_no_row_refuses_is_noticed(portal: Portal, field: str) -> None:
    """The law about wrong values tries nothing at all as well, in each field that a row must have."""

    class Forgiving(Files):
        """Makes a good document where one field has no value."""

        def a_document(self, home: RootId, folder_id: FolderId, **values: object) -> Document:
            return super().a_document(home, folder_id, **({} if values.get(field, 5) is None else values))

    assert OWN.files is not None
    files = Forgiving(folder=OWN.files.folder, document=OWN.files.document, stamp=OWN.files.stamp)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        portal(plain_values.test_any_object_is_no_value(MemoryStore(WORKSPACES), OWN_TEAM, files, lambda: None))
