"""The source of another commit, beside this one for as long as it is needed."""

from __future__ import annotations

import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import attrs


class CommitUnknown(Exception):
    """There is no such commit."""


@attrs.frozen(kw_only=True)
class Source:
    """The source of one side.

    Attributes:
        name: how the side is called.
        folder: what its gapless is imported from.
    """

    name: str
    folder: Path


@contextmanager
def checked_out(repository: Path, commit: str) -> Iterator[Source]:
    """Unpacks `src` of a commit into a temporary folder for the time of a block.

    Args:
        repository: a git repository; nothing in it changes.
        commit: its name, in any form that git knows.

    Raises:
        CommitUnknown: git does not know it, or it has no `src`.
    """
    name = _git(repository, "rev-parse", "--verify", "--short", "--end-of-options", f"{commit}^{{commit}}", of=commit)
    # Of a zip nothing lands outside of the folder; of a tar that holds only since Python 3.11.4.
    archive = _git(repository, "archive", "--format=zip", name.decode().strip(), "src", of=commit)
    with tempfile.TemporaryDirectory(prefix="gapless-bench-") as folder:
        with zipfile.ZipFile(BytesIO(archive)) as packed:
            packed.extractall(folder)
        yield Source(name=name.decode().strip(), folder=Path(folder) / "src")


def _git(repository: Path, *arguments: str, of: str) -> bytes:
    try:
        return subprocess.run(  # noqa: S603  # git, with arguments that it can't take for options
            ["git", "-C", str(repository), *arguments],  # noqa: S607  # the git that whoever runs this has
            check=True,
            capture_output=True,
        ).stdout
    except FileNotFoundError:
        raise CommitUnknown("Comparing with another commit needs git, which is not installed.") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise CommitUnknown(f"{of!r} is no commit of {repository} that has a folder src. git says: {said}") from None
