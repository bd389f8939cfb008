"""Each dependency has its reason and a licence that is allowed, and is in the SBOM."""

import re
import tomllib
from importlib.metadata import Distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from scripts.distributions import needed_by
from scripts.licences import PAGE, findings, main, policy_of, table
from scripts.sbom import EXTRAS_OF_OURS, exported, licences_of, neutral

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TEXT = PAGE.read_text(encoding="utf-8")
POLICY = policy_of(TEXT)
CLASSIFIER = "Classifier: License"


def names(requirements: list[str]) -> list[str]:
    """The names of packages that are required."""
    return [Requirement(each).name for each in requirements]


def declared() -> tuple[list[list[str]], list[list[str]]]:
    """What the project file requires always, and by its extras, as the rows of the page begin."""
    extras = PROJECT["project"]["optional-dependencies"].items()
    always = [[name] for name in names(PROJECT["project"]["dependencies"])]
    return always, [[extra, name] for extra, requirements in extras for name in names(requirements)]


def package(folder: Path, name: str, *lines: str) -> Distribution:
    """A package that is installed in a folder, with lines in its metadata."""
    place = folder / f"{name}-1.0.dist-info"
    place.mkdir()
    told = ["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *lines]
    (place / "METADATA").write_text("\n".join(told) + "\n", encoding="utf-8")
    return Distribution.at(place)


def test_every_dependency_has_its_reason() -> None:
    """docs/dependencies.md has a line for each package of the project file and no other, and says what for."""
    always, extras = declared()
    told, told_extras = table(TEXT, "What gapless always needs"), table(TEXT, "The extras")
    assert sorted(row[:1] for row in told) == sorted(always)
    assert sorted(row[:2] for row in told_extras) == sorted(extras)
    assert all(len(row[-1]) > 10 for row in told + told_extras)
    others = {*names(PROJECT["build-system"]["requires"]), *names(PROJECT["dependency-groups"]["bootstrap"])}
    (sentence,) = re.findall(r"^Two are needed elsewhere: .*", TEXT, re.MULTILINE)
    assert {*re.findall(r"`([\w-]+)`", sentence)} == {*others, "bootstrap"}


def test_licences_are_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    """All that is installed here is under a licence that the page allows with a reason, and no line is left over."""
    assert main() == 0, capsys.readouterr().out
    assert all(len(reason) > 10 for *_, reason in table(TEXT, "Licences"))
    there = needed_by("gapless[dev]")
    assert {*POLICY.told} <= {*there}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["License-Expression: MIT OR Apache-2.0"], ""),
        (["License: mit"], ""),
        (["License: see LICENSE", f"{CLASSIFIER} :: OSI Approved :: MIT License"], ""),
        (
            ["License-Expression: MPL-2.0"],
            "is under MPL-2.0, which docs/dependencies.md allows for tests and tools alone.",
        ),
        (["License-Expression: GPL-3.0-only"], "is under GPL-3.0-only, which docs/dependencies.md does not allow."),
        (["License-Expression: MIT AND (AGPL-3.0-only OR MIT)"], "is under AGPL-3.0-only, which"),
        (["License: AGPL-3.0-only", f"{CLASSIFIER} :: OSI Approved :: MIT License"], "is under AGPL-3.0-only, which"),
        ([f"{CLASSIFIER} :: OSI Approved :: BSD License"], "does not tell its licence: read it, and name it"),
        ([f"{CLASSIFIER} :: OSI Approved :: MIT License", f"{CLASSIFIER} :: Other"], "does not tell its licence"),
        ([], "does not tell its licence"),
    ],
)
def test_a_licence_that_is_not_allowed_is_found(lines: list[str], said: str, tmp_path: Path) -> None:
    """Planted: packages for production under licences that are not allowed, allowed elsewhere, hidden, or not told."""
    planted = package(tmp_path, "planted", *lines)
    found = list(findings([planted], ["planted"], POLICY))
    assert len(found) == bool(said)
    assert f"planted {said}" in " ".join(found) or not said


def test_a_line_that_is_not_needed_any_more_is_found(tmp_path: Path) -> None:
    """A package that tells its licence needs no line, and a licence of tools is allowed where no service runs."""
    told = next(iter(POLICY.told))
    assert "Take it out" in next(findings([package(tmp_path, told, "License-Expression: MIT")], [], POLICY))
    assert list(findings([package(tmp_path, "tool", "License-Expression: MPL-2.0")], [], POLICY)) == []


def test_the_sbom_has_every_package() -> None:
    """The SBOM has what all extras bring, with hashes and licences and no address, and is the same each time."""
    first, second = exported(), exported()
    licences = licences_of([each["name"] for each in first["components"]])
    document = neutral(first, licences)
    assert document == neutral(second, licences)
    assert first != second, "uv stamps what it exports"
    extras = ",".join(set(PROJECT["project"]["optional-dependencies"]) - EXTRAS_OF_OURS)
    parts = {each["name"]: each for each in document["components"]}
    assert {*needed_by(f"gapless[{extras}]")} - {"gapless"} <= {*parts}
    for name in needed_by(f"gapless[{extras}]").keys() - {"gapless"}:
        assert parts[name]["licenses"], name
        assert all(file["hashes"] for file in parts[name]["externalReferences"]), name
    assert "://" not in str(document)
    assert document["specVersion"] == "1.5"
