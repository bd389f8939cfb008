"""Writes the first revisions anew from their catalogues; only as long as no version was released with them."""

from __future__ import annotations

import sys
from pathlib import Path

from gapless.domain.catalogue import GAPLESS
from gapless.postgres import frozen_revision

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "own_service" / "src"
OURS = ROOT / "src" / "gapless" / "domain" / "migrations" / "gapless_0001.sql"
THEIRS = EXAMPLE / "own_service" / "migrations" / "appointments_0001.sql"


def main() -> None:
    """Writes that of gapless, and that of the example of a host, whose table comes to ours."""
    sys.path.insert(0, str(EXAMPLE))
    from own_service.appointments import CALENDAR  # noqa: PLC0415  # only found from here on

    OURS.write_text(
        frozen_revision(GAPLESS, "Organizations, users, the audit trail and the outbox, with their rules."),
        encoding="utf-8",
    )
    THEIRS.write_text(frozen_revision(CALENDAR, "Appointments.", beyond=GAPLESS), encoding="utf-8")
    print(f"Written: {OURS.relative_to(ROOT)}, {THEIRS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
