"""docs/adding.md as data: what each step writes into which file, what it runs, and what fails without it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import attrs

PAGE = Path(__file__).parents[2] / "docs" / "adding.md"
_BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# new file: (\S+)")
_INSERTION = re.compile(r"# in (\S+), after: (.*)")
_FAILURE = re.compile(r"Without this\s+`([^`]+)`\s+fails:\s+`([^`]+)`")


@attrs.frozen
class NewFile:
    """A file that is written."""

    path: str
    text: str

    def apply(self, root: Path) -> None:
        """Writes it.

        Raises:
            ValueError: it is there already.
        """
        target = root / self.path
        if target.exists():
            raise ValueError(f"{self.path} is there already")
        target.write_text(self.text, encoding="utf-8")

    def undo(self, root: Path) -> None:
        """Takes it away."""
        (root / self.path).unlink()


@attrs.frozen
class Insertion:
    """Lines that are written into a file behind one that is there.

    Attributes:
        path: the file.
        after: the line before them, or several, joined by a backslash and an n.
        text: the lines.
    """

    path: str
    after: str
    text: str

    def apply(self, root: Path) -> None:
        """Writes them.

        Raises:
            ValueError: the line before them does not stand there exactly once.
        """
        self._replace(root, f"\n{self.after}\n", f"\n{self.after}\n{self.text}")

    def undo(self, root: Path) -> None:
        """Takes them out."""
        self._replace(root, f"\n{self.after}\n{self.text}", f"\n{self.after}\n")

    def _replace(self, root: Path, old: str, new: str) -> None:
        target = root / self.path
        text = target.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise ValueError(f"{self.path} holds {text.count(old)} times: {self.after}")
        target.write_text(text.replace(old, new), encoding="utf-8")


@attrs.frozen
class Failure:
    """What fails without a step: a test, by its node id, and the sentence that it fails with."""

    test: str
    sentence: str


@attrs.frozen(kw_only=True)
class Step:
    """A section of the page.

    Attributes:
        title: its heading.
        edits: what it writes.
        commands: what it runs, line by line.
        failures: what fails without it.
    """

    title: str
    edits: tuple[NewFile | Insertion, ...]
    commands: tuple[str, ...]
    failures: tuple[Failure, ...]


def steps_of(chapter: str, page: Path = PAGE) -> tuple[Step, ...]:
    """The steps of a chapter of the page, each under a heading of the third level."""
    sections = re.split(r"^### (.*)\n", _body(chapter, page), flags=re.MULTILINE)[1:]
    return tuple(_step(title, section) for title, section in zip(sections[::2], sections[1::2], strict=True))


def _body(chapter: str, page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    (body,) = re.findall(rf"^## {re.escape(chapter)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return str(body)


def _step(title: str, section: str) -> Step:
    found = [(language, block) for language, block in _BLOCK.findall(section)]
    failures = _FAILURE.findall(section)
    return Step(
        title=title,
        edits=tuple(_edit(block) for language, block in found if language == "python"),
        commands=tuple(line for language, block in found if language == "console" for line in _commands(block)),
        failures=tuple(Failure(test, " ".join(sentence.split())) for test, sentence in failures),
    )


def _edit(block: str) -> NewFile | Insertion:
    """What a block of Python says in its first line: a new file, or where it is inserted.

    Raises:
        ValueError: it says neither.
    """
    first, _, rest = block.partition("\n")
    if (file := _FILE.fullmatch(first)) is not None:
        return NewFile(file[1], rest)
    if (insertion := _INSERTION.fullmatch(first)) is not None:
        return Insertion(insertion[1], insertion[2].replace("\\n", "\n"), rest)
    raise ValueError(f"This begins neither with `# new file:` nor with `# in ..., after:`: {first}")


def _commands(block: str) -> Iterator[str]:
    """The lines that begin with a dollar sign; a backslash at the end goes on."""
    for line in block.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            yield " ".join(line[2:].split())
