"""Writes the SQL of the first revision anew from the catalogue; only as long as no version was released with it."""

from __future__ import annotations

from pathlib import Path

from gapless import GAPLESS
from gapless.postgres import frozen_revision

TARGET = Path("src/gapless/domain/migrations/gapless_0001.sql")
SENTENCE = "Organizations, users, the audit trail and the outbox, with their rules."


def main() -> None:
    """Writes the revision."""
    TARGET.write_text(frozen_revision(GAPLESS, SENTENCE), encoding="utf-8")
    print(f"{TARGET}: written")


if __name__ == "__main__":
    main()
