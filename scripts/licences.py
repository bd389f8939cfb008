"""Checks the licences of all that is installed against those that docs/dependencies.md allows.

    python -m scripts.licences

It prints one line for each package whose licence is not allowed, or not known, and fails if there is one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, PackageMetadata, distributions
from pathlib import Path
from typing import NamedTuple

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name

from scripts.distributions import needed_by

PAGE = Path(__file__).parents[1] / "docs" / "dependencies.md"
EVERYWHERE = "everywhere"
TOOLS = frozenset({"bench", "dev", "testing"})
"""The extras that no service needs where it runs."""
_OF_THE_ENVIRONMENT = frozenset({"gapless", "pip", "setuptools"})
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""The classifiers that name one licence and not a family, each with that licence's identifier in SPDX."""


class Policy(NamedTuple):
    """What the page says: where each licence is allowed, and the licence of packages that do not tell theirs."""

    allowed: Mapping[str, str]
    told: Mapping[str, str]


def table(text: str, heading: str) -> list[list[str]]:
    """The rows of the table under a heading of a page, without the marks of code."""
    (section,) = re.findall(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    rows = [
        [cell.strip().strip("`") for cell in line.strip("| ").split(" | ")]
        for line in re.findall(r"^\|.*", section, re.MULTILINE)
    ]
    return rows[2:]


def policy_of(text: str) -> Policy:
    """The policy that a page states."""
    allowed = {name: where for name, where, _ in table(text, "Licences")}
    return Policy(
        allowed, {name: licence for name, licence, _ in table(text, "Licences that the packages do not tell")}
    )


def licence_of(metadata: PackageMetadata) -> str | None:
    """What metadata tell of a package's licence, as an expression of SPDX, or None if they tell nothing definite."""
    for field in ("License-Expression", "License"):
        try:
            return str(canonicalize_license_expression("".join(metadata.get_all(field) or ())))
        except InvalidLicenseExpression:
            continue
    named = [
        line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier") or () if line.startswith("License ::")
    ]
    if named and all(name in _CLASSIFIERS for name in named):
        return " AND ".join(sorted({_CLASSIFIERS[name] for name in named}))
    return None


def findings(packages: Iterable[Distribution], production: Iterable[str], policy: Policy) -> Iterator[str]:
    """A sentence for each package whose licence is not known, or not allowed where the package is installed.

    Each licence that an expression names has to be allowed, even if another would do.
    """
    for package in packages:
        name, said = canonicalize_name(package.name), licence_of(package.metadata)
        if said and name in policy.told:
            yield f"{name} tells its licence now: {said}. Take it out of docs/dependencies.md."
        licence = said or policy.told.get(name)
        if licence is None:
            yield f"{name} does not tell its licence: read it, and name it in docs/dependencies.md."
            continue
        for each in re.sub(r"\b(AND|OR)\b|[()]", " ", licence).split():
            if each not in policy.allowed:
                yield f"{name} is under {each}, which docs/dependencies.md does not allow."
            elif name in production and policy.allowed[each] != EVERYWHERE:
                yield f"{name} is under {each}, which docs/dependencies.md allows for {policy.allowed[each]} alone."


def main() -> int:
    """Prints what is wrong with the licences here; 1 if there is something."""
    packages = [each for each in distributions() if canonicalize_name(each.name) not in _OF_THE_ENVIRONMENT]
    (gapless,) = (each for each in distributions() if each.name == "gapless")
    extras = {*(gapless.metadata.get_all("Provides-Extra") or ())} - TOOLS
    production = needed_by(f"gapless[{','.join(sorted(extras))}]")
    found = sorted(findings(packages, production, policy_of(PAGE.read_text(encoding="utf-8"))))
    print(*found, f"licences of {len(packages)} packages, {len(found)} findings", sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
