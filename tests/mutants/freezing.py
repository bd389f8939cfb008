"""Writes the revisions anew from the catalogues of a copy in which a fault was planted.

Those of the package never change. In a copy they would differ from what the fault makes of the declarations, and the
one test that compares the two would find every fault of SQL, and say nothing about the other tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gapless.adapters.postgres.revisions.description import described
from gapless.adapters.postgres.revisions.description_file import SUFFIX, to_text
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue
from gapless.kit.revisions import NOTHING
from gapless.postgres import frozen_revision

ROOT = Path(__file__).parents[2]
OURS = ROOT / "src" / "gapless" / "domain" / "migrations"
SERVICE, CLINIC = (ROOT / "examples" / name / "src" for name in ("own_service", "clinic"))
THEIRS = SERVICE / "own_service" / "migrations"
LIMIT = CLINIC / "clinic" / "appointments.py", "MOST_A_DAY = 8", "MOST_A_DAY = 12"
"""Where the limit stands that the second revision of the clinic changed, what it is, and what it was."""


def write(folder: Path, catalogue: Catalogue, *, beyond: Catalogue = NOTHING) -> None:
    """Writes all of a catalogue into the first revision, and nothing into those that follow it."""
    first, *others = sorted(folder.glob("*.sql"))
    sentence = first.read_text(encoding="utf-8").partition("\n")[0].removeprefix("-- ")
    first.write_text(frozen_revision(catalogue, sentence, beyond=beyond), encoding="utf-8")
    for other in others:
        other.write_text("-- Nothing.\n\nSELECT;\n", encoding="utf-8")
    for file in (first, *others):
        file.with_suffix(SUFFIX).write_text(to_text(described(catalogue, beyond)), encoding="utf-8")


def revise(*options: str) -> None:
    """Writes the next revision of the clinic, as its author does."""
    paths = os.pathsep.join([str(ROOT / "src"), str(CLINIC)])
    program = [
        str(Path(sys.executable).with_name("gapless")),
        "revision",
        "--revisions",
        "clinic.migrations:REVISIONS",
        *options,
    ]
    subprocess.run(program, cwd=CLINIC, env={**os.environ, "PYTHONPATH": paths}, check=True)


def write_clinic() -> None:
    """Writes the two revisions of the clinic, the first with the limit that it had."""
    for file in (CLINIC / "clinic" / "migrations").glob("clinic_*"):
        file.unlink()
    module, now, then = LIMIT
    text = module.read_text(encoding="utf-8")
    assert now in text, f"{module.name} has no {now!r} any more."
    module.write_text(text.replace(now, then), encoding="utf-8")
    revise("--service", "clinic")
    module.write_text(text, encoding="utf-8")
    revise()


def main() -> None:
    """Writes those of gapless, and those of both examples."""
    sys.path.insert(0, str(SERVICE))
    from own_service.appointments import CALENDAR  # noqa: PLC0415  # only found from here on

    write(OURS, GAPLESS)
    write(THEIRS, CALENDAR, beyond=GAPLESS)
    write_clinic()


if __name__ == "__main__":
    main()
