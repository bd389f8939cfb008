"""The rows that a cleanup reads and writes, by the declaration of a catalogue, so that a role is refused in time."""

from __future__ import annotations

from collections.abc import Iterator

from gapless.application.processed_commands import commands_by_root
from gapless.kit import Catalogue, Model
from gapless.kit.audit import AuditRecord
from gapless.kit.model import Validated
from gapless.kit.outbox import OutboxEvent
from gapless.kit.rights import Uses
from gapless.kit.root_removal import cleaned_below, cleaned_roots, keeping, purged_in_batches, unlinked
from gapless.kit.soft_deletion import is_soft_deletable


def uses_of(catalogue: Catalogue) -> tuple[Uses, ...]:
    """The rows that a cleanup reads and writes; what cascades is removed with the rights of the tables' owner.

    Args:
        catalogue: the catalogue.
    """
    below = (uses for root in cleaned_roots(catalogue) for uses in _below(catalogue, root))
    return tuple(dict.fromkeys((*below, *_commands(catalogue), *_parts(catalogue))))


def _below(catalogue: Catalogue, root: Model[Validated]) -> Iterator[Uses]:
    """The rows of a root, those on the ways to it, and those that keep it from being removed if it can be."""
    is_purged = is_soft_deletable(root)
    yield Uses(root.entity, reads=True, locks=True, removes=is_purged)
    for model in cleaned_below(catalogue, root):
        yield Uses(model.entity, removes=True)
        yield from _way(catalogue, model)
    for model, reference in unlinked(catalogue, root):
        yield Uses(model.entity, changes=tuple(column.name for column in reference.nulled))
        yield from _way(catalogue, model)
    for model, reference in keeping(catalogue, root) if is_purged else ():
        yield Uses(model.entity, reads=True)
        if not catalogue.leads_across(model, reference):
            yield from _way(catalogue, model)


def _way(catalogue: Catalogue, model: Model[Validated]) -> Iterator[Uses]:
    """The rows through which those of an entity are found to belong to a root."""
    for step in catalogue.way(model):
        yield Uses(step.parent.entity, reads=True)


def _commands(catalogue: Catalogue) -> Iterator[Uses]:
    """The processed commands, which are forgotten; the notes of the purges of a root are among its own."""
    for root, commands in commands_by_root(catalogue):
        is_purged = is_soft_deletable(root)
        counts = is_purged and purged_in_batches(catalogue, root)  # how many rows have gone, from unit to unit
        yield Uses(commands.entity, adds=is_purged, changes=("result",) if counts else (), removes=True)


def _parts(catalogue: Catalogue) -> Iterator[Uses]:
    """What is recorded and told: each purge, if there is a place for that, and what else happens to audited rows."""
    homes = cleaned_roots(catalogue)
    purged = [root for root in homes if is_soft_deletable(root)]
    written = (
        model
        for root in homes
        for model in (*cleaned_below(catalogue, root), *(each for each, _ in unlinked(catalogue, root)))
    )
    if any(model.audited for model in written) or any(catalogue.has_place(AuditRecord, root) for root in purged):
        yield Uses(AuditRecord, adds=True)
    if any(catalogue.has_place(OutboxEvent, root) for root in purged):
        yield Uses(OutboxEvent, adds=True)
