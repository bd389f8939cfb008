"""The changelog and the version of the project belong together."""

import re
import tomllib
from pathlib import Path

import pytest

import gapless
from scripts.changelog import findings, findings_of_a_release, main

ROOT = Path(__file__).parents[3]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
PARTS = "Added, Changed, Deprecated, Removed, Fixed, Security."
RELEASED = """# Changelog

## [Unreleased]

## [0.2.0] - 2026-02-01

### Added

- One.

### Fixed

- Another.

## [0.1.0] - 2026-01-01

### Added

- The first.
"""


def test_the_changelog_fits_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The changelog is in order, has the version or something unreleased, and the installed version is this one."""
    assert main([]) == 0, capsys.readouterr().out
    assert gapless.__version__ == VERSION


def test_the_supported_version_is_this_one() -> None:
    """SECURITY.md promises corrections for the minor version that the project has."""
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\S+) \| yes \|$", page, re.MULTILINE) == [".".join(VERSION.split(".")[:2]) + ".x"]


def test_a_changelog_in_order_passes() -> None:
    """What is released has its section; what comes next may have its version as soon as something is written."""
    assert list(findings(RELEASED, "0.2.0")) == []
    assert list(findings_of_a_release(RELEASED, "0.2.0")) == []
    begun = RELEASED.replace("[Unreleased]\n", "[Unreleased]\n\n### Fixed\n\n- More.\n")
    assert list(findings(begun, "0.2.1")) == []
    assert len(list(findings_of_a_release(begun, "0.2.1"))) == 2


@pytest.mark.parametrize(
    ("there", "instead", "version", "found"),
    [
        ("", "", "0.1.0", "0.2.0 has a section, and the version of the project is 0.1.0 still."),
        ("", "", "0.3.0", "0.3.0 has no section, and nothing is unreleased that could become one."),
        ("## [Unreleased]\n", "", "0.2.0", "The first section is ## [Unreleased]."),
        (" - 2026-02-01", "", "0.2.0", "0.2.0 has no date: ## [0.2.0] - YYYY-MM-DD"),
        ("2026-02-01", "2026-02-30", "0.2.0", "0.2.0 has no date: ## [0.2.0] - YYYY-MM-DD"),
        ("[0.2.0]", "[two]", "0.2.0", "## two is no version."),
        ("[0.2.0]", "[v0.2.0]", "0.2.0", "## v0.2.0 is no version."),
        ("[0.1.0]", "[0.2.1]", "0.2.0", "The versions follow each other from the newest to the oldest, each once."),
        ("[0.1.0]", "[0.2.0]", "0.2.0", "The versions follow each other from the newest to the oldest, each once."),
        (
            "### Fixed",
            "### Mended",
            "0.2.0",
            f"0.2.0: ### Mended is none of {PARTS}",
        ),
        (
            "### Fixed",
            "### Added",
            "0.2.0",
            f"0.2.0: its parts are there once, and follow each other as {PARTS}",
        ),
        ("### Added\n\n- The first.\n", "", "0.2.0", "0.1.0 says nothing."),
    ],
)
def test_what_is_wrong_with_a_changelog_is_found(there: str, instead: str, version: str, found: str) -> None:
    """Planted: a version that does not fit, a heading without date or version, sections in disorder."""
    assert found in list(findings(RELEASED.replace(there, instead), version))
