"""The events of the voice service: what has to happen outside after a unit of work is committed."""

from __future__ import annotations

from typing import ClassVar

import attrs

from gapless.domain.organizations import OrganizationId
from gapless.kit.ids import UserId
from gapless.kit.json_object import Json


@attrs.frozen(kw_only=True)
class RevokeSessions:
    """Every session of this user has to end."""

    kind: ClassVar[str] = "sessions.revoke"
    user_id: UserId
    reason: str

    def payload(self) -> dict[str, Json]:
        """The user's id, and why."""
        return {"user_id": str(self.user_id), "reason": self.reason}


@attrs.frozen(kw_only=True)
class OrganizationDeleted:
    """An organization was deleted, with all of its users, until it is restored."""

    kind: ClassVar[str] = "organization.deleted"
    organization_id: OrganizationId

    def payload(self) -> dict[str, Json]:
        """The organization's id."""
        return {"organization_id": str(self.organization_id)}
