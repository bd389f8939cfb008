"""The laws as tests of pytest: two classes, which somebody with a store of their own subclasses."""

from __future__ import annotations

from typing import ClassVar

import pytest

from gapless.testing.laws.cases import ENTITY, PREFIX, laws
from gapless.testing.laws.casting import OWN, PARTS, Casting

LAWS = {law.function: law for law in laws()}
LEFT_OUT = object()
"""Stands in a class for a law that is not run on its catalogue."""
Marks = pytest.MarkDecorator | list[pytest.MarkDecorator]


class StoreLaws:
    """All laws but those of closing, as tests; a subclass named `Test...` runs them on the store of its fixture.

    The subclass, or its module, needs an asynchronous fixture `store`, which yields an open and empty store on the
    catalogue `gapless.testing.WORKSPACES`, or on the catalogue of the `casting` that the subclass names. A law uses
    only roots that it has created itself, so one store may serve all laws.

    Every test has the mark `asyncio`, so that it runs in the strict and in the auto mode of pytest-asyncio, on the loop
    that the project has set for tests. A subclass whose store belongs to a loop of a wider scope says so in its body:
    `pytestmark = pytest.mark.asyncio(loop_scope="session")`.
    """

    pytestmark: ClassVar[Marks] = []
    casting: ClassVar[Casting] = OWN

    def __init_subclass__(cls) -> None:
        """Marks the subclass unless it has a mark of its own: pytest-asyncio would use the inherited one of two."""
        super().__init_subclass__()
        cls.pytestmark = _marked_asyncio(cls.pytestmark)
        _leave_out(cls, cls.casting)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Tries each law that asks for any entity with those of the catalogue of the class."""
        law = LAWS.get(metafunc.function)
        entities = None if law is None else law.entities(self.casting)
        if entities:
            metafunc.parametrize(ENTITY, entities, ids=[entity.name for entity in entities])


class ClosingLaws:
    """The laws of closing, as tests: as StoreLaws, but each test needs a store of its own, because it closes it."""

    pytestmark: ClassVar[Marks] = []
    casting: ClassVar[Casting] = OWN

    def __init_subclass__(cls) -> None:
        """Marks the subclass as StoreLaws does."""
        super().__init_subclass__()
        cls.pytestmark = _marked_asyncio(cls.pytestmark)
        _leave_out(cls, cls.casting)


def _leave_out(cls: type, casting: Casting) -> None:
    """Takes laws out of a class that ask for a team, or for a kind of entity, which the catalogue does not have."""
    for law in LAWS.values():
        name = f"{PREFIX}{law.name}"
        if not hasattr(cls, name):
            continue
        if (casting.team is None and "team" in law.parts) or law.entities(casting) == ():
            setattr(cls, name, LEFT_OUT)
        elif getattr(cls, name, None) is LEFT_OUT:  # by a class that this one is derived from
            setattr(cls, name, staticmethod(law.function))


def _marked_asyncio(marks: Marks) -> list[pytest.MarkDecorator]:
    """The marks, and the mark of pytest-asyncio if it is missing."""
    given = marks if isinstance(marks, list) else [marks]
    return given if any(mark.name == "asyncio" for mark in given) else [*given, pytest.mark.asyncio]


def _part(name: str) -> object:
    """The fixture of a part: the entities that play it in the catalogue of the class."""

    @pytest.fixture(name=name)
    def part(self: StoreLaws) -> object:
        found = self.casting.parts().get(name)
        if found is None:
            pytest.skip(f"nobody plays {name} in {self.casting.name}")
        return found

    return part


for _name in PARTS:
    setattr(StoreLaws, _name, _part(_name))
    setattr(ClosingLaws, _name, _part(_name))
for _law in LAWS.values():
    setattr(ClosingLaws if _law.closes else StoreLaws, f"{PREFIX}{_law.name}", staticmethod(_law.function))
