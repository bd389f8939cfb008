"""A column that a revision adds ahead of its last step is its own earlier attempt's, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import postgres
from gapless.kit import Catalogue, Check, Entity, OnDelete, Reference, Revisions, Rule, length, nullable, rules_of
from gapless.kit.errors import RevisionFailed
from tests.integration.postgres.revisions.packages import Package
from tests.integration.postgres.revisions.wards import Ward, ward_rules
from tests.properties import Portal

REFUSED = "column note of table beds is there already, and was not added by this revision"
ADDED = "SELECT note FROM wards.beds"
COMMENT = """
SELECT col_description(attrelid, attnum) FROM pg_attribute WHERE attname = 'note' AND attrelid = 'wards.beds'::regclass
"""


def beds(kind: Any = None, default: Any = None) -> Catalogue:  # noqa: ANN401  # whatever a field may have
    """Wards with beds, which have a note of some kind, or none."""
    fields: dict[str, Any] = {name: attrs.field(type=int) for name in ("ward", "id")}
    if kind is not None:
        fields["note"] = attrs.field(type=kind, default=default)
    fields["version"] = attrs.field(type=int, default=0)
    entity = attrs.make_class("Bed", fields, bases=(Entity,), frozen=True, kw_only=True, slots=True)

    def declared(bed: Any) -> Iterator[Rule]:  # noqa: ANN401  # of the fields
        yield Reference("beds_ward_fkey", "The ward is there.", bed.ward, Ward, OnDelete.CASCADE)
        if kind is not int and kind is not None:
            note = bed.note if kind is str else nullable(bed.note)
            yield Check("beds_note_length", "A note is short.", length(note) <= 100)

    return Catalogue((ward_rules, rules_of(entity, "beds", belongs_to=lambda bed: bed.ward)(declared)))


FORMS = {
    "another default": (beds(str, "first"), "first"),
    "another type": (beds(int, 5), 5),
    "may be null": (beds(str | None), None),
}
"""What a withdrawn revision has added, with what stands in its rows."""
NOW = beds(str, "second")


async def with_a_bed(engine: AsyncEngine, package: Package) -> None:
    """A database with a ward and a bed, which has no note."""
    package.write(beds())
    await postgres.migrate(engine, revisions=package.chain(beds()))
    async with engine.begin() as connection:
        await connection.execute(sa.text("INSERT INTO wards.wards VALUES (1, 1, true, 1)"))
        await connection.execute(sa.text("INSERT INTO wards.beds VALUES (1, 1, 1)"))


async def found(engine: AsyncEngine, query: str) -> object:
    """What a query gives."""
    async with engine.connect() as connection:
        return await connection.scalar(sa.text(query))


async def goes_through(engine: AsyncEngine, chain: Revisions) -> None:
    """An upgrade leads to what is declared, and leaves no mark."""
    await postgres.migrate(engine, revisions=chain)
    assert await postgres.differences(engine, revisions=chain) == ()
    assert (await found(engine, ADDED), await found(engine, COMMENT)) == ("second", None)


@pytest.mark.parametrize("form", FORMS)
def test_a_column_of_a_withdrawn_revision_is_told(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, form: str
) -> None:
    """Another revision under the same name does not go on with it: its rows would keep what the other one wrote."""
    withdrawn, value = FORMS[form]

    async def law() -> None:
        await with_a_bed(engine_of_wards, package)
        await package.interrupt(engine_of_wards, withdrawn)
        package.withdraw()
        package.write(NOW)
        with pytest.raises(RevisionFailed, match=REFUSED):
            await postgres.migrate(engine_of_wards, revisions=package.chain(NOW))
        assert await found(engine_of_wards, ADDED) == value
        async with engine_of_wards.begin() as connection:
            await connection.execute(sa.text("ALTER TABLE wards.beds DROP COLUMN note"))
        await goes_through(engine_of_wards, package.chain(NOW))

    portal(law())


def test_a_column_of_somebodys_own_is_told(portal: Portal, engine_of_wards: AsyncEngine, package: Package) -> None:
    """A column that others have added, which no comparison minds, is not taken for that of a new field."""

    async def law() -> None:
        await with_a_bed(engine_of_wards, package)
        async with engine_of_wards.begin() as connection:
            await connection.execute(sa.text("ALTER TABLE wards.beds ADD COLUMN note text DEFAULT 'own'"))
        package.write(NOW)
        with pytest.raises(RevisionFailed, match=REFUSED):
            await postgres.migrate(engine_of_wards, revisions=package.chain(NOW))
        assert await found(engine_of_wards, ADDED) == "own"

    portal(law())


def test_an_attempt_goes_on_with_its_own_columns(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package
) -> None:
    """The same revision finds the column that its earlier attempt has added, and completes it."""

    async def law() -> None:
        await with_a_bed(engine_of_wards, package)
        await package.interrupt(engine_of_wards, NOW)
        assert await found(engine_of_wards, ADDED) == "second"
        await goes_through(engine_of_wards, package.chain(NOW))

    portal(law())
