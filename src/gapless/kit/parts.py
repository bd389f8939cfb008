"""The parts that any catalogue may take: `Catalogue((clinic_rules, doctor_rules)) + AUDIT_TRAIL + OUTBOX`.

Their rows belong to the root of the catalogue, whatever it is and whatever key it has.
"""

from __future__ import annotations

from gapless.kit.audit import archive_rules, audit_rules, erasure_rules
from gapless.kit.catalogue import Catalogue
from gapless.kit.commands import processed_command_rules
from gapless.kit.outbox import outbox_rules

AUDIT_TRAIL = Catalogue((erasure_rules, archive_rules, audit_rules))
"""The audit trail with its archive, and the marks of roots of which nothing is archived."""
OUTBOX = Catalogue((outbox_rules,))
"""The events that are delivered to the outside."""
PROCESSED_COMMANDS = Catalogue((processed_command_rules,))
"""The commands that were carried out, so that none is carried out twice."""
