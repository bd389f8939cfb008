"""Programs of catalogues of every shape: their rows can be prepared, they run, and they find the lack of rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, partial
from uuid import UUID, uuid4

import pytest

from gapless.adapters.memory import MemoryStore
from gapless.kit import AppendOnly, AtMost, Catalogue, Exclusion, Reference, Unique
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Model, Validated
from gapless.testing.differential.derived import ranges, rows
from gapless.testing.differential.derived.keys import DerivedKeys
from gapless.testing.differential.derived.vocabulary import vocabularies_of, vocabulary_of
from gapless.testing.differential.runner import prepare
from gapless.testing.differential.search import search
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.fuzzing.comparison import compare_port_calls
from gapless.testing.fuzzing.port_calls import PortCall, port_calls
from tests.integration.test_every_catalogue import catalogues, own
from tests.programs import test_derived_vocabularies
from tests.programs.shapes import BARE, SEVERAL, SHAPES, SIDE_BY_SIDE, TOO_FEW
from tests.programs.test_derived_vocabularies import found, lacking
from tests.properties import Portal
from tests.stores import IMPATIENT

A_FEW = 4
DRAWN = ("SHAPES", "TYPED", "NARROW", "HELP_DESK", "CALENDAR", "TREATMENTS")
SEVERAL_ROWS = (Unique, Exclusion, Reference, AtMost, AppendOnly)


def thing_of(catalogue: Catalogue) -> Model[Validated]:
    """The entity for which a shape is there."""
    return catalogue.models[-1]


@cache
def about_thing_of(shape: str) -> Vocabulary:
    """What programs about the entity of a shape speak of."""
    return vocabulary_of(SHAPES[shape], thing_of(SHAPES[shape]).entity)


def speaking_of(catalogue: Catalogue, models: Sequence[Model[Validated]]) -> list[Vocabulary]:
    """The vocabularies that speak of some entities."""
    entities = {model.entity for model in models}
    return [words for words in vocabularies_of(catalogue).values() if entities & words.choices.keys()]


def require_agreement(portal: Portal, vocabularies: Sequence[Vocabulary], patch: pytest.MonkeyPatch) -> None:
    """Two stores take the first rows of vocabularies, and agree on a few programs of each."""
    patch.setattr(test_derived_vocabularies, "MOST_PROGRAMS", A_FEW)
    for words in vocabularies:
        portal(prepare(MemoryStore(words.catalogue), words, words.root_key_of(uuid4().int)))
        assert found(portal, words, words.catalogue) is None


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_spoken_of(portal: Portal, monkeypatch: pytest.MonkeyPatch, shape: str) -> None:
    """Programs about every entity of every shape begin with rows that a store takes, run, and agree."""
    require_agreement(portal, speaking_of(SHAPES[shape], [thing_of(SHAPES[shape])]), monkeypatch)


@pytest.mark.parametrize("name", DRAWN)
def test_every_catalogue_is_spoken_of(portal: Portal, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """So do those about the entities of other hosts; test_differential and test_any_keys run others on PostgreSQL."""
    words = [vocabulary_of(catalogues()[name], model.entity) for model in own(catalogues()[name])]
    require_agreement(portal, words, monkeypatch)


def test_hostile_calls_of_bare_shapes_agree(portal: Portal) -> None:
    """Two stores agree on a few hostile calls about entities that lack an id, a version or a field of their own."""
    for shape in BARE:
        words = about_thing_of(shape)
        search(port_calls(words, A_FEW), partial(disagree_on_calls, portal, words), programs=1, seed=1)


def disagree_on_calls(portal: Portal, words: Vocabulary, program: Sequence[PortCall]) -> bool:
    """Makes hostile calls on two stores; whatever is wrong with them is an error of the test."""
    stores = MemoryStore(words.catalogue, limits=IMPATIENT), MemoryStore(words.catalogue, limits=IMPATIENT)
    portal(compare_port_calls(stores, words, program))
    return False


@pytest.mark.parametrize("shape", SEVERAL)
def test_several_rows_are_there(shape: str) -> None:
    """If the rules leave room for two rows, there are two at first, and more ranges or keys that fit beside them."""
    catalogue = SHAPES[shape]
    model = thing_of(catalogue)
    words = vocabulary_of(catalogue, model.entity)
    home = UUID(int=1)
    assert Counter(map(type, words.prepared(home)))[model.entity] == 2
    names = ("first", "last") if shape in SIDE_BY_SIDE else model.key
    ids = words.places[model.entity]
    fresh = [model.values(words.fresh[model.entity](home, ids.at(home, place), place)) for place in range(3)]
    places = [[column.name for column in model.columns].index(name) for name in names]
    assert len({tuple(values[place] for place in places) for values in fresh}) == 3


@pytest.mark.parametrize("shape", TOO_FEW)
def test_too_few_values_are_told(shape: str) -> None:
    """If no rows are there with which programs could begin, the vocabulary is refused in the name of the rule."""
    rule, catalogue = TOO_FEW[shape]
    with pytest.raises(DeclarationError, match=f"^{rule}: "):
        vocabulary_of(catalogue, thing_of(catalogue).entity)


SPOKEN = [
    (shape, rule.name)
    for shape, catalogue in SHAPES.items()
    for rule in thing_of(catalogue).rules
    if isinstance(rule, SEVERAL_ROWS) and not (isinstance(rule, Reference) and len(rule.fields) < 2)
]


@pytest.mark.parametrize(("shape", "rule"), SPOKEN)
def test_the_lack_of_a_rule_is_found(portal: Portal, shape: str, rule: str) -> None:
    """Whatever the shape, programs about its entity find that a store lacks a rule over several rows."""
    catalogue = SHAPES[shape]
    model = thing_of(catalogue)
    lost = next(each for each in model.rules if each.name == rule)
    assert found(portal, about_thing_of(shape), lacking(catalogue, model, lost)) is not None


def ranges_beyond_the_checks(patch: pytest.MonkeyPatch) -> None:
    """Ranges begin where no check of these shapes lets them."""
    patch.setattr(rows, "allowed_ranges", lambda *_: tuple({"first": at, "last": at + 1} for at in (10**6, 10**6 + 1)))


def one_range(patch: pytest.MonkeyPatch) -> None:
    """All places have the same range."""
    patch.setattr(rows, "allowed_ranges", lambda *asked: ranges.allowed_ranges(*asked)[:1])


def one_key(patch: pytest.MonkeyPatch) -> None:
    """All places have the key of the first one."""
    values_at = DerivedKeys.values_at
    patch.setattr(DerivedKeys, "values_at", lambda self, model, home, _: values_at(self, model, home, 0))


def nothing_refused(patch: pytest.MonkeyPatch) -> None:
    """The first rows are not asked whether a store would take them."""
    patch.setattr(rows, "refusing", lambda *_: None)


Plant = Callable[[pytest.MonkeyPatch], None]
Checker = Callable[[str], None]
PLANTED: Sequence[tuple[Plant, Checker, str]] = (
    *(
        (plant, test_several_rows_are_there, shape)
        for shape in SIDE_BY_SIDE
        for plant in (ranges_beyond_the_checks, one_range)
    ),
    *((one_key, test_several_rows_are_there, shape) for shape in SEVERAL if shape not in SIDE_BY_SIDE),
    (nothing_refused, test_too_few_values_are_told, "of another"),
)


@pytest.mark.parametrize(("plant", "checker", "shape"), PLANTED)
def test_planted_faults_are_found(monkeypatch: pytest.MonkeyPatch, plant: Plant, checker: Checker, shape: str) -> None:
    """Whoever derives rows of which a store takes too few is found out by the tests above."""
    checker(shape)
    plant(monkeypatch)
    with pytest.raises((AssertionError, DeclarationError, pytest.fail.Exception)):
        checker(shape)
