"""Both stores have the same files for the same kinds of rule, under the names that these have in the kit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

import attrs
import pytest

import gapless.adapters
from gapless.adapters.memory.enforcers.registry import ENFORCERS
from gapless.adapters.postgres.ddl.registry import DEFINITIONS
from gapless.kit import kinds
from gapless.kit.registry import Registry, every_kind

ADAPTERS = Path(gapless.adapters.__path__[0])
MANY = {"registry": "It says who interprets each kind."}
"""What stands in a folder for many kinds, and why."""


@attrs.frozen
class Folder:
    """Where a store interprets the kinds of rule, one file a kind or a family.

    Attributes:
        path: below the adapters.
        registry: what it knows of each kind; an entry may say `instead` of a file who keeps its rules.
        many: the files there that belong to several kinds, each with the reason.
    """

    path: str
    registry: Registry[Any]  # what an entry is differs from store to store
    many: Mapping[str, str]

    @property
    def module(self) -> str:
        """Its package."""
        return f"gapless.adapters.{self.path.replace('/', '.')}"

    @property
    def files(self) -> set[str]:
        """The names of its modules."""
        return {path.stem for path in (ADAPTERS / self.path).glob("*.py")} - {"__init__"}

    @property
    def instead(self) -> dict[str, str]:
        """By kind, the sentence that says why it has no file here."""
        return {kind.__name__: getattr(entry, "instead", "") for kind, entry in self.registry.by_kind.items()}


FOLDERS = (
    Folder("memory/enforcers", ENFORCERS, MANY),
    Folder(
        "postgres/ddl",
        DEFINITIONS,
        MANY
        | {
            "parents": "How triggers name the rows that rules over other rows go through.",
            "supplements": "Where a limit is, of rules that count, and how a change of it meets what it limits.",
            "tenancy": "What a reference needs beside its foreign key, if that does not have the root.",
            "triggers": "One trigger for each statement finds whom all rules over other rows concern.",
        },
    ),
)
BOTH = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.path)


def homes() -> dict[str, list[str]]:
    """The files of the kit that hold kinds, each with its kinds."""
    found: dict[str, list[str]] = {}
    for kind in every_kind():
        package, _, file = kind.__module__.rpartition(".")
        if package == kinds.__name__:
            found.setdefault(file, []).append(kind.__name__)
    return found


def lacking(kinds_of: Mapping[str, Iterable[str]], files: set[str], instead: Mapping[str, str], path: str) -> list[str]:
    """What to write where: the files that a folder lacks, and says nothing about."""
    return [
        f"{path}/{file}.py is not there: write it, or say in the entry of {kind} who keeps its rules instead."
        for file, named in kinds_of.items()
        for kind in named
        if file not in files and not instead.get(kind)
    ]


def functions_of(entry: attrs.AttrsInstance) -> Iterator[str]:
    """The modules of the functions that an entry of a registry holds."""
    for value in attrs.asdict(entry, recurse=False).values():
        if isinstance(value, (FunctionType, MethodType)):
            yield value.__module__


@BOTH
def test_every_kind_has_its_namesake(folder: Folder) -> None:
    """Each file of kit/kinds that holds kinds has one of its name here, or its entries say why there is none."""
    assert len(homes()) > 1
    assert lacking(homes(), folder.files, folder.instead, folder.path) == []


@BOTH
def test_no_file_has_a_name_of_its_own(folder: Folder) -> None:
    """Each file here has its namesake in kit/kinds, or is one of the few that belong to several kinds."""
    assert folder.files - set(homes()) == set(folder.many)
    assert all(folder.many.values())


@BOTH
def test_nobody_excuses_what_is_there(folder: Folder) -> None:
    """No entry says why its kind has no file if there is one."""
    excused = [file for file, named in homes().items() if any(folder.instead.get(kind) for kind in named)]
    assert folder.files.isdisjoint(excused)


@BOTH
def test_every_kind_is_interpreted_in_its_namesake(folder: Folder) -> None:
    """What an entry holds is defined in the file that has the name of its kind's, or in one of several kinds."""
    for kind, entry in folder.registry.by_kind.items():
        file = kind.__module__.rpartition(".")[2]
        allowed = {f"{folder.module}.{name}" for name in (file, *folder.many)}
        assert set(functions_of(entry)) <= allowed, kind.__name__
    assert any(True for entry in folder.registry.by_kind.values() for _ in functions_of(entry))


def test_a_missing_file_is_found() -> None:
    """Planted: a file that nobody has written is told with its kinds, unless their entries say why."""
    planted = {"check": ["Check"], "exclusion": ["Exclusion"]}
    (told,) = lacking(planted, {"check"}, {}, "memory/enforcers")
    assert told.startswith("memory/enforcers/exclusion.py is not there: write it, or say in the entry of Exclusion")
    assert lacking(planted, {"check"}, {"Exclusion": "Nothing overlaps here."}, "memory/enforcers") == []
