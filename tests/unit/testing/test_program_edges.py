import pytest

from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.users import User
from gapless.kit import model_of, violations
from gapless.kit.model import Judged
from gapless.testing.differential.programs import _edges_of


@pytest.mark.parametrize(("entity", "field"), [(Organization, "slug"), (PhoneNumber, "number")])
def test_no_edge_is_taken_from_other_programs(entity: type[Judged], field: str) -> None:
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
