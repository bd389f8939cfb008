"""The chain of revisions of a service: the files of its package, in the order of their numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable

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


def _files(declared: Revisions) -> list[Traversable]:
    """The files of the revisions; other files in the package are not among them."""
    try:
        beside = list(files(declared.package).iterdir())
    except (ModuleNotFoundError, FileNotFoundError, NotADirectoryError, TypeError) as error:
        raise DeclarationError(f"The revisions lie in package {declared.package}, which is not there.") from error
    found = sorted((file for file in beside if file.name.endswith(SUFFIX)), key=lambda file: file.name)
    if not found:
        raise DeclarationError(
            f"Package {declared.package} has no revisions, which are files like desk_0001{SUFFIX}; "
            "gapless.postgres.frozen_revision writes the first, and the wheel of a service has to hold them."
        )
    _require_numbered(declared.package, [file.name.removesuffix(SUFFIX) for file in found])
    return found


def _require_numbered(package: str, names: list[str]) -> None:
    first = _NAME.fullmatch(names[0])
    service = first["service"] if first else "desk"
    for number, name in enumerate(names, start=1):
        expected = f"{service}_{number:04}"
        if name != expected:
            raise DeclarationError(
                f"Package {package} has {name}{SUFFIX} where {expected}{SUFFIX} should be: revisions have one name "
                "in lower-case letters, digits and underscores, and four digits from 0001 on, with none left out."
            )
        if len(name) > GREATEST_NAME:
            said = f"the name of a revision has at most {GREATEST_NAME} characters"
            raise DeclarationError(f"Package {package} has {name}{SUFFIX}: {said}.")


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
