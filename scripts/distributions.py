"""What is installed here, and what of it a requirement needs."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def needed_by(*requirements: str) -> dict[str, Distribution]:
    """By name, every package that the requirements need here, with what those need in turn."""
    found: dict[str, Distribution] = {}
    left, seen = [Requirement(each) for each in requirements], set[tuple[str, str]]()
    while left:
        asked = left.pop()
        name = canonicalize_name(asked.name)
        for extra in {"", *asked.extras} - {known for each, known in seen if each == name}:
            seen.add((name, extra))
            found[name] = distribution(name)
            left += _required(found[name], extra)
    return found


def _required(package: Distribution, extra: str) -> Iterator[Requirement]:
    for requirement in map(Requirement, package.requires or ()):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement
