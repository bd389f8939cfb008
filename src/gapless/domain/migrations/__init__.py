"""The frozen revisions of the voice service: the SQL that has made its tables in every database, as it was then."""

from __future__ import annotations

from gapless.domain.catalogue import GAPLESS
from gapless.kit import Revisions

REVISIONS = Revisions(package=__name__, catalogue=GAPLESS, command="gapless migrate")
