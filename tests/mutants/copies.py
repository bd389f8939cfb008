"""Copies of the repository in which a mutant is planted, so that the checkout itself is never touched."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs

from tests.mutants.mutant import ROOT, Mutant

FREEZE = "tests/mutants/freezing.py"
FROZEN = (
    "src/gapless/domain/migrations",
    "examples/own_service/src/own_service/migrations",
    "examples/clinic/src/clinic/migrations",
)
"""Where revisions stand that were written from a declaration."""
DECLARED = "examples/clinic/src/clinic/appointments.py"
"""What is another while the first of two revisions is written, and stays so if that fails halfway."""
DECLARING = ("adapters/postgres", "domain", "kit", "postgres.py")
"""What revisions are written by, and from: a fault elsewhere changes none."""


@attrs.frozen
class Ended:
    """How a program ended.

    Attributes:
        code: its exit status; None if its time was over before.
        output: what it wrote.
    """

    code: int | None
    output: str


class Copy:
    """A copy of the tracked files of the repository.

    Args:
        root: its folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def of_checkout(cls, root: Path) -> Copy:
        """Copies what git knows of, or could know, as it stands now."""
        listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True).stdout.decode()
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, root / name)
        return cls(root)

    def plant(self, mutant: Mutant) -> Ended:
        """Plants a fault, and writes the revisions anew that were written from the declarations.

        Otherwise the test that compares the two would see every fault of SQL, and say nothing about the others.
        """
        path = self.root / mutant.path
        self._write(path, mutant.planted((ROOT / mutant.path).read_bytes()))
        return self.run([FREEZE], seconds=120) if mutant.module.startswith(DECLARING) else Ended(0, "")

    def restore(self, mutant: Mutant) -> None:
        """Takes the fault away, and all that was written because of it."""
        for changed in (mutant.path, DECLARED):
            self._write(self.root / changed, (ROOT / changed).read_bytes())
        for folder in FROZEN:
            for path in _revisions(self.root / folder):
                path.unlink()
            for path in _revisions(ROOT / folder):
                shutil.copyfile(path, self.root / folder / path.name)

    def _write(self, path: Path, text: bytes) -> None:
        # Python takes a compiled file for its source's by size and second, which two texts may share.
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            compiled.unlink()
        path.write_bytes(text)

    def run(self, arguments: Sequence[str], seconds: float) -> Ended:
        """Runs Python in the copy, on the package of the copy, and ends it with all that it started after a time."""
        environment = {**os.environ, "PYTHONPATH": f"{self.root / 'src'}", "CI": "true"}
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        code = None
        try:
            output, _ = process.communicate(timeout=seconds)
            code = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return Ended(code, output.decode(errors="replace"))


def _revisions(folder: Path) -> list[Path]:
    """The files of the revisions in a folder."""
    return [path for kind in ("*.sql", "*.json") for path in folder.glob(kind)]
