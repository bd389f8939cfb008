"""Who can play a part of the laws: what is declared says so, and whoever can't is refused in words."""

from __future__ import annotations

from typing import cast

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.users import Role
from gapless.kit import Catalogue
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.testing.fixtures import Fixture
from gapless.testing.laws.bookings import Booking
from gapless.testing.laws.cases import laws
from gapless.testing.laws.casting import OWN, PARTS, Casting, lacking, traits
from gapless.testing.laws.catalogue import WORKSPACES
from gapless.testing.laws.files import Folder, FolderId
from gapless.testing.laws.parts import Bookings, Plain, Team
from gapless.testing.laws.rows import NOW
from gapless.testing.laws.workspaces import Workspace
from tests.laws.voice_service.casting import VOICE_SERVICE


def test_who_lacks_what_a_part_needs_is_refused() -> None:
    """A number is no member: it has no email, no quota of members counts it, and no owner is kept."""
    values = dict
    team = Team.of(Organization, PhoneNumber, Role, root_values=values, member_values=values)
    with pytest.raises(DeclarationError, match="PhoneNumber can't play its part in the voice service") as caught:
        attrs.evolve(VOICE_SERVICE, team=team)
    for wanting in ("AtLeastOne", "email (a text)", "last_seen_at (a time)", "with_role"):
        assert f"'{wanting}'" in str(caught.value)


def test_rows_that_are_audited_or_never_change_are_not_plain() -> None:
    """Rows that nobody audits, and that carry a version, are plain; others are refused."""
    with pytest.raises(DeclarationError, match=r"Organization.*\['not audited', 'not root'\]"):
        attrs.evolve(VOICE_SERVICE, plain=Plain.of(cast("type[AuditRecord]", Organization), text="name", values=dict))
    with pytest.raises(DeclarationError, match=r"AuditRecord.*\['versioned'\]"):
        attrs.evolve(VOICE_SERVICE, plain=Plain.of(AuditRecord, text="action", values=dict))
    for field in ("ai_confidence", "nothing"):
        with pytest.raises(DeclarationError, match=f"Call .*{field} "):
            attrs.evolve(VOICE_SERVICE, plain=Plain.of(Call, text=field, values=dict))


def test_an_entity_of_another_catalogue_plays_nothing() -> None:
    """Who is not in the catalogue can't play in it."""
    with pytest.raises(DeclarationError, match="Booking is not in the catalogue"):
        attrs.evolve(VOICE_SERVICE, bookings=Bookings(booking=Booking))


def test_traits_are_read_from_the_declaration() -> None:
    """They tell how rows are kept, what they refer to and which kinds of rule they have."""
    assert traits(WORKSPACES, Folder) == {
        "not root",
        "not audited",
        "versioned",
        "hidden",
        "Check",
        "Unique of some rows",
        "refers to the root",
        "refers to its own kind: CASCADE",
        "refers to another: SET_NULL",
        "AdmissionGuard",
        "AtMost",
    }
    assert {each for each in traits(WORKSPACES, Workspace) if each.startswith("Unique")} == {"Unique"}


def test_what_a_catalogue_lacks_is_computed() -> None:
    """A catalogue without the entity that plays a part lacks that part; the others are there."""
    assert lacking(WORKSPACES) == frozenset()
    assert lacking(GAPLESS) == {"files", "bookings", "lockers"}
    unbooked = Catalogue(tuple(model for model in WORKSPACES.models if model.entity is not Booking))
    assert lacking(unbooked) == {"bookings"}


@pytest.mark.asyncio
async def test_a_part_that_is_missing_is_never_made_up() -> None:
    """Each law asks for what it uses: it gets its parts alone, and without one of them it does not run."""
    assert PARTS == ("catalogue", "team", "plain", "files", "bookings", "lockers")
    asking = next(law for law in laws() if law.name == "a_range_is_handed_on")
    assert asking.parts == ("team", "bookings")
    assert asking.runs_on(OWN)
    without = attrs.evolve(OWN, bookings=None)
    assert not asking.runs_on(without)
    with pytest.raises(InvalidValue, match="asks for bookings: workspaces has no such part"):
        await asking.run(MemoryStore(without.catalogue), {}, without)


@pytest.mark.asyncio
async def test_a_casting_needs_no_team() -> None:
    """A catalogue is enough for the laws about any entity: each has a case for each of those that it is for."""
    alone = Casting(name="nobody", catalogue=WORKSPACES)
    assert alone.parts() == {"catalogue": WORKSPACES}
    removing = next(law for law in laws() if law.name == "a_removed_row_is_gone")
    addable = {entity.name for entity in alone.entities if entity.model.entity not in WORKSPACES.archives}
    assert {name for name, _ in removing.cases(alone)} == addable - {"AuditRecord"}
    asking = next(law for law in laws() if law.name == "unit_sees_its_own_writes")
    assert not asking.runs_on(alone)
    with pytest.raises(InvalidValue, match="asks for team: nobody has no such part"):
        await asking.run(MemoryStore(WORKSPACES), {}, alone)


@pytest.mark.asyncio
async def test_rows_of_an_entity_are_made_by_hand_if_need_be() -> None:
    """A sample makes the rows of its entity, in every law."""
    made: list[Folder] = []

    def a_folder(fixture: Fixture) -> Folder:
        home = cast(Workspace, fixture.root).id
        made.append(Folder(organization_id=home, id=FolderId(fixture.ids.new()), created_at=NOW, name="by hand"))
        return made[-1]

    by_hand = Casting(name="by hand", catalogue=WORKSPACES, samples={Folder: a_folder})
    law = next(law for law in laws() if law.name == "what_is_added_is_found_by_its_key")
    arguments = next(arguments for name, arguments in law.cases(by_hand) if name == "Folder")
    await law.run(MemoryStore(WORKSPACES), arguments, by_hand)
    assert {folder.name for folder in made} == {"by hand"}
