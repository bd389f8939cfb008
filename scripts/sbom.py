"""Writes the SBOM of an installation of gapless with every extra that a service or its tests may have.

    python -m scripts.sbom dist

uv exports it from the lock, in the format CycloneDX. What differs between two exports of one lock is taken out, and so
is the placeholder for the addresses of registries (decision 0008); what the lock does not know is added: licences.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import uuid
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from scripts.licences import PAGE, licence_of, policy_of

ROOT = Path(__file__).parents[1]
EXPORT = ("export", "--quiet", "--no-cache", "--no-python-downloads", "--frozen", "--format", "cyclonedx1.5")
EXTRAS_OF_OURS = frozenset({"bench", "dev"})
"""The extras that nobody but a developer of gapless installs."""


def exported() -> dict[str, Any]:
    """What uv says of the lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        part for extra in project["optional-dependencies"] if extra not in EXTRAS_OF_OURS for part in ("--extra", extra)
    ]
    uv = Path(sys.executable).parent / "uv"
    told = subprocess.run([uv, *EXPORT, *wanted], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - our own arguments
    document: dict[str, Any] = json.loads(told.stdout)
    return document


def neutral(document: dict[str, Any], licences: dict[str, str]) -> dict[str, Any]:
    """The document with licences, without addresses, and the same whenever and wherever it is made.

    Args:
        document: what uv exported.
        licences: an expression of SPDX by the name of a package.

    Returns:
        Another document; its serial number is made of what it says.
    """
    components = [_component(each, licences) for each in document["components"]]
    stated = {key: value for key, value in document["metadata"].items() if key != "timestamp"}
    said = {**document, "metadata": stated, "components": components}
    del said["serialNumber"]
    serial = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(said, sort_keys=True))
    return {**said, "serialNumber": f"urn:uuid:{serial}"}


def _component(component: dict[str, Any], licences: dict[str, str]) -> dict[str, Any]:
    files = [
        {**reference, "url": reference["url"].rpartition("/")[2]}
        for reference in component.get("externalReferences", ())
    ]
    stated = {**component, "purl": component["purl"].partition("?")[0], "externalReferences": files}
    if component["name"] in licences:
        stated["licenses"] = [{"expression": licences[component["name"]]}]
    return stated


def licences_of(names: list[str]) -> dict[str, str]:
    """The licences of those packages that are installed here; what is for another system is not."""
    told = dict(policy_of(PAGE.read_text(encoding="utf-8")).told)
    for name in names:
        try:
            said = licence_of(metadata(name))
        except PackageNotFoundError:
            continue
        told |= {name: said} if said else {}
    return told


def main(folder: str) -> None:
    """Writes the document into a folder, and prints where it is."""
    document = exported()
    document = neutral(document, licences_of([each["name"] for each in document["components"]]))
    of = document["metadata"]["component"]
    path = Path(folder) / f"{of['name']}-{of['version']}.cdx.json"
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{path}: {len(document['components'])} components")


if __name__ == "__main__":
    main(*sys.argv[1:])
