"""A plugin of pytest for the trials of mutants: failures stay as large as they are, and one test is left out."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings

PHASES = (Phase.explicit, Phase.generate)
"""A property that fails is not made smaller, because a mutant dies of any failure."""
WRITTEN_ANEW = "tests/unit/postgres/test_frozen_revisions.py"
"""It holds the revisions to their digests, and each mutant of a declaration has revisions of its own."""


def pytest_sessionstart() -> None:
    """Take the profile that the tests run by, without what comes after a failure."""
    settings.register_profile("hasty", settings(), phases=PHASES)
    settings.load_profile("hasty")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the tests that say nothing of a mutant."""
    items[:] = [item for item in items if item.nodeid.split("::")[0] != WRITTEN_ANEW]
