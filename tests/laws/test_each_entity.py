"""The laws that are tried with each entity, on catalogues of every shape: several roots, none, keys of every type."""

from collections.abc import AsyncIterator, Mapping
from itertools import count

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.demo.violations import WRITTEN
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue
from gapless.kit.ports import Store
from gapless.testing.laws.cases import PREFIX, laws
from gapless.testing.laws.casting import Casting
from gapless.testing.laws.entity_kinds import is_addable
from gapless.testing.laws.store_laws import StoreLaws
from tests.clinics.beds import BEDS
from tests.clinics.cases import CASES
from tests.clinics.deletable import DELETABLE
from tests.clinics.harbours import HARBOURS
from tests.clinics.narrow import NARROW
from tests.clinics.networks import NETWORK, SHARED
from tests.clinics.shops import SHOPS
from tests.integration.test_every_catalogue import KEYED, ROOT, loaded
from tests.stores import STORES, store_of
from tests.voice.stricter import STRICTER

CATALOGUES: Mapping[str, Catalogue] = {
    "the clinic": loaded(ROOT / "examples/clinic/src/clinic/catalogue.py").CLINICS,
    "network": NETWORK,
    "shared": SHARED,
    "cases": CASES,
    "beds": BEDS,
    "harbours": HARBOURS,
    "deletable": DELETABLE,
    "shops": SHOPS,
    "narrow": NARROW,
    **KEYED,
}
CASTINGS: Mapping[str, Casting] = {
    **{name: Casting(name=name, catalogue=catalogue) for name, catalogue in CATALOGUES.items()},
    "the voice service": Casting(name="the voice service", catalogue=GAPLESS, written=WRITTEN),
    "stricter": Casting(name="stricter", catalogue=STRICTER, written=WRITTEN),
}
NUMBERS = count(1)
USUAL = ("shared", "shops", "narrow")
"""What a usual run asks beside the clinic, whose own tests do: no root, and rows that can do little or have no room."""


@pytest_asyncio.fixture(scope="class", params=STORES)
async def store_of_class(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[Store]:
    """Each store of the catalogue of a class; PostgreSQL has the tables in a schema of their own."""
    async with store_of(request.param, engine, request.cls.casting.catalogue, f"each_entity_{next(NUMBERS)}") as found:
        yield found


class OnBothStores(StoreLaws):
    """The laws of a catalogue without a team, on each of the two stores."""

    @pytest.fixture
    def store(self, store_of_class: Store) -> Store:
        """The store that a law runs on, which it shares with the others."""
        return store_of_class


def named(name: str) -> str:
    """The name of the class that runs the laws on a catalogue."""
    return "Test" + "".join(filter(str.isalnum, name.title()))


def run_on(name: str) -> type[OnBothStores]:
    """The class that runs the laws on a catalogue."""
    marks = [pytest.mark.asyncio(loop_scope="session"), *([] if name in USUAL else [pytest.mark.soak])]
    return type(named(name), (OnBothStores,), {"casting": CASTINGS[name], "pytestmark": marks})


globals().update({named(name): run_on(name) for name in CASTINGS})


def test_laws_of_each_entity_need_no_team() -> None:
    """A catalogue without a team has the laws that ask for none, and those about any entity are among them."""
    run = run_on("shared")
    left = {law.name for law in laws() if callable(getattr(run, f"{PREFIX}{law.name}", None))}
    asking = {law.name for law in laws() if law.entities(run.casting)}
    assert left == asking | {law.name for law in laws() if law.parts == () and law.entities(run.casting) is None}


def test_each_law_has_an_entity() -> None:
    """Each law about any entity has one in the clinic, whose own tests a usual run runs."""
    assert [law.name for law in laws() if law.entities(CASTINGS["the clinic"]) == ()] == []


def test_entities_without_room_are_left_out() -> None:
    """Laws add no rows of which there is no room for several beside those to which others refer."""
    left = {entity.name for entity in CASTINGS["narrow"].entities if not is_addable(entity)}
    assert left == {"Settings", "Switch", "Owner", "Seal"}


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("what_refers_to_a_removed_row_follows_its_reference", "Parcel"),
        ("each_rule_refuses_what_breaks_it", "Lab"),
        ("a_row_is_written_by_its_root_alone", "AuditRecord"),
    ],
)
def test_a_law_with_nothing_to_try_is_left_out(name: str, entity: str) -> None:
    """An entity of which a law has nothing to try is no case of it, so that no case asserts nothing."""
    (law,) = (law for law in laws() if law.name == name)
    assert entity not in {each.name for each in law.entities(CASTINGS["shops"]) or ()}
