"""The laws as tests of pytest: a class that whoever has a store of their own subclasses."""

from __future__ import annotations

from typing import ClassVar

import pytest

from gapless.testing.laws.cases import PREFIX, laws

Marks = pytest.MarkDecorator | list[pytest.MarkDecorator]


class StoreLaws:
    """Every law as a test. A subclass whose name begins with `Test` runs them all on the store that it provides.

    The subclass, or its module, has an asynchronous fixture `store`, which yields an open store on the catalogue
    `gapless.testing.laws.host.HOSTED`: the entities of gapless, and three of a host's own. It begins empty. No law
    touches an organization that it did not found itself, so one store may serve them all.

    Every test bears the mark `asyncio`, so it runs in the strict mode of pytest-asyncio and in its auto mode, on the
    loop that the project has set for tests. A subclass whose store lives on a longer one says so in its body:
    `pytestmark = pytest.mark.asyncio(loop_scope="session")`.
    """

    pytestmark: ClassVar[Marks] = []

    def __init_subclass__(cls) -> None:
        """Marks the subclass, unless it does so itself: of two marks pytest-asyncio would hear the base's."""
        marks = cls.pytestmark if isinstance(cls.pytestmark, list) else [cls.pytestmark]
        if not any(mark.name == "asyncio" for mark in marks):
            cls.pytestmark = [*marks, pytest.mark.asyncio]


for _law in laws():
    setattr(StoreLaws, f"{PREFIX}{_law.name}", staticmethod(_law.function))
