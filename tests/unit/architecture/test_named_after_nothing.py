"""The kit, the application and the stores serve any service, so they name nothing that one service has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

GAPLESS = Path(__file__).parents[3] / "src" / "gapless"
GENERAL = ("kit", "application", "adapters", "cli")
"""The packages that know no service."""
OF_THE_VOICE_SERVICE = re.compile(r"organi[sz]ation", re.IGNORECASE)
"""What the voice service calls its root."""


def named(folder: Path) -> Iterator[str]:
    """Where a file below a folder speaks of the root of one service: its path with the number of the line."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".sql"):
            for number, line in enumerate(path.read_text().splitlines(), start=1):
                if OF_THE_VOICE_SERVICE.search(line):
                    yield f"{path.relative_to(folder)}:{number}"


@pytest.mark.parametrize("package", GENERAL)
def test_no_root_of_one_service_is_named(package: str) -> None:
    """No Python or SQL file of a package that serves any service has the name of the voice service's root."""
    assert [*(GAPLESS / package).rglob("*.py")]
    assert list(named(GAPLESS / package)) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("module.py", "\nrow = rows[organization_id]\n"),
        ("below/module.py", "\nclass OrganizationLocks: ...\n"),
        ("revision.sql", "\nCREATE TABLE t (organization_id uuid)\n"),
    ],
)
def test_a_named_root_is_found(tmp_path: Path, name: str, text: str) -> None:
    """Planted: a file that names it is found, wherever it is, with the line."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert list(named(tmp_path)) == [f"{name}:2"]
