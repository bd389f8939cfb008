"""The catalogue where none is named, by itself: whoever needs no more must not pay for what the bootstrap wires."""

from __future__ import annotations

from gapless.domain.catalogue import GAPLESS

DEFAULT_CATALOGUE = GAPLESS
"""The entities and rules where none are named: by `open`, the command line and the test kit."""
