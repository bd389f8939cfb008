"""The frozen revisions of the voice service: the SQL that made its tables, kept as it was."""

from __future__ import annotations

from gapless.domain.catalogue import GAPLESS
from gapless.kit import Revisions

REVISIONS = Revisions(package=__name__, catalogue=GAPLESS, command="gapless migrate")
