"""One mutant: a place in a source file, what stands there, and what stands there instead."""

from __future__ import annotations

import difflib
import hashlib
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
PACKAGE = "src/gapless"


@attrs.frozen
class Mutant:
    """A change of one place of the source.

    Attributes:
        kind: what sort of fault it is; mutants are drawn by their kinds.
        module: the file, below `src/gapless`.
        function: the qualified name of what it stands in; "" for the module itself. Of a fault in SQL, what it is.
        start, end: where the old text stands, in bytes.
        before, after: the old text and the new one.
    """

    kind: str
    module: str
    function: str
    start: int
    end: int
    before: str
    after: str

    @property
    def path(self) -> str:
        """The file, below the root of the repository."""
        return f"{PACKAGE}/{self.module}"

    def planted(self, source: bytes) -> bytes:
        """The text of the file with the fault."""
        return source[: self.start] + self.after.encode() + source[self.end :]

    def change(self, source: bytes) -> Change:
        """The lines that it takes away, and those that stand there instead."""
        start, end = source.rfind(b"\n", 0, self.start) + 1, source.find(b"\n", self.end)
        tail = source[self.end : end if end >= 0 else len(source)]
        removed, added = (
            tuple(line.strip() for line in (source[start : self.start] + text.encode() + tail).decode().splitlines())
            for text in (self.before, self.after)
        )
        return Change(self.module, self.function, removed, added)

    def diff(self, source: bytes) -> str:
        """The change as a unified diff."""
        old, new = (text.decode().splitlines(keepends=True) for text in (source, self.planted(source)))
        return "".join(difflib.unified_diff(old, new, self.path, self.path, n=3))


@attrs.frozen
class Change:
    """What a mutant changes, said without numbers of lines, so that it stays true when other lines are added.

    Attributes:
        module: the file, below `src/gapless`.
        function: as of the mutant.
        removed, added: the lines, without the space around them.
    """

    module: str
    function: str
    removed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def id(self) -> str:
        """What the mutant is called, so that it can be planted again."""
        said = "\n".join([self.module, self.function, *self.removed, "", *self.added])
        return hashlib.sha256(said.encode()).hexdigest()[:8]


def source_of(mutant: Mutant, root: Path = ROOT) -> bytes:
    """The text of the file as it stands."""
    return (root / mutant.path).read_bytes()
