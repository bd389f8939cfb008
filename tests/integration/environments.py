"""Environments that hold gapless as others get it, from its wheel, and of all other packages only some."""

import os
import re
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterable
from importlib.metadata import Distribution
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-compile")
(EXPORT,) = re.findall(r"^EXPORT = \$\(BIN\)/uv (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
"""What the Makefile asks uv for: what is locked, and nothing from the network."""


def run(*command: str | Path, folder: Path) -> str:
    """What a program prints, which must end well and knows none of our paths and servers."""
    return ended(*command, folder=folder).stdout


def ended(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """How a program ended, with the same conditions."""
    done = tried(*command, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def tried(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """How a program ended, well or not."""
    ours = ("PYTHONPATH", "PYTEST_ADDOPTS", "GAPLESS_DATABASE_URL")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def built(target: str, source: Path, out: Path) -> Path:
    """What is built of a folder with sources: the `wheel`, or the archive of sources (`sdist`)."""
    run(sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", out, folder=source)
    (found,) = out.iterdir()
    return found


def extras() -> list[str]:
    """The extras of the project file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return list(project["optional-dependencies"])


def asked_with(extra: str) -> str:
    """How gapless is asked for with one extra, or with none (`""`)."""
    return f"gapless[{extra}]" if extra else "gapless"


def unpacked(wheel: Path, folder: Path) -> Path:
    """A folder of packages that holds what pip makes of the wheel alone."""
    run(sys.executable, *PIP, "--no-index", "--no-deps", "--target", folder, wheel, folder=folder.parent)
    return folder


def linked(home: Path, ours: Path, others: Iterable[Distribution]) -> Path:
    """The Python of a new environment: gapless as it was unpacked, and of what is installed here these packages alone.

    So it needs no network and no time, and lacks the programs in `bin`.
    """
    venv.create(home, symlinks=True)
    (site,) = home.glob("lib/python*/site-packages")
    for entry in ours.iterdir():
        (site / entry.name).symlink_to(entry)
    for package in others:
        if package.name != "gapless":
            for name in _top_level(package):
                (site / name).symlink_to(Path(str(package.locate_file(name))))
    return home / "bin" / "python"


def installed(home: Path, wheel: Path, extra: str) -> Path:
    """The Python of a new environment: gapless from the wheel with one extra, and what the lock has for it, by pip."""
    venv.create(home, symlinks=True, with_pip=True)
    python, locked = home / "bin" / "python", home / "locked.txt"
    uv = Path(sys.executable).parent / "uv"
    run(uv, *EXPORT.split(), *(["--extra", extra] if extra else []), "--output-file", locked, folder=ROOT)
    run(python, *PIP, "--require-hashes", "--requirement", locked, folder=home)
    run(python, *PIP, "--no-deps", wheel, folder=home)
    run(python, "-m", "pip", "check", folder=home)
    return python


def _top_level(package: Distribution) -> set[str]:
    """The files and folders that a package has of its own; programs in `bin` are outside of them."""
    return {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}
