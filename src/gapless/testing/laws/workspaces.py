"""The root of the laws' catalogue: a workspace, to which all other rows belong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import attrs

from gapless.kit import (
    AdmissionGuard,
    AuditedEntity,
    Check,
    Names,
    Reference,
    Rule,
    Transition,
    Unique,
    any_of,
    between,
    camel_case,
    impersonal,
    length,
    matches,
    negate,
    predicate,
    previous,
    row,
    rules_of,
)
from gapless.kit.columns import BigInteger
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.json_object import GREATEST_INTEGER
from gapless.kit.soft_deletion import soft_deletion_rules

NOTHING = BigInteger(0)


@attrs.frozen(kw_only=True, slots=True)
class Workspace(AuditedEntity):
    """A tenant: its name, how many members and folders it may have, and how many bytes it may use."""

    id: UUID
    created_at: datetime
    name: str = impersonal()
    slug: str = impersonal()
    team_members_quota: int
    folders_quota: int
    storage_quota: BigInteger
    used_storage: BigInteger = NOTHING
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0

    @predicate
    def is_live(self) -> bool:
        """Whether the workspace is not deleted."""
        return negate(self.is_deleted)

    def renamed(self, name: str) -> Workspace:
        """The workspace with another name."""
        return attrs.evolve(self, name=name)


def live_workspace(home: Reference, *, of: bool) -> AdmissionGuard:
    """The rule that no row enters a deleted workspace, whether it is added or changed.

    Args:
        home: the reference of the table to its workspace.
        of: which rows count as inside the workspace.
    """
    live = row(Workspace).is_live
    return AdmissionGuard(
        "live_workspace", "The workspace is deleted: nothing enters it.", home, live, of=of, added=True
    )


@rules_of(
    Workspace,
    "workspaces",
    root=True,
    soft_deleted=lambda workspace: workspace.is_deleted,
    unaudited=lambda workspace: workspace.used_storage,
    names=Names("Workspace", camel_case),
)
def workspace_rules(workspace: Workspace) -> Iterator[Rule]:
    """What holds for every workspace."""
    yield Check("workspaces_name_length", "A name has 2 to 100 characters.", between(length(workspace.name), 2, 100))
    yield Check(
        "workspaces_slug_form",
        "A slug is made of lower-case letters, digits and hyphens.",
        matches(workspace.slug, "[a-z0-9-]+"),
    )
    yield Check("workspaces_slug_length", "A slug has at most 63 characters.", length(workspace.slug) <= 63)
    yield Unique("workspaces_slug_unique", "This slug is taken.", workspace.slug)
    yield Check("workspaces_seats", "The number of members is not negative.", workspace.team_members_quota >= 0)
    yield Check("workspaces_folders", "The number of folders is not negative.", workspace.folders_quota >= 0)
    greatest = BigInteger(GREATEST_INTEGER)  # audit records hold numbers as JSON
    for name, size in {"storage_quota": workspace.storage_quota, "used_storage": workspace.used_storage}.items():
        yield Check(f"workspaces_{name}_range", "Bytes lie between 0 and 2^53 - 1.", between(size, NOTHING, greatest))
    within = workspace.used_storage <= workspace.storage_quota
    yield Transition(
        "workspaces_storage_left",
        "The storage of the workspace is used up: only what makes room is accepted.",
        any_of(workspace.used_storage <= previous(workspace).used_storage, within),
        added=within,
    )
    yield from soft_deletion_rules(workspace, "workspaces")
