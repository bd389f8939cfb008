"""What goes with a root of a catalogue when it is soft-deleted, and when it is purged, by its declaration.

Each function asks it of one root, or of the first one if none is named.

soft-deleted with it    rows that can be soft-deleted, as one batch, which is restored with it
removed then, for good  rows whose reference to the root says OnSoftDelete.REMOVE; those that can be, are released
purged before it        rows whose reference to the root says `purged`, and the rest that can be soft-deleted
gone with it            what cascades from all of those
"""

from __future__ import annotations

from collections.abc import Callable

from gapless.kit.catalogue import Catalogue
from gapless.kit.kinds import OnDelete, OnSoftDelete, Reference, Unique
from gapless.kit.model import Model, Validated
from gapless.kit.soft_deletion import is_soft_deletable


def deleted_softly(catalogue: Catalogue, root: Model[Validated] | None = None) -> tuple[Model[Validated], ...]:
    """The entities, besides the root, whose rows can be soft-deleted, in the order of the catalogue: parents first."""
    home = _named(catalogue, root)
    return tuple(model for model in _belonging(catalogue, home) if not model.is_root and is_soft_deletable(model))


def removed_softly(catalogue: Catalogue, root: Model[Validated] | None = None) -> tuple[Model[Validated], ...]:
    """The entities whose rows a soft deletion of the root removes for good, children before their parents."""
    return _saying(catalogue, root, lambda reference: reference.on_soft_delete is OnSoftDelete.REMOVE)


def purged_before(catalogue: Catalogue, root: Model[Validated] | None = None) -> tuple[Model[Validated], ...]:
    """The entities whose rows a purge removes itself before the root, children before their parents."""
    return _saying(catalogue, root, lambda reference: reference.purged)


def releasable(catalogue: Catalogue, root: Model[Validated] | None = None) -> tuple[Model[Validated], ...]:
    """The entities whose rows are released before they are removed, in the order of the catalogue."""
    return tuple(model for model in _belonging(catalogue, _named(catalogue, root)) if model.released is not None)


def unlinked(
    catalogue: Catalogue, root: Model[Validated] | None = None
) -> tuple[tuple[Model[Validated], Reference], ...]:
    """The references that a cleanup sets to null after a release, each with the model that has it."""
    return tuple(
        (model, reference)
        for parent in releasable(catalogue, root)
        for model, reference in catalogue.references_to[parent.entity]
        if reference.on_delete is OnDelete.SET_NULL
    )


def keeping(
    catalogue: Catalogue, root: Model[Validated] | None = None
) -> tuple[tuple[Model[Validated], Reference], ...]:
    """The references that keep a root from being removed for good, each with the model that has it.

    A reference of rows that a purge removes itself does not count. A reference to a row that goes along keeps that row,
    unless its own row goes along as well. One that leads across, from a shared row or from one of another root, keeps
    it in any case.
    """
    gone, removed = going_along(catalogue, root), _removed(catalogue, root)
    return tuple(
        (model, reference)
        for entity in gone
        for model, reference in catalogue.references_to[entity]
        if reference.on_delete is OnDelete.RESTRICT
        and (
            catalogue.leads_across(model, reference)
            or ((model.entity not in gone or entity in removed) and model.entity not in removed)
        )
    )


def keeps_itself(catalogue: Catalogue, model: Model[Validated]) -> bool:
    """Whether rows of an entity may keep other rows of it from being removed, so that they can only go together."""
    restricting = (each for each in model.of_kind(Reference) if each.on_delete is OnDelete.RESTRICT)
    return any(catalogue.parent(reference) is model for reference in restricting)


def cleaned_roots(catalogue: Catalogue) -> tuple[Model[Validated], ...]:
    """The roots that a cleanup has to do with: of which it removes rows, or which it removes themselves."""
    return tuple(root for root in catalogue.roots if is_soft_deletable(root) or cleaned_below(catalogue, root))


def purged_in_batches(catalogue: Catalogue, root: Model[Validated] | None = None) -> tuple[Model[Validated], ...]:
    """The entities whose rows a purge removes itself before the root, a limited number in each unit of work."""
    return tuple(dict.fromkeys((*purged_before(catalogue, root), *deleted_softly(catalogue, root))))


def cleaned_below(catalogue: Catalogue, root: Model[Validated]) -> tuple[Model[Validated], ...]:
    """The entities whose rows a cleanup removes itself below a root: alone, or before it if it can be purged."""
    before = purged_before(catalogue, root) if is_soft_deletable(root) else ()
    return tuple(dict.fromkeys((*deleted_softly(catalogue, root), *before, *releasable(catalogue, root))))


def going_along(catalogue: Catalogue, root: Model[Validated] | None = None) -> tuple[type[Validated], ...]:
    """The entities whose rows go in a purge: the root, what is purged before it, and what cascades from those."""
    gone = dict.fromkeys(_removed(catalogue, root))
    waiting = list(gone)
    while waiting:
        for model, reference in catalogue.references_to[waiting.pop()]:
            if reference.on_delete is OnDelete.CASCADE and model.entity not in gone:
                gone[model.entity] = None
                waiting.append(model.entity)
    return tuple(gone)


def label_of(catalogue: Catalogue, root: Validated) -> str | None:
    """What people call a root: its first text that is unique, such as a slug; None if it has no such text."""
    for rule in catalogue.model(type(root)).of_kind(Unique):
        if len(rule.columns) == 1 and isinstance(found := getattr(root, rule.columns[0].name), str):
            return found
    return None


def _named(catalogue: Catalogue, root: Model[Validated] | None) -> Model[Validated] | None:
    return catalogue.first_root if root is None else root


def _belonging(catalogue: Catalogue, root: Model[Validated] | None) -> tuple[Model[Validated], ...]:
    """The entities whose rows belong to a root."""
    return tuple(model for model in catalogue.models if root is not None and catalogue.root_of(model) is root)


def _removed(catalogue: Catalogue, root: Model[Validated] | None) -> tuple[type[Validated], ...]:
    home = _named(catalogue, root)
    before = (model.entity for model in purged_before(catalogue, root))
    return (*before,) if home is None else (home.entity, *before)


def _saying(
    catalogue: Catalogue, root: Model[Validated] | None, says: Callable[[Reference], bool]
) -> tuple[Model[Validated], ...]:
    """The entities with a reference to the root for which `says` is true, children before their parents, each once."""
    home = _named(catalogue, root)
    to_root = () if home is None else catalogue.references_to[home.entity]
    return tuple(reversed(dict.fromkeys(model for model, reference in to_root if says(reference))))
