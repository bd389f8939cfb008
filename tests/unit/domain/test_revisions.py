"""Chains of revisions: what is none is refused by name, wherever it is passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import attrs
import pytest

from gapless.bootstrap import DEFAULT_REVISIONS, chains_for
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue, Revisions
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.kit.revisions import chains_of, require_about, require_made, require_revisions
from gapless.postgres import grants
from gapless.testing import WORKSPACES
from tests.bulk import ask_each


class Liar:
    """Says that it is a chain, as a mock does."""

    def __getattribute__(self, name: str) -> object:
        return Revisions if name == "__class__" else super().__getattribute__(name)


NO_CHAINS: tuple[object, ...] = ("gapless", 5, [DEFAULT_REVISIONS], {}, Revisions, GAPLESS, Liar())
TAKERS: Mapping[str, Callable[[Revisions], object]] = {
    "require_revisions": require_revisions,
    "chains_of": chains_of,
    "chains_of, in a tuple": lambda given: chains_of((DEFAULT_REVISIONS, given)),
    "chains_for": lambda given: chains_for(GAPLESS, given),
    "grants": lambda given: grants("app", revisions=given),
    "grants, of a catalogue": lambda given: grants("app", catalogue=GAPLESS, revisions=given),
}
"""Functions that take a chain, by their names."""
WRONG_FIELDS: tuple[tuple[str, object], ...] = (
    *(("package", wrong) for wrong in ("", "a b", "1a", "a..b", "a.", 5, None)),
    *((name, wrong) for name in ("catalogue", "beyond") for wrong in ("gapless", None, (GAPLESS,))),
    *((name, wrong) for name in ("schema", "command") for wrong in ("", 5, None)),
    *(("version_table", wrong) for wrong in ("", "A", "1a", "a-b", "a" * 64, 5, None)),
)
"""What no field of a chain can be."""


def test_what_is_no_chain_is_refused() -> None:
    """Every function that takes a chain refuses every other value, even one whose class lies."""

    def check(row: tuple[str, object]) -> None:
        with pytest.raises(InvalidValue, match="revisions must be a chain") as caught:
            TAKERS[row[0]](cast(Revisions, row[1]))
        assert caught.value.fields == ("revisions",)

    ask_each([(name, wrong) for name in TAKERS for wrong in NO_CHAINS], check)
    assert chains_of(None) == ()
    assert chains_of(DEFAULT_REVISIONS) == chains_of((DEFAULT_REVISIONS,)) == (DEFAULT_REVISIONS,)


def test_what_no_field_can_be_is_refused() -> None:
    """A chain with a field that is not what it has to be is refused, and the error names the field."""

    def check(row: tuple[str, object]) -> None:
        field: dict[str, Any] = {row[0]: row[1]}  # of a wrong type as well
        with pytest.raises(InvalidValue) as caught:
            attrs.evolve(DEFAULT_REVISIONS, **field)
        assert caught.value.fields == (row[0],)

    ask_each(WRONG_FIELDS, check)
    assert attrs.evolve(DEFAULT_REVISIONS, version_table="a" * 63).version_table == "a" * 63
    with pytest.raises(DeclarationError, match="version_table users is a table"):
        attrs.evolve(DEFAULT_REVISIONS, version_table="users")


def test_another_catalogue_than_that_of_the_chain_is_refused() -> None:
    """A catalogue has the root of its chain, and every entity whose table the chain makes, but not those beyond it."""
    require_about(DEFAULT_REVISIONS, GAPLESS)
    require_made(DEFAULT_REVISIONS, GAPLESS)
    with pytest.raises(InvalidValue, match="another root") as caught:
        require_about(DEFAULT_REVISIONS, WORKSPACES)
    assert caught.value.fields == ("revisions",)
    less = Catalogue(GAPLESS.models[:-1])
    with pytest.raises(InvalidValue, match=f"the table of {GAPLESS.models[-1].entity.__name__}") as lacking:
        require_made(DEFAULT_REVISIONS, less)
    assert lacking.value.fields == ("catalogue",)
    require_made(attrs.evolve(DEFAULT_REVISIONS, beyond=GAPLESS), less)


def test_the_command_names_another_schema() -> None:
    """The command for another schema than the usual one says which."""
    usual = DEFAULT_REVISIONS.schema
    assert DEFAULT_REVISIONS.command_for(usual) == DEFAULT_REVISIONS.command
    assert DEFAULT_REVISIONS.command_for("other") == f"{DEFAULT_REVISIONS.command} --schema other"
