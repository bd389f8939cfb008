"""The chain of revisions of a service: the files of its package, in the order of their numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import groupby

import attrs

from gapless.adapters.postgres.migrations.frozen_sql import RevisionStatement, sentence_of, statements_of
from gapless.kit import Revisions
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.kit.plain import plain_text, shown

HEAD = "head"
SUFFIX = ".sql"
GREATEST_NAME = 32
"""How many characters Alembic's version table has room for."""
_NAME = re.compile(r"(?P<service>[a-z][a-z0-9_]*)_(?P<number>[0-9]{4})")


@attrs.frozen
class Revision:
    """One revision: its name, what it does in a sentence, and its statements."""

    name: str
    sentence: str
    statements: list[RevisionStatement]

    @property
    def steps(self) -> list[list[RevisionStatement]]:
        """Its statements by steps; the last step is the one that keeps its record."""
        return [list(step) for _, step in groupby(self.statements, lambda statement: statement.step)]

    @property
    def completion(self) -> Revision:
        """Its last step, for a database in which the others were carried out."""
        return attrs.evolve(self, statements=self.steps[-1])

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name}{SUFFIX}"


@attrs.frozen
class Chain:
    """The revisions of a service, the oldest first, with what it says of them."""

    declared: Revisions
    revisions: tuple[Revision, ...]

    def named(self, name: str) -> Revision:
        """The revision with this name, or the newest for "head".

        Raises:
            InvalidValue: there is no such revision.
        """
        asked = plain_text(name)
        if asked == HEAD:
            return self.revisions[-1]
        found = next((revision for revision in self.revisions if revision.name == asked), None)
        if found is None:
            names = listed([revision.name for revision in self.revisions])
            said = f"There is no revision '{shown(name)}' in package {self.declared.package}, which has {names}."
            raise InvalidValue("revision", said, fields=("revision",))
        return found

    def completing(self, revision: Revision) -> Chain:
        """The chain in which a revision has its last step alone."""
        found = (revision.completion if each is revision else each for each in self.revisions)
        return attrs.evolve(self, revisions=tuple(found))

    def after(self, since: str | None, target: Revision) -> list[Revision]:
        """The revisions that lead from one, or from nothing, to the target; empty if the target comes earlier."""
        path = self.revisions[: self.revisions.index(target) + 1]
        if since is None:
            return list(path)
        names = [revision.name for revision in path]
        return list(path[names.index(since) + 1 :]) if since in names else []


def read_chain(declared: Revisions) -> Chain:
    """Reads the revisions of a service.

    Raises:
        DeclarationError: the package does not exist, has no revisions, lacks one, or has one that can't be applied.
    """
    return Chain(declared, tuple(_revision(file) for file in _files(declared)))


def revision_names(declared: Revisions) -> tuple[str, ...]:
    """The names of the revisions of a service, the oldest first; their contents are not read.

    Raises:
        DeclarationError: the package does not exist, has no revisions, or lacks one.
    """
    return tuple(file.name.removesuffix(SUFFIX) for file in _files(declared))


def span(declared: Revisions) -> str:
    """The revisions that a service has, for a message."""
    return listed(revision_names(declared))


def listed(names: Sequence[str]) -> str:
    """The names of revisions that follow each other, for a message: the first and the last."""
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def folder_of(declared: Revisions) -> Traversable:
    """The folder with the files of the revisions of a service.

    Raises:
        DeclarationError: the package does not exist.
    """
    try:
        return files(declared.package)
    except (ModuleNotFoundError, TypeError) as error:
        raise DeclarationError(f"The revisions lie in package {declared.package}, which is not there.") from error


def revision_files(folder: Traversable, whose: str) -> list[Traversable]:
    """The files of the revisions in a folder, the oldest first; none if nothing was written yet.

    Args:
        folder: the folder; other files in it are no revisions.
        whose: what the folder is called in a message.

    Raises:
        DeclarationError: the folder does not exist, or the files are not numbered one after the other.
    """
    try:
        found = [file for file in folder.iterdir() if file.name.endswith(SUFFIX)]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DeclarationError(f"The revisions lie in {whose}, which is not there.") from error
    found.sort(key=lambda file: file.name)
    _require_numbered(whose, [file.name.removesuffix(SUFFIX) for file in found])
    return found


def revision_name(service: str, number: int) -> str:
    """The name of a revision of a service by its number, from 1 on."""
    return f"{service}_{number:04}"


def is_revision_name(name: str) -> bool:
    """Whether a revision can have this name."""
    return _NAME.fullmatch(name) is not None and len(name) <= GREATEST_NAME


def _files(declared: Revisions) -> list[Traversable]:
    found = revision_files(folder_of(declared), f"package {declared.package}")
    if not found:
        raise DeclarationError(
            f"Package {declared.package} has no revisions, which are files like desk_0001{SUFFIX}; "
            "`gapless revision` writes the first, and the wheel of a service has to hold them."
        )
    return found


def _require_numbered(whose: str, names: list[str]) -> None:
    first = _NAME.fullmatch(names[0]) if names else None
    service = first["service"] if first else "desk"
    for number, name in enumerate(names, start=1):
        expected = revision_name(service, number)
        if name != expected:
            raise DeclarationError(
                f"{whose[0].upper()}{whose[1:]} has {name}{SUFFIX} where {expected}{SUFFIX} should be: revisions have "
                "one name in lower-case letters, digits and underscores, and four digits from 0001 on, with none left "
                "out."
            )
        if len(name) > GREATEST_NAME:
            said = f"the name of a revision has at most {GREATEST_NAME} characters"
            raise DeclarationError(f"{whose[0].upper()}{whose[1:]} has {name}{SUFFIX}: {said}.")


def _text(file: Traversable) -> str:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DeclarationError("It is not in UTF-8, as a revision has to be.") from error
    if "\0" in text:
        raise DeclarationError("It holds a NUL, which PostgreSQL takes in no statement.")
    return text


def _revision(file: Traversable) -> Revision:
    try:
        text = _text(file)
        sentence, statements = sentence_of(text), statements_of(text)
    except DeclarationError as error:
        raise DeclarationError(f"{file.name}: {error}") from error
    if not sentence or not statements:
        raise DeclarationError(f"{file.name} begins with a comment (-- …) that says what it does, and has statements.")
    return Revision(file.name.removesuffix(SUFFIX), sentence, statements)
