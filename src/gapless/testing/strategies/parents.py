"""Which row a row refers to, for rows that no store has yet, and which rules go through the rows of an entity."""

from __future__ import annotations

from typing import TypeVar

from gapless.kit import AdmissionGuard, Catalogue, Invariant, Model, Reference
from gapless.kit.links import Links
from gapless.kit.model import Validated

Row = dict[str, object]
R = TypeVar("R", bound=AdmissionGuard | Invariant)


def referring_to(links: Links, parent: Validated) -> Row:
    """The values by which rows refer to a row.

    Args:
        links: the columns of the reference, each with that of the parent.
        parent: the row to which they refer.
    """
    return {own.name: getattr(parent, theirs.name) for own, theirs in links}


def refers_to(links: Links, row: Validated, parent: Validated) -> bool:
    """Whether a row refers to another one.

    Args:
        links: as of `referring_to`.
        row: the row that may refer.
        parent: the row to which it may refer.
    """
    return all(getattr(row, name) == value for name, value in referring_to(links, parent).items())


def points_at(catalogue: Catalogue, row: Validated, other: Validated) -> bool:
    """Whether a row refers to another one, by any reference."""
    model, entity = catalogue.by_entity[type(row)], type(other)
    return any(
        refers_to(catalogue.links(model, reference), row, other)
        for reference in model.of_kind(Reference)
        if catalogue.parent(reference).entity is entity
    )


def key_referred(links: Links, parent: Model[Validated], row: Validated) -> tuple[object, ...]:
    """The key of the row to which a row refers, in the order of that key.

    Args:
        links: as of `referring_to`.
        parent: the model of the rows to which the reference leads.
        row: the row that refers.
    """
    linked = {theirs.name: own.name for own, theirs in links}
    return tuple(getattr(row, linked[name]) for name in parent.key if name in linked)


def rules_below(catalogue: Catalogue, model: Model[Validated], kind: type[R]) -> list[R]:
    """The rules of a kind over rows below those of an entity, in the order of the catalogue.

    Args:
        catalogue: the rules.
        model: the entity to whose rows the others refer.
        kind: the kind, or what several have in common, as `Invariant`.
    """
    found = [rule for _, rule in catalogue if isinstance(rule, kind)]
    return [rule for rule in found if catalogue.parent(rule.through) is model]
