"""The folder of the revisions of a service: what is written in it, and how one more revision comes to it."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path

import attrs

from gapless.adapters.postgres.migrations.chain import SUFFIX, folder_of, revision_files
from gapless.adapters.postgres.revisions import description_file
from gapless.kit import Catalogue, Revisions
from gapless.kit.errors import InvalidValue
from gapless.kit.revisions import NOTHING


@attrs.frozen
class WrittenRevision:
    """A revision as it is kept: in a file of SQL, and one with the description of what is there behind it.

    Attributes:
        name: its name, such as "clinic_0002".
        sentence: what it does.
        text: the SQL.
        description: the description, as the text of its file.
    """

    name: str
    sentence: str
    text: str
    description: str


@attrs.frozen
class RevisionFolder:
    """Where revisions are written: their folder, and the catalogue whose tables they make.

    Attributes:
        folder: the folder.
        whose: what it is called in a message.
        catalogue: what is there after the newest revision, and has to be after the next.
        beyond: the entities of it whose tables others make.
    """

    folder: Traversable
    whose: str
    catalogue: Catalogue
    beyond: Catalogue = NOTHING

    @classmethod
    def of(cls, revisions: Revisions) -> RevisionFolder:
        """That of a chain.

        Raises:
            DeclarationError: its package does not exist.
        """
        return cls(folder_of(revisions), f"package {revisions.package}", revisions.catalogue, revisions.beyond)

    @property
    def names(self) -> list[str]:
        """The names of the revisions that are written, the oldest first.

        Raises:
            DeclarationError: the folder does not exist, or its files are not numbered one after the other.
        """
        return [file.name.removesuffix(SUFFIX) for file in revision_files(self.folder, self.whose)]

    def description_of(self, name: str) -> str | None:
        """The text of the description of a revision; None if it has none."""
        file = self.folder / f"{name}{description_file.SUFFIX}"
        return file.read_text(encoding="utf-8") if file.is_file() else None


def keep(written: WrittenRevision, folder: Path) -> tuple[Path, Path]:
    """Writes the files of a revision into a folder, the one that makes it a revision last.

    Raises:
        InvalidValue: the folder can't be written to, or has such a file.
    """
    described_in = keep_description(written.name, written.description, folder)
    return _kept(folder / f"{written.name}{SUFFIX}", written.text), described_in


def keep_description(name: str, text: str, folder: Path) -> Path:
    """Writes the description of a revision into a folder; one that no revision has followed is written over."""
    path = folder / f"{name}{description_file.SUFFIX}"
    if not (folder / f"{name}{SUFFIX}").exists():
        path.unlink(missing_ok=True)
    return _kept(path, text)


def _kept(path: Path, text: str) -> Path:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        said = f"{path} can't be written: {error.strerror or error}."
        raise InvalidValue("folder", said, fields=("folder",)) from error
    return path
