"""The catalogue of gapless itself: every entity, in the order in which the tables are created."""

from __future__ import annotations

from typing import cast

from gapless.domain.calls import call_note_rules, call_rules
from gapless.domain.invoices import invoice_rules
from gapless.domain.knowledge import knowledge_rules
from gapless.domain.organizations import organization_rules
from gapless.domain.phone_numbers import phone_number_rules
from gapless.domain.subscriptions import subscription_rules
from gapless.domain.users import user_rules
from gapless.kit import Catalogue, Model
from gapless.kit.audit import archive_rules, audit_rules, erasure_rules
from gapless.kit.commands import processed_command_rules
from gapless.kit.model import Validated
from gapless.kit.outbox import outbox_rules

# Made at once, because each sum is checked anew.
GAPLESS = Catalogue(
    cast(
        "tuple[Model[Validated], ...]",
        (
            organization_rules,
            user_rules,
            phone_number_rules,
            call_rules,
            call_note_rules,
            knowledge_rules,
            subscription_rules,
            invoice_rules,
            erasure_rules,
            archive_rules,
            audit_rules,
            outbox_rules,
            processed_command_rules,
        ),
    )
)
