"""Running the type checkers, as `make types` does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def printed_by(checker: str, *arguments: str) -> str:
    """What a type checker of this environment prints, whether it finds mistakes or not.

    Raises:
        RuntimeError: it could not do its work.
    """
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", checker, *arguments],
        cwd=ROOT,
        # Pyright looks for packages with the first Python of the path, and would ask a registry for a newer pyright.
        env={**os.environ, "PATH": programs, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{checker} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
