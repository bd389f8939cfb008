"""The catalogue of gapless itself: every entity, in the order in which the tables are created."""

from __future__ import annotations

from gapless.domain.calls import call_note_rules, call_rules
from gapless.domain.invoices import invoice_rules
from gapless.domain.knowledge import knowledge_rules
from gapless.domain.organizations import organization_rules
from gapless.domain.phone_numbers import phone_number_rules
from gapless.domain.subscriptions import subscription_rules
from gapless.domain.users import user_rules
from gapless.kit import AUDIT_TRAIL, OUTBOX, PROCESSED_COMMANDS, Catalogue

# Made at once, because each sum is checked anew.
GAPLESS = Catalogue(
    (
        *(
            organization_rules,
            user_rules,
            phone_number_rules,
            call_rules,
            call_note_rules,
            knowledge_rules,
            subscription_rules,
            invoice_rules,
        ),
        *AUDIT_TRAIL.models,
        *OUTBOX.models,
        *PROCESSED_COMMANDS.models,
    )
)
