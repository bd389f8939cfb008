"""Refuses references that are right each by itself, and can't be kept among the entities of a catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gapless.kit.belonging import ID
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import AppendOnly, Index, OnDelete, OnSoftDelete, Reference, Root
from gapless.kit.links import id_parts
from gapless.kit.model import Model, Validated
from gapless.kit.soft_deletion import is_soft_deletable
from gapless.kit.ways import require_key_without_root

if TYPE_CHECKING:
    from gapless.kit.catalogue import Catalogue


def require_reference(catalogue: Catalogue, model: Model[Validated], reference: Reference) -> None:
    """Refuses a reference of a model of the catalogue; see `Catalogue`.

    Raises:
        DeclarationError: it could not be kept.
    """
    if reference.to is Root and not catalogue.roots:
        return  # it is a part, which comes to a root with another sum
    if not catalogue.has_parent(reference):
        raise DeclarationError(f"{reference.name} points at {reference.to.__name__}, which is not in the catalogue.")
    parent = catalogue.parent(reference)
    is_later = catalogue.models.index(parent) > catalogue.models.index(model)
    if is_later and not reference.nulled:
        raise DeclarationError(
            f"{reference.name}: put {parent.name} before {model.name} in the catalogue. If the two refer to each "
            "other, one of the references must have a field that may be null: otherwise no row could be the first."
        )
    is_across = catalogue.leads_across(model, reference)
    if is_across:
        _check_across(model, parent, reference)
    else:
        _check_inside(model, parent, reference)
    is_home = parent.is_root and not is_across
    if (reference.purged or reference.on_soft_delete is OnSoftDelete.REMOVE) and not is_home:
        said = "`purged` and `on_soft_delete` are only for references to the root"
        raise DeclarationError(f"{reference.name} points at {parent.name}: {said}.")
    _check_removal(model, reference)
    if parent.released is not None:
        _check_unlinking(model, parent, reference)


def _check_inside(model: Model[Validated], parent: Model[Validated], reference: Reference) -> None:
    """Refuses a reference to a row of the same root that can't be kept."""
    if model.is_root:
        raise DeclarationError(
            f"{reference.name}: {model.name} is a root, and refers to no row that belongs to it: leave it out."
        )
    if parent.is_root and reference.on_delete is OnDelete.SET_NULL:
        raise DeclarationError(
            f"{reference.name}: to which root a row belongs never changes: say OnDelete.CASCADE or OnDelete.RESTRICT."
        )
    if model.through is not None:
        require_key_without_root(model, parent, reference)
    own, ids = id_parts(model, parent, reference)
    if [column.type for column in own] != [column.type for column in ids]:
        raise DeclarationError(_misfit(reference, parent))
    if model.may_be_alone and not parent.is_root:
        # A foreign key of several columns asks nothing of a row in which one of them is null.
        raise DeclarationError(
            f"{reference.name}: {model.name}.{model.tenant} may be null, and a row of no root refers to none of "
            "a root: let it never be null, or leave the reference out."
        )


def _check_across(model: Model[Validated], parent: Model[Validated], reference: Reference) -> None:
    """Refuses a reference to a shared row, or to one of another root, that can't be kept."""
    if tuple(column.type for column in reference.fields) != tuple(column.type for column in parent.key_columns):
        raise DeclarationError(_misfit(reference, parent))
    if not parent.is_shared and parent.tenant not in parent.key:
        raise DeclarationError(
            f"{reference.name}: the key ({', '.join(parent.key)}) of {parent.name} does not say to which root a row "
            "belongs, so that no row of another root can refer to it."
        )
    are_shared = model.is_shared and parent.is_shared
    if not are_shared and reference.on_delete is not OnDelete.RESTRICT:
        # Otherwise the removal of a row would write rows of roots whose locks nobody has (decision 0057).
        what = "a shared row" if parent.is_shared else f"{parent.name}, to a row of another root"
        raise DeclarationError(
            f"{reference.name} leads to {what}: say OnDelete.RESTRICT, for such a row stays as long as others refer "
            "to it."
        )


def _misfit(reference: Reference, parent: Model[Validated]) -> str:
    key = ", ".join(f"{column.name}: {column.type.described}" for column in parent.key_columns)
    own = ", ".join(f"{column.name}: {column.type.described}" for column in reference.fields)
    return f"{reference.name} ({own}) does not fit the key of {parent.name} ({key})."


def _check_unlinking(model: Model[Validated], parent: Model[Validated], reference: Reference) -> None:
    """Refuses a reference to rows that are released if a cleanup could not find what refers to them batch by batch."""
    if reference.on_delete is not OnDelete.SET_NULL:
        return
    wanted = (*reference.fields, *(column for column in model.key_columns if column not in reference.fields))
    served = any(index.fields == wanted and index.where is None for index in model.of_kind(Index))
    if not (model.has_own_id and served):
        names = ", ".join(column.name for column in wanted)
        raise DeclarationError(
            f"{reference.name}: {parent.name} can be released, and a cleanup then unlinks the rows of {model.name} in "
            f"batches, by their key: make it {own_id(model)}, and yield an Index over ({names})."
        )


def _check_removal(model: Model[Validated], reference: Reference) -> None:
    """Refuses a reference whose rows a removal could not treat as declared, before there is a row."""
    removed = reference.on_soft_delete is OnSoftDelete.REMOVE
    if (removed or reference.purged) and model.of_kind(AppendOnly):
        raise DeclarationError(
            f"{reference.name}: {model.name} is append-only, so no soft deletion and no purge can remove its rows by "
            "itself: leave out on_soft_delete and `purged`."
        )
    if removed and is_soft_deletable(model):
        raise DeclarationError(
            f"{reference.name}: {model.name} can be soft-deleted: leave out on_soft_delete, which would remove nothing."
        )
    if reference.purged and not model.has_own_id:
        raise DeclarationError(
            f"{reference.name}: a purge finds the rows of {model.name} by {own_id(model)}: make that its key."
        )


def own_id(model: Model[Validated]) -> str:
    """The key by which a cleanup finds rows, for a message."""
    return f"({ID})" if model.is_root or model.tenant is None else f"({model.tenant}, {ID})"
