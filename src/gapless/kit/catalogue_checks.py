"""Refuses models and rules that are right each by itself, and do not fit together in one catalogue."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from gapless.kit.audit import AuditRecord
from gapless.kit.belonging import ID
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    Invariant,
    Numbered,
    Reference,
    Rule,
)
from gapless.kit.kinds.referenced_columns import asked_of_parent
from gapless.kit.model import VERSION, Model, Validated
from gapless.kit.object_names import parents_variable
from gapless.kit.recorded_rows import require_recorded
from gapless.kit.reference_checks import own_id, require_reference
from gapless.kit.soft_deletion import FIELDS, is_soft_deletable, require_soft_deletion
from gapless.kit.supplements import require_supplement
from gapless.kit.unlinking import kept_linked
from gapless.kit.ways import require_way
from gapless.kit.writes import changeable

if TYPE_CHECKING:
    from gapless.kit.catalogue import Catalogue

RECHECKS, RECHECK_PREFIX, LAST_NUMBER = "touches", "at_", "last_number"
"""The names of the store's own columns in a table below whose rows others are counted, and the prefix of others."""


def require_consistent(catalogue: Catalogue) -> None:
    """Refuses a catalogue whose entities or rules do not fit together; see `Catalogue`.

    Raises:
        DeclarationError: two of them are the same, or one needs what is not there.
    """
    _check_names(catalogue)
    _check_roots(catalogue)
    for model in catalogue.models:
        _check_soft_deletion(catalogue, model)
        _check_release(model)
        _check_unlinking(catalogue, model)
        require_recorded(catalogue, model)
        for reference in model.of_kind(Reference):
            require_reference(catalogue, model, reference)
        for rule in model.rules:
            _check_parent(catalogue, model, rule)
            if isinstance(rule, Invariant) and catalogue.has_parent(rule.through):
                require_supplement(catalogue, rule)


def require_parts(catalogue: Catalogue) -> None:
    """Refuses a catalogue without a part that its entities need; see `Catalogue.require_complete`.

    Raises:
        DeclarationError: a part is missing.
    """
    for root in catalogue.roots:
        if is_soft_deletable(root) and catalogue.commands_of(root) is None:
            part = "PROCESSED_COMMANDS" if root is catalogue.first_root else f"processed_commands_of({root.name})"
            raise DeclarationError(
                f"{root.name} can be soft-deleted, and a cleanup notes among the processed commands how far its purge "
                f"has come: add them, as in Catalogue(…) + {part}."
            )
    homeless = next((model for model in catalogue.models if not model.may_be_alone and not catalogue.roots), None)
    if homeless is not None:
        raise DeclarationError(
            f"{homeless.name} belongs to a root by {homeless.tenant}, and the catalogue has none: declare the entity "
            f"of that root, with root=True, or {homeless.name} with shared=True."
        )
    audited = next((model.name for model in catalogue.models if model.audited), None)
    if audited is not None and AuditRecord not in catalogue.by_entity:
        raise DeclarationError(
            f"{audited} is audited, and the catalogue has no audit trail: add it, as in Catalogue(…) + AUDIT_TRAIL, or "
            f"derive {audited} from Entity."
        )


def _check_names(catalogue: Catalogue) -> None:
    """Refuses two rules of one name, unless they are the same admission guard at several tables."""
    for one, other in combinations(catalogue.models, 2):
        if one.entity is other.entity or one.table == other.table:
            raise DeclarationError(
                f"{one.name} at {one.table} and {other.name} at {other.table}: put each entity and each table in once."
            )
    seen: dict[str, Rule] = {}
    for _, rule in catalogue:
        first = seen.setdefault(rule.name, rule)
        shared = isinstance(rule, AdmissionGuard) and isinstance(first, AdmissionGuard)
        if first is not rule and not (shared and rule.message == first.message):
            raise DeclarationError(f"Two rules of the catalogue have the name {rule.name}.")


