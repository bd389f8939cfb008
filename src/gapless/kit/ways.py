"""The way of a row to its root, where it has no field for it: through the row to which it refers, and on from there.

What can't be a way is refused where the catalogue is made. See
docs/decisions/0059-belonging-through-a-row.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import Index, PrimaryKey, Reference, Unique
from gapless.kit.links import Links
from gapless.kit.model import Model, Validated

if TYPE_CHECKING:
    from gapless.kit.catalogue import Catalogue


class WayStep(NamedTuple):
    """One reference on the way of a row to its root.

    Attributes:
        links: the columns that refer, each with the column of the other table that has the same value.
        parent: the model of the row to which they lead.
    """

    links: Links
    parent: Model[Validated]


def passed(by_entity: Mapping[type, Model[Validated]], model: Model[Validated]) -> list[Model[Validated]]:
    """The models of the rows through which those of a model belong to a root, in the order of the way.

    The last one has a field for its root, or is what no way can lead to. It is one that stands there before if the way
    leads back to it.

    Args:
        by_entity: the models of a catalogue, by their entity.
        model: the model.
    """
    found = [model]
    while (through := found[-1].through) is not None and found[-1] not in found[:-1]:
        parent = by_entity.get(through.to)
        if parent is None:
            break
        found.append(parent)
    return found[1:]


def require_way(catalogue: Catalogue, model: Model[Validated]) -> None:
    """Refuses rows that belong to a root through a reference which leads to none; see `Catalogue`.

    Raises:
        DeclarationError: no root could be found for such a row, or not soon enough.
    """
    through = model.through
    if through is None or not catalogue.has_parent(through):
        return
    parent = catalogue.parent(through)
    way = passed(catalogue.by_entity, model)
    if model in way:
        names = ", ".join(each.name for each in way)
        raise DeclarationError(
            f"{model.name} belongs to a root through {names}, and so through itself: give one of these a field for its "
            "root, and say belongs_to= of it."
        )
    _check_parent(model, parent, through)
    _check_served(model, through)


def _check_parent(model: Model[Validated], parent: Model[Validated], through: Reference) -> None:
    if parent.is_root:
        field = through.fields[0].name
        raise DeclarationError(
            f"{through.name} leads to {parent.name}, which is a root itself: say belongs_to=lambda row: row.{field} of "
            f"{model.name}, and not belongs_through=."
        )
    if parent.may_be_alone:
        what = "are shared" if parent.is_shared else f"belong to nobody if {parent.name}.{parent.tenant} is null"
        raise DeclarationError(
            f"{model.name} belongs to a root through {parent.name}, whose rows {what}: let it belong through a row "
            "that always has a root, or give it a field for its root."
        )
    require_key_without_root(model, parent, through)


def require_key_without_root(model: Model[Validated], parent: Model[Validated], reference: Reference) -> None:
    """Refuses a reference of rows without a field for their root to rows whose key has such a field.

    Raises:
        DeclarationError: the key has it.
    """
    if parent.tenant is not None and parent.tenant in parent.key:
        raise DeclarationError(
            f"{reference.name}: the key ({', '.join(parent.key)}) of {parent.name} has the field of its root, and "
            f"{model.name} has none: say belongs_to= of {model.name}, with such a field, or leave {parent.tenant} out "
            "of that key."
        )


def _check_served(model: Model[Validated], through: Reference) -> None:
    """Refuses a way without an index, by which the rows of a root are found, and those that go with another one."""
    count = len(through.fields)
    for rule in model.rules:
        is_whole = isinstance(rule, PrimaryKey) or (isinstance(rule, (Index, Unique)) and rule.where is None)
        found = rule.indexed if isinstance(rule, Index) else rule.fields if isinstance(rule, Unique) else rule.columns
        if is_whole and set(found[:count]) == set(through.fields):
            return
    names = ", ".join(column.name for column in through.fields)
    raise DeclarationError(
        f"{model.name} belongs to a root through {through.name}: yield an Index that begins with ({names}), by which "
        "the rows of a root are found."
    )
