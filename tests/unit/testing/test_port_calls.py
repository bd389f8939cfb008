"""The condition of a hostile call, which is that of a program, and that a field equals something hostile."""

from __future__ import annotations

import pytest

from gapless.kit import model_of
from gapless.kit.errors import QueryRefused
from gapless.kit.python_compiler import is_true
from gapless.kit.queries import condition
from gapless.testing.differential.conditions import Condition
from gapless.testing.fuzzing.hostile import Hostile
from gapless.testing.fuzzing.port_calls import PortCall
from gapless.testing.laws.casting import OWN
from gapless.testing.laws.files import Folder
from gapless.testing.laws.rows import fresh_id

WHERE = Condition("equal", "name", "Plans")
EQUAL, OTHER = Hostile("a value", make=lambda: 3), Hostile("another type", make=lambda: "three")


def call(compared: tuple[str, Hostile] | None) -> PortCall:
    """A search for folders."""
    return PortCall(
        opening="unit",
        method="find",
        entity=Folder,
        root=0,
        place=0,
        values={},
        where=WHERE,
        compared=compared,
        order=(),
        field="id",
        steps=(),
        hostile={},
        commits=True,
    )


def asked(compared: tuple[str, Hostile] | None) -> set[tuple[str, int]]:
    """The names and versions of the folders that a store would find, of those with either name or version."""

    def where(row: Folder) -> bool:
        return call(compared)._holds(WHERE, row)

    holds = is_true(condition(model_of(Folder), where, include_deleted=True))
    home, files = fresh_id(), OWN.files
    assert files is not None
    folders = [files.a_folder(home, name=name, version=version) for name in ("Plans", "Minutes") for version in (3, 4)]
    return {(folder.name, folder.version) for folder in folders if holds(folder)}


def test_both_conditions_are_asked_for() -> None:
    """A hostile value that a column can hold is asked for beside the condition, and without one that stands alone."""
    assert asked(("version", EQUAL)) == {("Plans", 3)}
    assert asked(None) == {("Plans", 3), ("Plans", 4)}


def test_a_hostile_value_is_refused_as_what_it_is() -> None:
    """What a column can't hold is what the refusal speaks of, and not the condition beside it."""
    with pytest.raises(QueryRefused, match="Version"):
        asked(("version", OTHER))