def _check_roots(catalogue: Catalogue) -> None:
    """Refuses rows of which nothing says to what root they belong, and fields with the store's names.

    A part of a catalogue may have no root.
    """
    for model in catalogue.models:
        _check_home(catalogue, model)
    touched = _touched(catalogue)
    for model in (model for model in catalogue.models if model.is_root or model.entity in touched):
        for column in model.columns:
            if column.stored in (RECHECKS, LAST_NUMBER) or column.stored.startswith(RECHECK_PREFIX):
                said = f"the store uses names like {RECHECKS}, {LAST_NUMBER} and {RECHECK_PREFIX}… here: rename it"
                raise DeclarationError(f"{model.name}.{column.name}: {said}.")


def _check_home(catalogue: Catalogue, model: Model[Validated]) -> None:
    """Refuses rows that belong to one of several roots, and to which one nothing says, or by a key of another type."""
    tenant, root = model.tenant_column, catalogue.root_of(model)
    require_way(catalogue, model)
    _check_trail(catalogue, model)
    _check_version(model)
    if tenant is None or model.is_root or not catalogue.roots:
        return
    if root is None and model.rooting is not None:
        return  # a part that was there before the first root, whose rows stay those of nobody
    if root is None:
        names = " and ".join(each.name for each in catalogue.roots)
        raise DeclarationError(
            f"{model.name} belongs to a root by {tenant.name}, and {names} are roots: yield a Reference by "
            f"{tenant.name} to the one that is meant."
        )
    if tenant.type is not root.key_columns[0].type:
        key = f"{root.name}.{root.key[0]} is {root.key_columns[0].type.described}"
        raise DeclarationError(
            f"{model.name}.{tenant.name} is {tenant.type.described}, and {key}: give both the same type."
        )


def _check_version(model: Model[Validated]) -> None:
    """Refuses rows that no root's lock guards, and no version either, though they can change."""
    if model.may_be_alone and not model.versioned and model.append_only is None and changeable(model):
        whose = "shared" if model.is_shared else "of nobody"
        raise DeclarationError(
            f"{model.name}: rows that are {whose} are guarded by their version alone: give it the field "
            f"{VERSION}: int = 0, or yield an AppendOnly if they never change."
        )


def _check_trail(catalogue: Catalogue, model: Model[Validated]) -> None:
    """Refuses audited rows of which no unit could ever write one, because the trail has no place for their records."""
    root = catalogue.root_of(model)
    if not model.audited or root is None or AuditRecord not in catalogue.by_entity:
        return
    if not catalogue.has_place(AuditRecord, root):
        raise DeclarationError(
            f"{model.name} is audited, and the audit trail takes records of {catalogue.root.name} alone: put "
            f"AUDIT_TRAIL behind all roots, or derive {model.name} from Entity."
        )


def _touched(catalogue: Catalogue) -> set[type]:
    """The entities below whose rows others are counted, so that the store has columns of its own on their tables."""
    rules = (rule for _, rule in catalogue if isinstance(rule, Invariant))
    return {catalogue.parent(rule.through).entity for rule in rules if catalogue.has_parent(rule.through)}


def _check_soft_deletion(catalogue: Catalogue, model: Model[Validated]) -> None:
    if not is_soft_deletable(model):
        return
    require_soft_deletion(model, catalogue.user_type)
    if model.of_kind(AppendOnly):
        raise DeclarationError(f"{model.name} is append-only, so its rows can't be soft-deleted.")
    if not _is_cleaned(model):
        raise DeclarationError(
            f"{model.name} has the fields {', '.join(FIELDS)}, and a cleanup looks for deleted rows of roots alone: "
            "rename the fields, and say by soft_deleted= when a row is deleted; then a cleanup leaves it alone."
        )
    if not (model.key == (ID,) if model.is_root else model.has_own_id):
        raise DeclarationError(
            f"{model.name} can be soft-deleted, and a cleanup finds its rows by {own_id(model)}: make that its key."
        )


def _is_cleaned(model: Model[Validated]) -> bool:
    """Whether a cleanup looks for rows of this entity: for roots, and for what belongs to them, under their locks."""
    return not model.may_be_alone


