"""The laws as tests of pytest: two classes that whoever has a store of their own subclasses."""

from __future__ import annotations

from typing import ClassVar

import pytest

from gapless.testing.laws.cases import PREFIX, laws
from gapless.testing.laws.casting import OWN, PARTS, Casting

Marks = pytest.MarkDecorator | list[pytest.MarkDecorator]


class StoreLaws:
    """Every law that leaves the store open as a test. A subclass named `Test...` runs them on the store it provides.

    The subclass, or its module, has an asynchronous fixture `store`, which yields an open store on the catalogue
    `gapless.testing.WORKSPACES`, or on that of the `casting` that the subclass names. It begins empty. No law touches a
    root that it did not create itself, so one store may serve them all.

    Every test bears the mark `asyncio`, so it runs in the strict mode of pytest-asyncio and in its auto mode, on the
    loop that the project has set for tests. A subclass whose store lives on a longer one says so in its body:
    `pytestmark = pytest.mark.asyncio(loop_scope="session")`.
    """

    pytestmark: ClassVar[Marks] = []
    casting: ClassVar[Casting] = OWN

    def __init_subclass__(cls) -> None:
        """Marks the subclass, unless it does so itself: of two marks pytest-asyncio would hear the base's."""
        super().__init_subclass__()
        cls.pytestmark = _marked_asyncio(cls.pytestmark)


class ClosingLaws:
    """The laws of closing, as tests: as StoreLaws, but `store` yields a store for each test, since they close it."""

    pytestmark: ClassVar[Marks] = []
    casting: ClassVar[Casting] = OWN

    def __init_subclass__(cls) -> None:
        """As for StoreLaws."""
        super().__init_subclass__()
        cls.pytestmark = _marked_asyncio(cls.pytestmark)


def _marked_asyncio(marks: Marks) -> list[pytest.MarkDecorator]:
    """The marks, among them the one of pytest-asyncio."""
    given = marks if isinstance(marks, list) else [marks]
    return given if any(mark.name == "asyncio" for mark in given) else [*given, pytest.mark.asyncio]


def _part(name: str) -> object:
    """The fixture of a part: who plays it in the catalogue of the class."""

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
for _law in laws():
    setattr(ClosingLaws if _law.closes else StoreLaws, f"{PREFIX}{_law.name}", staticmethod(_law.function))
