"""A plugin of pytest: a property that fails is not made smaller, because a mutant dies of any failure."""

from __future__ import annotations

from hypothesis import Phase, settings

PHASES = (Phase.explicit, Phase.generate)


def pytest_sessionstart() -> None:
    """Take the profile that the tests run by, without what comes after a failure."""
    settings.register_profile("hasty", settings(), phases=PHASES)
    settings.load_profile("hasty")