def _check_release(model: Model[Validated]) -> None:
    if model.released is not None and not _is_cleaned(model):
        raise DeclarationError(
            f"{model.name} can be released, and a cleanup looks for released rows of roots alone: leave out `released`."
        )
    if model.released is not None and not model.has_own_id:
        raise DeclarationError(
            f"{model.name} can be released, and a cleanup finds its rows by {own_id(model)}: make that its key."
        )


def _check_unlinking(catalogue: Catalogue, model: Model[Validated]) -> None:
    """Refuses an added check that keeps rows linked which a release would unlink.

    What a release refuses belongs to the reference, and so to the revisions of whoever declares it (decision 0066).
    """
    for reference in model.declared_of_kind(Reference):
        if not catalogue.has_parent(reference) or catalogue.parent(reference).released is None:
            continue
        for check, _ in kept_linked(model, reference):
            if check in model.added:
                raise DeclarationError(
                    f"{check.name} is added to {model.name}, and would be false of rows that {reference.name} links, "
                    f"once a {catalogue.parent(reference).name} is released and they are unlinked: let it hold of rows "
                    "without that link."
                )


def _check_parent(catalogue: Catalogue, model: Model[Validated], rule: Rule) -> None:
    if isinstance(rule, AppendOnly):
        _check_archive(catalogue, model, rule)
    if not isinstance(rule, (Invariant, AdmissionGuard, AppendOnly, Numbered)) or rule.through is None:
        return
    if not catalogue.has_parent(rule.through):
        return  # of a part, which comes to a root with another sum
    parent = catalogue.parent(rule.through)
    is_kept_below = isinstance(rule, AppendOnly) and rule.through is model.through and rule.archive is None
    if isinstance(rule, (AppendOnly, Numbered)) and parent is not catalogue.root_of(model) and not is_kept_below:
        home = catalogue.root_of(model)
        goal = "its root, and such rows have none: leave it out" if home is None else home.name
        raise DeclarationError(f"{rule.name}: such a rule must go through a reference to {goal}.")
    if isinstance(rule, Invariant) and parent.append_only is not None:
        # The triggers touch the row of the parent, so that two transactions meet there (decision 0002).
        raise DeclarationError(
            f"{rule.name} counts rows below a {parent.name}, whose rows never change, and the store has to touch them: "
            "let it go through a row that may change."
        )
    if isinstance(rule, (Invariant, AdmissionGuard)):
        _check_reachable(catalogue, model, rule)
        _check_variable(rule, model, parent)
    for column in asked_of_parent(rule):
        if column not in parent.columns:
            raise DeclarationError(f"{rule.name} uses {column.name}, which is not a field of {parent.name}.")


def _check_reachable(catalogue: Catalogue, model: Model[Validated], rule: Invariant | AdmissionGuard) -> None:
    """Refuses the wish for a row below one that the same unit can never have added."""
    parent = catalogue.parent(rule.through)
    if isinstance(rule, AtLeastOne) and not parent.is_shared and catalogue.leads_across(model, rule.through):
        raise DeclarationError(
            f"{rule.name}: rows of {parent.name} are added in units of another root than those of {model.name}, so "
            "that none could ever be there: let the rule go through a row of the same root, or through a shared one."
        )


def _check_variable(rule: Invariant | AdmissionGuard, *models: Model[Validated]) -> None:
    """Refuses a field whose name the function has for a variable that looks at the rows of these entities."""
    for model in models:
        if parents_variable(rule) in {column.stored for column in model.columns}:
            raise DeclarationError(
                f"{model.name}.{parents_variable(rule)}: the trigger of {rule.name} has a variable with this name: "
                "rename the field or the rule."
            )


def _check_archive(catalogue: Catalogue, model: Model[Validated], rule: AppendOnly) -> None:
    for entity in (rule.archive, rule.erased_by):
        if entity is not None and (entity not in catalogue.by_entity or rule.through is None):
            raise DeclarationError(
                f"{rule.name}: put {entity.__name__} into the catalogue, and give the rule the `through` of its rows."
            )
    if rule.archive is not None and catalogue.by_entity[rule.archive].columns != model.columns:
        raise DeclarationError(f"{rule.name}: {rule.archive.__name__} does not have the fields of {model.name}.")
