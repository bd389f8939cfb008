"""The models of a catalogue, where the parts of the kit take over to what their rows belong."""

from __future__ import annotations

from collections.abc import Iterable

from gapless.kit.belonging import Rooting
from gapless.kit.columns import ColumnType
from gapless.kit.kinds import AppendOnly, Root
from gapless.kit.model import Model, Validated, model_of


def below_their_root(models: tuple[Model[Validated], ...], users: ColumnType) -> tuple[Model[Validated], ...]:
    """The models, where the parts of the kit belong to the first root, or to nothing where there is none.

    A sum of parts alone has nothing yet to which their rows could belong.
    """
    roots = [model.key_columns[0].type for model in models if model.is_root]
    of_hosts = (model for model in models if model.rooting is None and not model.is_part)
    may_be_alone = len(roots) > 1 or any(model.may_be_alone for model in of_hosts)
    rooting = Rooting(roots[0], has_root=True, may_be_alone=may_be_alone, users=users) if roots else None
    if not roots and may_be_alone:
        rooting = Rooting(ColumnType.UUID, has_root=False, may_be_alone=True, users=users)
        models = tuple(model for model in models if model.entity not in _of_roots_alone(models))
    return tuple(model.rooted(rooting) for model in models)


def _of_roots_alone(models: Iterable[Model[Validated]]) -> set[type]:
    """The entities of parts that mean nothing without a root, such as the archive of roots that are gone."""
    parts = [declared for model in models if (declared := model_of(model.entity)).is_part]
    ends = [rule for part in parts for rule in part.of_kind(AppendOnly) if rule.through and rule.through.to is Root]
    found = {entity for rule in ends for entity in (rule.archive, rule.erased_by) if entity is not None}
    return found | {part.entity for part in parts if not part.may_be_alone}
