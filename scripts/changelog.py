"""Holds CHANGELOG.md against the version of pyproject.toml.

python -m scripts.changelog              what holds for every commit
python -m scripts.changelog --release    and for the commit that is released
"""

from __future__ import annotations

import datetime as dt
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).parents[1]
PARTS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")


class Section(NamedTuple):
    """One section: the version in its heading, or "Unreleased", what follows that, and the text."""

    name: str
    date: str
    text: str


def sections(changelog: str) -> list[Section]:
    """The sections of a changelog, as they follow each other."""
    found = re.split(r"^## \[?([^\]\n]*?)\]?(?: - (.*))?$", changelog, flags=re.MULTILINE)[1:]
    return [Section(name, date or "", text.strip()) for name, date, text in zip(*[iter(found)] * 3, strict=True)]


def findings(changelog: str, version: str) -> Iterator[str]:
    """What is wrong with a changelog, if the project has this version."""
    found = sections(changelog)
    if [each.name for each in found[:1]] != ["Unreleased"]:
        yield "The first section is ## [Unreleased]."
    released = [each for each in found if each.name != "Unreleased"]
    for each in found:
        yield from _wrong_in(each)
    versions = [each.name for each in released if _is_version(each.name)]
    if versions != sorted(versions, key=Version, reverse=True) or len({*versions}) < len(versions):
        yield "The versions follow each other from the newest to the oldest, each once."
    if versions and Version(versions[0]) > Version(version):
        yield f"{versions[0]} has a section, and the version of the project is {version} still."
    if version not in versions and not (found and found[0].text):
        yield f"{version} has no section, and nothing is unreleased that could become one."


def findings_of_a_release(changelog: str, version: str) -> Iterator[str]:
    """What stands against a release of this version."""
    yield from findings(changelog, version)
    today = dt.datetime.now(dt.UTC).date()
    if any(each.name == "Unreleased" and each.text for each in sections(changelog)):
        yield f"What is unreleased goes into a section of its own: ## [{version}] - {today}"
    if [each.name for each in sections(changelog)[1:2]] != [version]:
        yield f"{version} has no section of its own below ## [Unreleased]."


def _wrong_in(section: Section) -> Iterator[str]:
    parts = re.findall(r"^### (.*)$", section.text, re.MULTILINE)
    for part in parts:
        if part not in PARTS:
            yield f"{section.name}: ### {part} is none of {', '.join(PARTS)}."
    known = [part for part in parts if part in PARTS]
    if known != sorted({*known}, key=PARTS.index):
        yield f"{section.name}: its parts are there once, and follow each other as {', '.join(PARTS)}."
    if section.name == "Unreleased":
        return
    if not _is_version(section.name):
        yield f"## {section.name} is no version."
    if not section.text:
        yield f"{section.name} says nothing."
    try:
        dt.date.fromisoformat(section.date)
    except ValueError:
        yield f"{section.name} has no date: ## [{section.name}] - YYYY-MM-DD"


def _is_version(name: str) -> bool:
    try:
        return str(Version(name)) == name
    except InvalidVersion:
        return False


def main(arguments: Sequence[str]) -> int:
    """Prints what is wrong; 1 if something is."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    found = [*(findings_of_a_release if "--release" in arguments else findings)(changelog, version)]
    print(*found, f"version {version}, {len(found)} findings", sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
