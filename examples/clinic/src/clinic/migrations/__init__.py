"""The frozen revisions of the tables of clinics.

gapless migrate --revisions clinic.migrations:REVISIONS
"""

from __future__ import annotations

from clinic.catalogue import CLINICS
from gapless.kit import Revisions

REVISIONS = Revisions(
    package=__name__,
    catalogue=CLINICS,
    schema="clinic",
    version_table="clinic_version",
    command="gapless migrate --revisions clinic.migrations:REVISIONS",
)
