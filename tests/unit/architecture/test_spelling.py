"""What `make spelling` asks for finds a misspelt word, and knows our own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def misspelt(text: str, path: Path) -> str:
    """What the checker says of a text, by the words of pyproject.toml."""
    path.write_text(text)
    checker = Path(sys.executable).with_name("typos")
    command = [str(checker), "--config", str(ROOT / "pyproject.toml"), "--format", "brief", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_misspelt_words_are_found(tmp_path: Path) -> None:
    """Planted: a word in a sentence, one in a name, and the spelling that is not ours."""
    said = misspelt("def recieve_calls():\n    '''Each adress of the organisation.'''\n", tmp_path / "planted.py")
    assert "`recieve` should be `receive`" in said
    assert "`adress` should be `address`" in said
    assert "`organisation` should be `organization`" in said


def test_our_own_words_are_known(tmp_path: Path) -> None:
    """What is written so on purpose is no mistake, and neither is the mark of an object in SQL."""
    assert misspelt("CHECKs at RC or SER; IS 'gapless:1:a6fe4344048a22ba'\n", tmp_path / "ours.sql") == ""
