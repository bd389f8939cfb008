"""The team of an organization as a whole: what its members may do together, judged before a store is asked.

The store judges the same rules again at commit, because only there it is safe; the team judges them so that a caller
learns of a refusal before anything is written.
"""

from __future__ import annotations

import attrs

from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit import CountRule, model_of
from gapless.kit.errors import RuleViolated


@attrs.frozen(kw_only=True)
class Team:
    """What the rules over a team need to know of it.

    Attributes:
        organization: whose team it is.
        owners: owners who are active and not deleted.
        members: users who are active and not deleted.
    """

    organization: Organization
    owners: int
    members: int

    def replacing(self, before: User | None, after: User | None) -> Team:
        """The team after one of its users changed, came (`before` is None) or went (`after` is None).

        Raises:
            RuleViolated: `last_owner`, if an owner goes and none would be left; `team_members_quota`, if a member comes
                and there is no seat.
        """
        owners = self.owners + _counts(after, "is_owner") - _counts(before, "is_owner")
        members = self.members + _counts(after, "is_member") - _counts(before, "is_member")
        if owners < self.owners and owners < 1 and self.organization.is_live:
            raise violated("last_owner")
        if members > self.members and members > self.organization.team_members_quota:
            raise violated("team_members_quota")
        return attrs.evolve(self, owners=owners, members=members)


def _counts(user: User | None, predicate: str) -> int:
    return int(user is not None and bool(getattr(user, predicate)))


def violated(name: str) -> RuleViolated:
    """The error for one of the rules over a team, as every enforcer raises it."""
    model = model_of(User)
    return model.violated(next(rule for rule in model.of_kind(CountRule) if rule.name == name))
