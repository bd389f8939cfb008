"""The words of docs/glossary.md are the words of the code: one name for one concept, and none that is retired."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

GLOSSARY = ROOT / "docs" / "glossary.md"
CLASS = re.compile(r"^class (\w+)", re.MULTILINE)
NAME = re.compile(r"`(\w+)`")
WORD = re.compile(r'"([^"]+)"')
CLASS_OF_ONE_WORD = re.compile("[A-Z][a-z]+")
"""Such a name has other meanings in small letters, and retires the class alone."""
PROSE = (tokenize.STRING, tokenize.COMMENT)
CODE = ("src", "tests", "examples", "benchmarks")
RENAMES = ROOT / "docs" / "renames.csv"
"""The one list that has the old names: who upgrades looks for them there."""
HISTORY = "decisions"
"""A decision is called by the words of its time, in its title and so in the name of its file."""


def retired(pattern: re.Pattern[str]) -> frozenset[str]:
    """What the glossary lists under *not*: the names in backticks, or the words in quotes."""
    rows = [line.split("|") for line in GLOSSARY.read_text().splitlines() if line.startswith("| **")]
    cells = [row[3] for row in rows]
    return frozenset(found for cell in cells for found in pattern.findall(cell))


def classes_twice(sources: Iterator[str]) -> list[str]:
    """The names of classes that stand more than once on the top level of these sources."""
    counted = Counter(name for source in sources for name in CLASS.findall(source))
    return sorted(name for name, number in counted.items() if number > 1)


def retired_in(source: str, names: frozenset[str], words: frozenset[str]) -> list[str]:
    """The retired names and words that a Python file says, each with its line."""
    found, said = list[str](), words | (names - of_classes(names))
    if not may_say(source, names, words):
        return found
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME and names_retired_in(token.string, names, words):
            found.append(f"{token.start[0]}: {token.string}")
        if token.type in PROSE and not _is_database_name(token.string):
            found += [f"{token.start[0]}: {word}" for word in words_in(token.string, said)]
    return found


def may_say(source: str, names: frozenset[str], words: frozenset[str]) -> bool:
    """Whether the letters of a retired name or word stand in a source, in any spelling; few have to be read closely."""
    letters = re.sub(r"[_\s]", "", source.lower())
    spoken = {re.sub(r"[_\s]", "", each.lower()) for each in words | (names - of_classes(names))}
    return any(each in source for each in of_classes(names)) or any(each in letters for each in spoken)


@cache
def names_retired_in(name: str, names: frozenset[str], words: frozenset[str]) -> tuple[str, ...]:
    """The retired names and words that a name of Python is, or has among its parts, with whatever capitals."""
    classes = of_classes(names)
    spoken = (names - classes) | words
    parts = (f"_{name}_", f"_{_in_small_letters(name)}_")
    found = [each for each in classes if f"_{each}_" in parts[0]]
    found += [each for each in spoken if f"_{_in_small_letters(each)}_" in parts[1]]
    return tuple(sorted(found))


def of_classes(names: frozenset[str]) -> frozenset[str]:
    """The names that are a single word with a capital."""
    return frozenset(name for name in names if CLASS_OF_ONE_WORD.fullmatch(name))


@cache
def _in_small_letters(name: str) -> str:
    """A name, or words, with one underscore between two words: AuditEntry and AUDIT_ENTRY are audit_entry."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.replace(" ", "_")).lower()


def _is_database_name(text: str) -> bool:
    return re.fullmatch(r"""f?["'][\w{}.:%]*["']""", text) is not None


def words_in(text: str, words: frozenset[str]) -> list[str]:
    """The words that stand in a text as words, and not in a name or in a path."""
    return sorted({found.lower() for found in _any_of(words).findall(text)})


@cache
def _any_of(words: frozenset[str]) -> re.Pattern[str]:
    listed = "|".join(map(re.escape, sorted(words, reverse=True)))
    return re.compile(rf"(?<![\w/`-])(?:{listed})(?![\w/-])", re.IGNORECASE)


def python_files() -> list[Path]:
    """The Python files of the repository."""
    return [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]


def test_no_class_name_stands_twice() -> None:
    """Each class name of `src` has one concept."""
    sources = (path.read_text() for path in sorted((ROOT / "src").rglob("*.py")))
    assert classes_twice(sources) == []


def test_two_classes_of_one_name_are_found() -> None:
    """Two classes of one name in two files are found, one that is made inside of a function is none."""
    assert classes_twice(iter(["class One:\n    pass\n", "class One(Two):\n    pass\nclass Two:\n    pass\n"])) == [
        "One"
    ]


def test_no_retired_word_is_said() -> None:
    """No name and no word that the glossary retires is in the code or in the documentation."""
    names, words = retired(NAME), retired(WORD)
    spoken = words | (names - of_classes(names))
    assert names
    assert words
    said = {
        str(path.relative_to(ROOT)): found
        for path in python_files()
        if path != Path(__file__) and (found := retired_in(path.read_text(), names, words))
    }
    said |= {str(path): found for path in python_files() if (found := [*names_retired_in(path.stem, names, words)])}
    for page in (*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md"))):
        lines = page.read_text().splitlines()
        if page != GLOSSARY and (found := [word for line in lines for word in words_in(line, spoken)]):
            said[str(page.relative_to(ROOT))] = found
    assert said == {}


@pytest.mark.parametrize(
    "source",
    [
        "rows = model.hydrate(values)\n",
        "def test_rows_are_judged() -> None: ...\n",
        "def add_audit_entry() -> None: ...\n",
        "import judging_rows\n",
        "NOT_JUDGED = 2\n",
        "UNTIL_HANDLED_COMMAND = 1\n",
        "def add_storable() -> None: ...\n",
        "class NewAuditEntry: ...\n",
        "class Lease: ...\n",
        '"""A rule is judged."""\n',
        "# an audit entry\n",
        '"""Half of the fields are acknowledged."""\n',
    ],
)
def test_a_retired_word_is_found(source: str) -> None:
    """A retired name in the code is found, alone or in a longer one, and a retired word in a docstring or a comment."""
    assert len(retired_in(source, retired(NAME), retired(WORD))) == 1


@pytest.mark.parametrize(
    "source",
    ['name = "judge_01_last_owner"\n', "hydration = 1\n", "lease = KNOWN\n", "def misjudgement() -> None: ...\n"],
)
def test_what_stands_in_a_database_is_no_word(source: str) -> None:
    """The name of a database object is left alone, and so is a word that only contains a retired one."""
    assert retired_in(source, retired(NAME), retired(WORD)) == []
