"""Whether a store would take the rows that a derived vocabulary begins with; asked when the vocabulary is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from gapless.kit import AdmissionGuard, AtLeastOne, Catalogue, Model, Reference, Transition
from gapless.kit.invariants import InvariantValidator
from gapless.kit.kinds import Rule
from gapless.kit.model import Validated
from gapless.kit.python_compiler import is_false, is_true
from gapless.testing.strategies.consistency import BESIDE
from gapless.testing.strategies.parents import refers_to
from gapless.testing.templates import rules_across_roots

Beginning = Mapping[Model[Validated], Sequence[Validated]]
"""The rows that are there already, by model."""


def refusing(catalogue: Catalogue, there: Beginning, model: Model[Validated], row: Validated) -> Rule | None:
    """The rule by which a store would refuse a row beside those that are there; None if it would take it.

    Args:
        catalogue: the rules.
        there: the rows that are there.
        model: of the row.
        row: the one that is to be added.
    """
    return next(_refusing(catalogue, there, model, row), None)


def _refusing(catalogue: Catalogue, there: Beginning, model: Model[Validated], row: Validated) -> Iterator[Rule]:
    yield from model.find_violations(model.values_by_column(row))
    own = there.get(model, ())
    yield from (rule for rule in model.rules if not all(BESIDE.of(rule)(rule, other, row) for other in own))
    for reference in model.of_kind(Reference):
        if not _is_there(catalogue, {**there, model: [*own, row]}, model, reference, row):
            yield reference
    yield from (rule for rule in model.of_kind(Transition) if is_false(rule.added)(row))
    for guard in model.of_kind(AdmissionGuard):
        links = catalogue.links(model, guard.through)
        above = [parent for parent in there.get(catalogue.parent(guard.through), ()) if refers_to(links, row, parent)]
        if is_true(guard.enters_added)(row) and not all(map(is_true(guard.parent), above)):
            yield guard
    for counting in catalogue.invariants_of(model.entity):
        above = [parent for parent in there.get(counting.parent, ()) if refers_to(counting.links, row, parent)]
        rows = [*own, row]
        limits = _limits(there, counting)
        if not isinstance(counting.rule, AtLeastOne) and any(
            _is_broken(counting, rows, parent, limits) for parent in above
        ):
            yield counting.rule


def lacking(catalogue: Catalogue, there: Beginning) -> Iterator[Rule]:
    """The rules that require a row that is not there."""
    for model in catalogue.models:
        for counting in catalogue.invariants_of(model.entity):
            rows, above = there.get(model, ()), there.get(counting.parent, ())
            if isinstance(counting.rule, AtLeastOne) and any(_is_broken(counting, rows, parent) for parent in above):
                yield counting.rule


def _limits(there: Beginning, counting: InvariantValidator[Validated]) -> Sequence[Validated]:
    """The rows that may hold the limit of a rule, if it stands in a supplement."""
    return () if counting.supplemented is None else there.get(counting.supplemented.model, ())


def _is_broken(
    counting: InvariantValidator[Validated],
    rows: Sequence[Validated],
    parent: Validated,
    limits: Sequence[Validated] = (),
) -> bool:
    supplement = counting.supplement_among(limits, parent)
    return counting.is_broken(parent, counting.number_below(parent, rows), supplement)


def meeting(model: Model[Validated], rows: Sequence[Validated]) -> Rule | None:
    """The rule that two of these rows break together, though they are of different roots; None if all can be there."""
    pairs = ((rule, one, other) for rule in rules_across_roots(model) for one, other in combinations(rows, 2))
    return next((rule for rule, one, other in pairs if not BESIDE.of(rule)(rule, one, other)), None)


def _is_there(
    catalogue: Catalogue, there: Beginning, model: Model[Validated], reference: Reference, row: Validated
) -> bool:
    """Whether the row that a reference points at is there; it points at none if a field of it is null."""
    links = catalogue.links(model, reference)
    is_pointing = all(getattr(row, own.name) is not None for own, _ in links)
    return not is_pointing or any(refers_to(links, row, each) for each in there.get(catalogue.parent(reference), ()))
