"""The gaps that a use case closes, and no rule alone: which methods they are, and which rules these stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from gapless.application.cleanup import Cleanup
from gapless.services.calls import Calls
from gapless.services.members import Members
from gapless.services.organizations import Organizations
from gapless.services.subscriptions import Subscriptions
from gapless.services.usage import Usage

ONCE = "handled_commands_root_id_kind_key_unique"


@attrs.frozen
class UseCase:
    """What closes a gap of the kind INTEGRITY.

    Attributes:
        methods: the use cases, which do all of a unit of work or nothing.
        rules: the names of the rules that a store enforces for them, whoever else writes.
    """

    methods: tuple[Callable[..., object], ...]
    rules: tuple[str, ...]


USE_CASES: Mapping[str, UseCase] = {
    "INTEGRITY-001": UseCase((Organizations.delete,), ("no_active_calls",)),
    "INTEGRITY-002": UseCase((Members.change_role,), ("last_owner",)),
    "INTEGRITY-003": UseCase((Subscriptions.execute_scheduled_downgrade,), ("last_owner",)),
    "INTEGRITY-004": UseCase((Usage.reset_for_period,), (ONCE,)),
    "INTEGRITY-005": UseCase((Subscriptions.payment_failed,), (ONCE,)),
    "INTEGRITY-006": UseCase((Organizations.restore,), ("last_owner", "team_members_quota")),
    "INTEGRITY-007": UseCase((Cleanup.purge_expired,), ("invoices_organization_id_fkey",)),
    "INTEGRITY-008": UseCase(
        (Members.deactivate, Members.remove, Members.reactivate, Members.restore),
        ("last_owner", "team_members_quota"),
    ),
    "INTEGRITY-009": UseCase((Calls.finish, Usage.add_storage), ("storage_quota",)),
    "INTEGRITY-010": UseCase((Subscriptions.payment_succeeded,), (ONCE,)),
}
