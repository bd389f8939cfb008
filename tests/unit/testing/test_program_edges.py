from uuid import UUID, uuid4

import pytest

from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.users import User
from gapless.kit import model_of, violations
from gapless.kit.model import Validated
from gapless.testing.differential.programs import _edges_of
from gapless.testing.differential.vocabulary import Vocabulary
from tests.programs.service_vocabulary import SERVICE
from tests.programs.team_vocabulary import TEAM


@pytest.mark.parametrize(("entity", "field"), [(Organization, "slug"), (PhoneNumber, "number")])
def test_no_edge_is_taken_from_other_programs(entity: type[Validated], field: str) -> None:
    """Many programs share a store: of what is unique among all organizations they write only what is refused."""
    model = model_of(entity)
    edges = [values for each in _edges_of(model) for values in each if field in values]
    own = {rule.name for rule in model.rules if field in {column.name for column in rule.columns}}
    assert edges
    for values in edges:
        assert own & {error.rule for error in violations(entity, dict(values))}, values


def test_edges_stand_on_both_sides() -> None:
    """Of everything else there are values that are kept as well as such that are refused."""
    names = [values["name"] for each in _edges_of(model_of(User)) for values in each if set(values) == {"name"}]
    assert {isinstance(name, str) and 2 <= len(name) <= 100 for name in names} == {True, False}


@pytest.mark.parametrize("words", [SERVICE, TEAM], ids=["service", "team"])
def test_a_fresh_row_is_the_same_on_each_store(words: Vocabulary) -> None:
    """What a program adds to two stores is made twice and alike; another organization's is another."""
    home, other = OrganizationId(uuid4()), OrganizationId(uuid4())
    for entity, make in words.fresh.items():
        own = home if entity is Organization else UUID(int=7)
        assert make(home, own, 1) == make(home, own, 1), entity.__name__
        assert make(home, own, 1) != make(other, own, 1), entity.__name__
