"""How much was done in the main job, added up from what came of its use cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from gapless.application.cleanup_outcomes import CleanupReport
from gapless.demo.player import Outcome
from gapless.domain.calls import Call, CallNote
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.users import User
from gapless.services.organizations import CreatedOrganization

COUNTED: dict[type, str] = {
    Organization: "organizations",
    User: "members",
    PhoneNumber: "numbers",
    Call: "calls",
    CallNote: "notes",
    KnowledgeItem: "knowledge_items",
}


@attrs.frozen(kw_only=True)
class Sums:
    """What was done on one store.

    Attributes:
        organizations, members, numbers, calls, notes, knowledge_items: how many there were, gone by now or not.
        use_cases: how many use cases were played.
        refused: how many of them were refused.
        purged: how many organizations were removed for good.
        blocked: how many organizations a rule kept from that, wholly or in part.
    """

    organizations: int = 0
    members: int = 0
    numbers: int = 0
    calls: int = 0
    notes: int = 0
    knowledge_items: int = 0
    use_cases: int = 0
    refused: int = 0
    purged: int = 0
    blocked: int = 0

    def __add__(self, other: Sums) -> Sums:
        ours, theirs = attrs.asdict(self), attrs.asdict(other)
        return Sums(**{name: ours[name] + theirs[name] for name in ours})


def summed_up(outcomes: Sequence[Outcome]) -> Sums:
    """The sums of these use cases; a row that several of them returned counts once."""
    reports = [outcome.result for outcome in outcomes if isinstance(outcome.result, CleanupReport)]
    return Sums(
        **_rows(outcomes),
        use_cases=len(outcomes),
        refused=sum(outcome.error is not None for outcome in outcomes),
        purged=len({gone for report in reports for gone in report.roots}),
        blocked=len({blocked.root_id for report in reports for blocked in report.blocked}),
    )


def created(outcomes: Iterable[Outcome]) -> dict[OrganizationId, Organization]:
    """The organizations that these use cases created."""
    made = [outcome.result.organization for outcome in outcomes if isinstance(outcome.result, CreatedOrganization)]
    return {organization.id: organization for organization in made}


def _rows(outcomes: Iterable[Outcome]) -> dict[str, int]:
    ids: dict[str, set[object]] = {name: set() for name in COUNTED.values()}
    for outcome in outcomes:
        result = outcome.result
        for row in (result.organization, result.owner) if isinstance(result, CreatedOrganization) else (result,):
            if isinstance(row, Organization | User | PhoneNumber | Call | CallNote | KnowledgeItem):
                ids[COUNTED[type(row)]].add(row.id)
    return {name: len(found) for name, found in ids.items()}
