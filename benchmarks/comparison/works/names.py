"""What the pieces of work use, under the name that the commit has for it: the glossary's, or the one before."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from benchmarks.comparison.works.work import ACTOR

if TYPE_CHECKING:
    from gapless import Gapless
    from gapless.kit.audit import AuditRecord
    from gapless.kit.ids import AuditRecordId
    from gapless.services.members import Members
    from gapless.services.organizations import CreatedOrganization
else:
    _AUDIT, _IDS = importlib.import_module("gapless.kit.audit"), importlib.import_module("gapless.kit.ids")
    AuditRecord = getattr(_AUDIT, "AuditRecord" if hasattr(_AUDIT, "AuditRecord") else "AuditEntry")
    AuditRecordId = getattr(_IDS, "AuditRecordId" if hasattr(_IDS, "AuditRecordId") else "AuditEntryId")

__all__ = ["AuditRecord", "AuditRecordId", "created", "members"]


async def created(app: Gapless, slug: str) -> CreatedOrganization:
    """A new organization with its owner, on the plan that has the most seats."""
    organizations = app.organizations
    create = organizations.create if hasattr(organizations, "create") else getattr(organizations, "found")  # noqa: B009  # this commit has no such name
    return cast("CreatedOrganization", await create("Acme", slug, "ann@acme.org", "Ann", plan="team", actor=ACTOR))


def members(app: Gapless) -> Members:
    """The use cases around the members of an organization."""
    return app.members if hasattr(app, "members") else cast("Members", getattr(app, "team"))  # noqa: B009  # as above
