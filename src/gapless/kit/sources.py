"""Where rules come from: a document, and an id that stands in it."""

from __future__ import annotations

import attrs


@attrs.frozen
class Source:
    """Where a rule comes from: the id that it has there, and the name of that document."""

    id: str
    origin: str


def seed(id: str) -> Source:
    """The source of a rule from the list of gaps that gapless was built to close, by its id in that list."""
    return Source(id, "seed")
