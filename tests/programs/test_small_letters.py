"""Random programs find a rule that takes the case of letters for a difference."""

from __future__ import annotations

from functools import cache

import pytest

from gapless.kit.predicates import Field
from gapless.testing.differential.derived.vocabulary import vocabulary_of
from gapless.testing.differential.vocabulary import Vocabulary
from tests.catalogues import redeclared
from tests.clinics.treatments import TREATMENTS, Treatment
from tests.programs import test_derived_vocabularies
from tests.programs.test_derived_vocabularies import found
from tests.properties import Portal


@cache
def about_treatments() -> Vocabulary:
    """What programs about them speak of."""
    return vocabulary_of(TREATMENTS, Treatment)


def test_a_rule_over_the_text_itself_is_found(portal: Portal) -> None:
    """Planted: what is unique without regard to case in one store is unique to the letter in the other."""
    rule = "treatments_email_taken"
    columns = next(each.columns for each in TREATMENTS.model(Treatment).rules if each.name == rule)
    planted = redeclared(TREATMENTS, Treatment, {rule: {"fields": tuple(map(Field, columns))}})
    assert found(portal, about_treatments(), planted) is not None


def test_nothing_is_found_where_both_ask_alike(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stores of one catalogue agree about texts in any case, sums, and differences of times."""
    monkeypatch.setattr(test_derived_vocabularies, "MOST_PROGRAMS", 20)
    assert found(portal, about_treatments(), TREATMENTS) is None
