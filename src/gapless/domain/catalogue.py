"""The catalogue of gapless itself: every entity, in the order in which the tables are created."""

from __future__ import annotations

from gapless.domain.audit import audit_rules
from gapless.domain.events import outbox_rules
from gapless.domain.organizations import organization_rules
from gapless.domain.rules import Catalogue
from gapless.domain.users import user_rules

GAPLESS = Catalogue(()) + organization_rules + user_rules + audit_rules + outbox_rules
