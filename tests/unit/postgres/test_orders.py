"""The order of a listing, as the server is asked for it: without what is equal in all rows of an organization."""

from __future__ import annotations

from uuid import UUID, uuid4

from gapless.adapters.postgres.statements.compiled_statements import CompiledCatalogue
from gapless.adapters.postgres.statements.searches import CompiledSearch
from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.kit import descending, model_of
from gapless.kit.belonging import ALL_ROOTS, Roots
from gapless.kit.queries import query
from tests.voice.rows import a_call

HOME = uuid4()
STATEMENTS = CompiledCatalogue(GAPLESS, "gapless")


def newest_calls(tenant: UUID | Roots, after: Call | None = None) -> CompiledSearch:
    """The search for calls, newest first."""
    asked = query(model_of(Call), order=lambda call: descending(call.started_at), after=after, limit=2, tenant=tenant)
    return STATEMENTS.of(Call).searches.find(asked, tenant)


def ordered_by(search: CompiledSearch) -> str:
    """The columns of a statement's order."""
    return search.statement.text.partition("ORDER BY ")[2].partition(" \n")[0]


def test_a_listing_of_one_organization_is_not_sorted_by_it() -> None:
    """Neither the order nor the place where a page begins names the organization, of which there is one."""
    later = newest_calls(HOME, a_call(HOME))
    assert ordered_by(newest_calls(HOME)) == "gapless.calls.started_at DESC, gapless.calls.id ASC"
    assert ordered_by(later) == ordered_by(newest_calls(HOME))
    assert later.statement.text.partition("WHERE ")[2].count("organization_id") == 1


def test_a_listing_of_all_organizations_is_sorted_by_the_whole_key() -> None:
    """Where rows of several organizations may have one id, the organization decides at last."""
    later = newest_calls(ALL_ROOTS, a_call(HOME))
    assert ordered_by(later).endswith("gapless.calls.id ASC, gapless.calls.organization_id ASC")
    assert later.statement.text.partition("WHERE ")[2].count("organization_id") == 2


def test_organizations_are_sorted_by_their_id() -> None:
    """The id of an organization is its whole key, so it stays."""
    search = STATEMENTS.of(Organization).searches.find(query(model_of(Organization), tenant=HOME), HOME)
    assert ordered_by(search) == "gapless.organizations.id ASC"
