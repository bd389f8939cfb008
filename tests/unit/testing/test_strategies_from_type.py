import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.catalogue import GAPLESS
from gapless.domain.values import E164, EmailAddress, Slug, parse_e164, parse_email_address, parse_slug
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.testing.strategies.registration import register
from tests.properties import bounded

ROOT = Path(__file__).parents[3]
ASKED = """
import sys
import hypothesis
assert "gapless.testing.strategies.row_generators" not in sys.modules, "importing Hypothesis costs more than it has to"
from hypothesis import strategies as st
from gapless.domain.users import User

@hypothesis.settings(max_examples=5, deadline=None, database=None)
@hypothesis.given(st.from_type(User))
def draws(user):
    assert user.version == 0

draws()
"""


@pytest.mark.parametrize("entity", [model.entity for model in GAPLESS.models])
def test_every_entity_is_registered(entity: type[Validated]) -> None:
    """Whoever asks for the type of an entity gets valid ones."""
    register()

    @bounded(2)
    @given(st.from_type(entity))
    def holds(drawn: Validated) -> None:
        assert type(drawn) is entity

    holds()


@bounded(10)
@given(st.data())
def test_documents_are_registered(data: st.DataObject) -> None:
    """A JSON document is one of those that read back exactly."""
    register()
    document = data.draw(st.from_type(JsonObject))
    assert JsonObject.parse(document.text) == document


@pytest.mark.parametrize(
    ("kind", "parse"), [(Slug, parse_slug), (E164, parse_e164), (EmailAddress, parse_email_address)]
)
def test_texts_of_the_domain_are_registered(kind: type[str], parse: Callable[[str], str]) -> None:
    """Whoever asks for a slug, a number or an address gets one that is read as it is."""
    register()

    @bounded(10)
    @given(st.from_type(kind))
    def holds(text: str) -> None:
        assert parse(text) == text

    holds()


def test_hypothesis_finds_the_entities_by_the_entry_point(tmp_path: Path) -> None:
    """With the entry point that the distribution declares, a fresh program needs no import of this package."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["hypothesis"]
    information = tmp_path / "declared-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: declared\nVersion: 1\n")
    lines = "\n".join(f"{name} = {place}" for name, place in declared.items())
    (information / "entry_points.txt").write_text(f"[hypothesis]\n{lines}\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", ASKED], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
