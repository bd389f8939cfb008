"""Where rules come from: a document, and an id that stands in it."""

from __future__ import annotations

import attrs


@attrs.frozen
class Source:
    """Where a rule comes from: its id there, and the document's name ("seed" for the list gapless was built to)."""

    id: str
    origin: str


def seed(id: str) -> Source:
    """The source of a rule that stands under this id in the list of gaps that gapless was built to close."""
    return Source(id, "seed")
