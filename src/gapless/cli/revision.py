"""The next revision from the command line: written, printed, or only asked for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import attrs

from gapless.adapters.postgres.revisions.authoring import Decisions, is_due, missing_description, next_revision
from gapless.adapters.postgres.revisions.revision_folder import RevisionFolder, keep, keep_description
from gapless.cli.declarations import named_catalogue, named_revisions
from gapless.kit.errors import InvalidValue


@attrs.frozen(kw_only=True)
class RevisionOutcome:
    """The output of the command.

    Attributes:
        data: for stdout: the SQL, or the files that were written.
        note: for stderr: one sentence.
        differs: whether the catalogue is other than what the last revision has made.
    """

    data: str
    note: str
    differs: bool


def decided(renames: Iterable[str], drops: Iterable[str], fills: Iterable[str], tolerated: Iterable[str]) -> Decisions:
    """What the options of the command decide.

    Raises:
        InvalidValue: one of them is not of the form name=value, or says two things of one name.
    """
    return Decisions(
        renames=_pairs("--rename", renames, last=True),
        drops=frozenset(drops),
        fills=_pairs("--fill", fills),
        tolerated=frozenset(tolerated),
    )


def folder_of(revisions: str | None, catalogue: str | None, into: Path | None) -> RevisionFolder:
    """Where revisions are written, by the names of a chain, or of a catalogue and a folder.

    Raises:
        InvalidValue: neither is named, or both are; or there is no such thing.
        DeclarationError: the package of the chain is not there.
    """
    if (revisions is None) is (catalogue is None) or (revisions is None and into is None):
        said = (
            "Name the chain, --revisions MODULE:NAME; or --catalogue MODULE:NAME, and where its revisions lie, --into."
        )
        raise InvalidValue("revisions", said, fields=("revisions",))
    if catalogue is not None and into is not None:
        return RevisionFolder(into, f"folder {into}", named_catalogue(catalogue))
    found = RevisionFolder.of(named_revisions(revisions))
    return found if into is None else attrs.evolve(found, folder=into, whose=f"folder {into}")


def written(
    folder: RevisionFolder,
    service: str | None,
    sentence: str | None,
    decisions: Decisions,
    what: str | None,
    *,
    online: bool,
) -> RevisionOutcome:
    """Does what the command asks for: "print", "check", "describe", or None for the files themselves.

    Raises:
        GaplessError: the command can't be carried out; the message says why.
    """
    if what in ("describe", "check"):
        _require_undecided(what, decisions)
    if what == "describe":
        name, text = missing_description(folder)
        path = keep_description(name, text, _path_of(folder))
        return RevisionOutcome(data=f"{path}\n", note=f"{name} is described.", differs=False)
    if what == "check":
        is_other = is_due(folder)
        said = "is other than" if is_other else "is"
        return RevisionOutcome(data="", note=f"The catalogue {said} what the last revision has made.", differs=is_other)
    found = next_revision(folder, service, sentence, decisions, online=online)
    if found is None:
        return RevisionOutcome(data="", note="The catalogue is what the last revision has made.", differs=False)
    note = f"{found.name}: {found.sentence}"
    if what == "print":
        return RevisionOutcome(data=found.text, note=note, differs=True)
    paths = keep(found, _path_of(folder))
    return RevisionOutcome(data="".join(f"{path}\n" for path in paths), note=note, differs=True)


def _require_undecided(what: str, decisions: Decisions) -> None:
    if decisions != Decisions():
        said = f"--{what} writes no revision: leave out --rename, --drop, --fill and --tolerate."
        raise InvalidValue("decisions", said, fields=("decisions",))


def _pairs(option: str, given: Iterable[str], *, last: bool = False) -> dict[str, str]:
    """What an option says of names: what stands behind the first equals sign, or behind the `last`."""
    found: dict[str, str] = {}
    for text in given:
        name, sign, value = text.rpartition("=") if last else text.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise InvalidValue("decisions", f"{option} {text}: say {option} NAME=…, with something on both sides.")
        if name.strip() in found:
            raise InvalidValue("decisions", f"{option} says two things of {name.strip()}.")
        found[name.strip()] = value.strip()
    return found


def _path_of(folder: RevisionFolder) -> Path:
    """The folder as a place to write to, which a package in an archive is not."""
    if not isinstance(folder.folder, Path):
        raise InvalidValue("folder", f"The files of {folder.whose} can't be written to: name their folder, --into.")
    return folder.folder
