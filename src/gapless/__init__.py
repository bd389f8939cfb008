"""Repositories and a unit of work for asyncio, with a PostgreSQL store and an in-memory store that agree.

The names that most services need, loaded when they are first used: `import gapless` loads neither SQLAlchemy nor the
driver nor the container.
"""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gapless.adapters.memory import MemoryStore
    from gapless.application.audit_records import Recorder
    from gapless.application.cleanup_outcomes import CleanupReport
    from gapless.application.outbox import RelaySettings
    from gapless.application.pages import Page, page_of
    from gapless.application.retries import retrying
    from gapless.application.root_deletion import delete_root, restore_root
    from gapless.bootstrap import Gapless, open  # noqa: A004  # gapless.open reads as intended
    from gapless.domain.calls import Call, CallId, CallNote, CallNoteId, CallStatus, Handler
    from gapless.domain.catalogue import GAPLESS
    from gapless.domain.errors import (
        CallsInProgress,
        DowngradeExceedsPlan,
        PeriodMismatch,
        PlanNotSmaller,
        PlanTooSmall,
    )
    from gapless.domain.invoices import Invoice, InvoiceId, InvoiceStatus
    from gapless.domain.knowledge import KnowledgeItem, KnowledgeItemId
    from gapless.domain.organizations import Organization, OrganizationId
    from gapless.domain.phone_numbers import PhoneNumber, PhoneNumberId, Provider
    from gapless.domain.plans import PlanCatalogue, PlanLimits
    from gapless.domain.subscriptions import Subscription, SubscriptionId, SubscriptionStatus
    from gapless.domain.usage import Storage
    from gapless.domain.users import Language, Role, User
    from gapless.domain.values import E164, EmailAddress, Slug, parse_e164, parse_email_address, parse_slug
    from gapless.kit import violations
    from gapless.kit.audit import Actor
    from gapless.kit.errors import ConcurrencyConflict, GaplessError, NotFound, RuleViolated
    from gapless.kit.ids import parse_id
    from gapless.kit.limits import Limits

    __version__: str

__all__ = [
    "E164",
    "GAPLESS",
    "Actor",
    "Call",
    "CallId",
    "CallNote",
    "CallNoteId",
    "CallStatus",
    "CallsInProgress",
    "CleanupReport",
    "ConcurrencyConflict",
    "DowngradeExceedsPlan",
    "EmailAddress",
    "Gapless",
    "GaplessError",
    "Handler",
    "Invoice",
    "InvoiceId",
    "InvoiceStatus",
    "KnowledgeItem",
    "KnowledgeItemId",
    "Language",
    "Limits",
    "MemoryStore",
    "NotFound",
    "Organization",
    "OrganizationId",
    "Page",
    "PeriodMismatch",
    "PhoneNumber",
    "PhoneNumberId",
    "PlanCatalogue",
    "PlanLimits",
    "PlanNotSmaller",
    "PlanTooSmall",
    "Provider",
    "Recorder",
    "RelaySettings",
    "Role",
    "RuleViolated",
    "Slug",
    "Storage",
    "Subscription",
    "SubscriptionId",
    "SubscriptionStatus",
    "User",
    "__version__",
    "delete_root",
    "open",
    "page_of",
    "parse_e164",
    "parse_email_address",
    "parse_id",
    "parse_slug",
    "restore_root",
    "retrying",
    "violations",
]

_HOMES = {
    "Actor": "gapless.kit.audit",
    "Call": "gapless.domain.calls",
    "CallId": "gapless.domain.calls",
    "CallNote": "gapless.domain.calls",
    "CallNoteId": "gapless.domain.calls",
    "CallStatus": "gapless.domain.calls",
    "CallsInProgress": "gapless.domain.errors",
    "CleanupReport": "gapless.application.cleanup_outcomes",
    "ConcurrencyConflict": "gapless.kit.errors",
    "DowngradeExceedsPlan": "gapless.domain.errors",
    "E164": "gapless.domain.values",
    "EmailAddress": "gapless.domain.values",
    "GAPLESS": "gapless.domain.catalogue",
    "Gapless": "gapless.bootstrap",
    "GaplessError": "gapless.kit.errors",
    "Handler": "gapless.domain.calls",
    "Invoice": "gapless.domain.invoices",
    "InvoiceId": "gapless.domain.invoices",
    "InvoiceStatus": "gapless.domain.invoices",
    "KnowledgeItem": "gapless.domain.knowledge",
    "KnowledgeItemId": "gapless.domain.knowledge",
    "Language": "gapless.domain.users",
    "Limits": "gapless.kit.limits",
    "MemoryStore": "gapless.adapters.memory",
    "NotFound": "gapless.kit.errors",
    "Organization": "gapless.domain.organizations",
    "OrganizationId": "gapless.domain.organizations",
    "Page": "gapless.application.pages",
    "PeriodMismatch": "gapless.domain.errors",
    "PhoneNumber": "gapless.domain.phone_numbers",
    "PhoneNumberId": "gapless.domain.phone_numbers",
    "PlanCatalogue": "gapless.domain.plans",
    "PlanLimits": "gapless.domain.plans",
    "PlanNotSmaller": "gapless.domain.errors",
    "PlanTooSmall": "gapless.domain.errors",
    "Provider": "gapless.domain.phone_numbers",
    "Recorder": "gapless.application.audit_records",
    "RelaySettings": "gapless.application.outbox",
    "Role": "gapless.domain.users",
    "RuleViolated": "gapless.kit.errors",
    "Slug": "gapless.domain.values",
    "Storage": "gapless.domain.usage",
    "Subscription": "gapless.domain.subscriptions",
    "SubscriptionId": "gapless.domain.subscriptions",
    "SubscriptionStatus": "gapless.domain.subscriptions",
    "User": "gapless.domain.users",
    "delete_root": "gapless.application.root_deletion",
    "open": "gapless.bootstrap",
    "page_of": "gapless.application.pages",
    "parse_e164": "gapless.domain.values",
    "parse_email_address": "gapless.domain.values",
    "parse_id": "gapless.kit.ids",
    "parse_slug": "gapless.domain.values",
    "restore_root": "gapless.application.root_deletion",
    "retrying": "gapless.application.retries",
    "violations": "gapless.kit",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        return metadata.version("gapless")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*{*globals(), *__all__}]
