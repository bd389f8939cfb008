"""Writes the first revisions anew from their catalogues; only as long as no version was released with them."""

from __future__ import annotations

import sys
from pathlib import Path

from gapless.adapters.postgres.revisions.description import NOTHING, described
from gapless.adapters.postgres.revisions.description_file import SUFFIX, to_text
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue
from gapless.postgres import frozen_revision

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "own_service" / "src"
OURS = ROOT / "src" / "gapless" / "domain" / "migrations" / "gapless_0001.sql"
THEIRS = EXAMPLE / "own_service" / "migrations" / "appointments_0001.sql"


def write(path: Path, sentence: str, catalogue: Catalogue, *, beyond: Catalogue = NOTHING) -> None:
    """Writes a revision, and the description of what is there behind it."""
    path.write_text(frozen_revision(catalogue, sentence, beyond=beyond), encoding="utf-8")
    path.with_suffix(SUFFIX).write_text(to_text(described(catalogue, beyond)), encoding="utf-8")


def main() -> None:
    """Writes that of gapless, and that of the example of a host, whose table comes to ours."""
    sys.path.insert(0, str(EXAMPLE))
    from own_service.appointments import CALENDAR  # noqa: PLC0415  # only found from here on

    write(OURS, "Organizations, users, the audit trail and the outbox, with their rules.", GAPLESS)
    write(THEIRS, "Appointments.", CALENDAR, beyond=GAPLESS)
    print(f"Written: {OURS.relative_to(ROOT)}, {THEIRS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
