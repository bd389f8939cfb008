"""The parts that any catalogue may take: `Catalogue((clinic_rules, doctor_rules)) + AUDIT_TRAIL + OUTBOX`.

Their rows belong to the root of the catalogue, whatever it is and whatever key it has.
"""

from __future__ import annotations

from gapless.kit.audit import archive_rules, audit_rules, erasure_rules
from gapless.kit.catalogue import Catalogue
from gapless.kit.commands import ProcessedCommand, commands_below, processed_command_rules
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Model, Validated, model_of
from gapless.kit.outbox import outbox_rules

AUDIT_TRAIL = Catalogue((erasure_rules, archive_rules, audit_rules))
"""The audit trail with its archive, and the marks of roots of which nothing is archived."""
OUTBOX = Catalogue((outbox_rules,))
"""The events that are delivered to the outside."""
PROCESSED_COMMANDS = Catalogue((processed_command_rules,))
"""The commands that were carried out, so that none is carried out twice."""


def processed_commands_of(root: type[Validated]) -> Model[ProcessedCommand]:
    """The commands that were carried out below one root of several, which is not the first one.

    They have an entity and a table of their own, whose name begins with that of the root's table. Call it once, where
    the catalogue is made: `NETWORK = CLINICS + PROCESSED_COMMANDS + processed_commands_of(Lab)`.

    Args:
        root: the entity of the root.

    Returns:
        Their model, which a catalogue with that root takes.

    Raises:
        DeclarationError: it is no root, or the name of its table leaves no room.
    """
    model = model_of(root)
    if not model.is_root:
        raise DeclarationError(f"{model.name} is no root: name the entity to whose rows others belong.")
    return commands_below(model)
