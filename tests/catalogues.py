"""Catalogues like another one, in which some rules are declared otherwise, in that one place."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from gapless.kit import Catalogue, Rule
from gapless.kit.model import Model, Validated


def redeclared(catalogue: Catalogue, entity: type[Validated], changes: Mapping[str, Mapping[str, object]]) -> Catalogue:
    """The catalogue with other arguments for rules of an entity, by their names.

    Args:
        catalogue: where the rules are.
        entity: what declares them.
        changes: for the name of each changed rule its other arguments, such as `limit`.
    """
    model = catalogue.model(entity)
    assert set(changes) <= {rule.name for rule in model.rules}
    rules = tuple(_changed(rule, changes.get(rule.name, {})) for rule in model.rules)
    return _with(catalogue, attrs.evolve(model, rules=rules))


def without(catalogue: Catalogue, entity: type[Validated], *kinds: type[Rule]) -> Catalogue:
    """The catalogue without the rules of these kinds that an entity has."""
    model = catalogue.model(entity)
    return _with(catalogue, attrs.evolve(model, rules=tuple(r for r in model.rules if not isinstance(r, kinds))))


def _changed(rule: Rule, arguments: Mapping[str, object]) -> Rule:
    return attrs.evolve(rule, **arguments) if arguments else rule  # type: ignore[arg-type]  # those of its kind


def _with(catalogue: Catalogue, changed: Model[Validated]) -> Catalogue:
    return Catalogue(tuple(changed if one.entity is changed.entity else one for one in catalogue.models))
