"""The frozen revisions of this service's own tables, which lie in the schema of gapless and have a record of their own.

gapless migrate
gapless migrate --revisions own_service.migrations:REVISIONS
"""

from __future__ import annotations

from gapless import GAPLESS
from gapless.kit import Revisions
from own_service.appointments import CALENDAR

REVISIONS = Revisions(package=__name__, catalogue=CALENDAR, beyond=GAPLESS, version_table="own_service_version")
