"""A chain of revisions that grows in a folder, and the decisions that lead from one form of the wards to another."""

from __future__ import annotations

import importlib
import secrets
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres.revisions.revision_folder import keep
from gapless.kit import Catalogue, Revisions
from gapless.kit.errors import RevisionFailed
from gapless.postgres import Decisions, WrittenRevision, migrate, next_revision
from tests.integration.postgres.revisions.wards import Form

VERSION_TABLE = "ward_version"


class Package:
    """A package of revisions that nobody has seen before.

    Attributes:
        folder: where it lies.
        beyond: what other chains make.
    """

    def __init__(self, parent: Path, patch: pytest.MonkeyPatch, beyond: Catalogue | None = None) -> None:
        self.beyond = Catalogue(()) if beyond is None else beyond
        self.name = f"revisions_{secrets.token_hex(4)}"
        self.folder = parent / self.name
        self.folder.mkdir()
        (self.folder / "__init__.py").touch()
        patch.syspath_prepend(parent)
        importlib.invalidate_caches()

    def chain(self, catalogue: Catalogue, schema: str = "wards") -> Revisions:
        """The chain that makes a catalogue."""
        return Revisions(
            package=self.name, catalogue=catalogue, beyond=self.beyond, schema=schema, version_table=VERSION_TABLE
        )

    def write(
        self, catalogue: Catalogue, decisions: Decisions | None = None, *, online: bool = True
    ) -> WrittenRevision | None:
        """Writes the next revision that leads to a catalogue, and keeps it."""
        service = None if [*self.folder.glob("*.sql")] else "ward"
        written = next_revision(self.chain(catalogue), service=service, decisions=decisions, online=online)
        if written is not None:
            keep(written, self.folder)
        return written

    async def interrupt(self, engine: AsyncEngine, catalogue: Catalogue) -> None:
        """Writes the revision `ward_0002` to a catalogue, and carries it out but for its last step, which is left."""
        self.write(catalogue)
        file = self.folder / "ward_0002.sql"
        intact = file.read_text()
        file.write_text(f"{intact}\nSELECT nonsense;\n")
        with pytest.raises(RevisionFailed, match="nonsense"):
            await migrate(engine, revisions=self.chain(catalogue))
        file.write_text(intact)

    def withdraw(self) -> None:
        """Removes that revision, as its author does who thinks better of it."""
        for file in self.folder.glob("ward_0002.*"):
            file.unlink()


def decisions_between(before: Form, now: Form) -> Decisions:
    """What an author decides who goes from one form to another."""
    renames = {before.visits: now.visits} if before.visits != now.visits else {}
    if before.label != now.label:
        renames[f"{before.visits}.{before.label}"] = now.label
    drops = {f"{before.visits}.note"} if before.note and not now.note else set()
    drops |= {f"{before.visits}.room", "rooms"} if before.rooms and not now.rooms else set()
    drops |= {"entries"} if before.entries and not now.entries else set()
    fills = {f"{now.visits}.size": "size::integer"} if before.big and not now.big else {}
    if (before.note, now.note) == ("nullable", "required"):
        fills[f"{now.visits}.note"] = f"'was ' || \"{now.label}\""
    return Decisions(renames=renames, drops=drops, fills=fills)
