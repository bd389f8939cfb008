"""Whether everything that a face names has a type that every type checker reads alike, which pyright says."""

from __future__ import annotations

import importlib
import json
import runpy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.typing.running import ROOT, printed_by

FACES: tuple[str, ...] = runpy.run_path(str(ROOT / "scripts" / "interface.py"))["FACES"]


def public_names() -> set[str]:
    """Every name of every face, with the face, but for those that Python itself knows."""
    named = {face: importlib.import_module(face).__all__ for face in FACES}
    return {f"{face}.{name}" for face, names in named.items() for name in names if not name.startswith("__")}


def incomplete(symbols: Sequence[Mapping[str, Any]], names: set[str]) -> Iterator[str]:
    """Says of each public name, and of each part of it, what of its type is missing.

    Args:
        symbols: what pyright reports of a package.
        names: the public names.
    """
    yield from (f"{name}: pyright knows no such symbol." for name in sorted(names - {each["name"] for each in symbols}))
    # A name of a face is mostly an alias, and pyright tells of its parts where it is defined.
    public = {each["name"] for each in symbols if names.intersection([each["name"], *each.get("alternateNames", ())])}
    for each in symbols:
        known = each["isTypeKnown"] and not each["isTypeAmbiguous"]
        if not known and not public.isdisjoint(_and_owners(each["name"])):
            reasons = [said["message"] for said in each["diagnostics"] if said["severity"] == "error"]
            yield f"{each['name']}: {' '.join(reasons) or 'One of its parts is incomplete.'}"


def _and_owners(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def found() -> tuple[str, ...]:
    """Lets pyright read the types of the whole package, and gives what is missing in the faces.

    What the types of other libraries lack is ignored: of SQLAlchemy's engine, Alembic's operations, the arguments of
    attrs.field and Hypothesis' strategies pyright infers a part, and no annotation of ours can change that.
    """
    report = json.loads(printed_by("pyright", "--outputjson", "--ignoreexternal", "--verifytypes", "gapless"))
    return tuple(incomplete(report["typeCompleteness"]["symbols"], public_names()))
