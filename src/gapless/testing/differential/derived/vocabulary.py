"""The vocabulary of a catalogue: what random programs speak of, for whatever is declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from gapless.kit import AtLeastOne, AtMost, Catalogue, Model, OnDelete, Reference
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import Invariant
from gapless.kit.model import Validated
from gapless.kit.predicates import TRUE
from gapless.testing.differential.derived.choices import choices_of, ordered_of, together_of
from gapless.testing.differential.derived.endings import endings_of
from gapless.testing.differential.derived.preparation import require_prepared, root_keys_of_all
from gapless.testing.differential.derived.rows import DerivedRows
from gapless.testing.differential.derived.speech import SPOKEN, conditions_of
from gapless.testing.differential.operations import AGGREGATES, Operation
from gapless.testing.differential.programs import USUAL
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.suitability import require_rows

FOCUS, RELATED = 5, 2
"""How often an entity that programs are about is drawn, and one that it refers to or that refers to it."""
OF_ROOT = [*["save"] * 8, "undo", "update_where", "count_up", "get", "remove"]
UNCHANGING = [*["add"] * 6, *["remove", "delete_where", "find", "pages"] * 2, "find_by_ids", "exists", *AGGREGATES]
NEVER_WRITTEN = [*["find"] * 4, *["pages", "count", "get", "add"] * 2, "count_up", "find_by_ids", "exists", *AGGREGATES]


def vocabularies_of(catalogue: Catalogue) -> Mapping[str, Vocabulary]:
    """A vocabulary about each entity of a catalogue, by the entity's name.

    Raises:
        DeclarationError: each row of an entity needs another one of it below itself; or no rows were found with which
            programs could begin.
    """
    return {model.name: vocabulary_of(catalogue, model.entity) for model in catalogue.models}


def vocabulary_of(catalogue: Catalogue, *entities: type[Validated]) -> Vocabulary:
    """Derives from a declaration what programs about some entities of a catalogue speak of.

    Their units are of the root to which these entities belong, of the first root if the rows are shared, and of none
    where there is none. They speak of the root as well, of what these entities refer to, of what refers to them, and of
    what an organization always has. Rows of other roots are only referred to. A vocabulary that is written by hand has
    biases of its own: it is a `Vocabulary` like this one, and `attrs.evolve` changes some of it.

    Args:
        catalogue: that of the stores.
        entities: what the programs are about; all entities if none is named.

    Raises:
        DeclarationError: the entities belong to several roots, or each row of one needs another one of it below itself,
            or the catalogue lacks an entity; or no rows were found with which programs could begin, as its rules leave
            too few.
    """
    require_rows(catalogue)
    focus = tuple(map(catalogue.model, entities)) or catalogue.models
    root = _root_of(catalogue, focus)
    spoken = tuple(model for model in catalogue.models if model in _spoken(catalogue, focus, root))
    rows = DerivedRows(catalogue, spoken, focus, root)
    require_prepared(rows)
    conditions = {model.entity: conditions_of(rows, model) for model in spoken}
    return Vocabulary(
        catalogue=catalogue,
        choices={model.entity: choices_of(rows, model) for model in spoken},
        together={model.entity: together_of(rows, model, conditions[model.entity]) for model in spoken},
        places={model.entity: rows.keys.places(model) for model in catalogue.models if _has_places(model, root)},
        ordered={model.entity: ordered_of(model) for model in spoken},
        fresh={model.entity: rows.fresh(model) for model in spoken},
        prepared=rows.prepared,
        weights=_weights(rows),
        kinds={model.entity: kinds_of(rows, model) for model in spoken},
        breaking=tuple(_breaking(rows)),
        endings=tuple(endings_of(rows)),
        root_key_of=rows.root_key_of,
        root_key_for=rows.keys.root_key_for,
        root=None if root is None else root.entity,
        root_keys_of_all=root_keys_of_all(rows),
    )


def _root_of(catalogue: Catalogue, focus: tuple[Model[Validated], ...]) -> Model[Validated] | None:
    """The root of the units of programs about some entities; None if there is none.

    Raises:
        DeclarationError: the entities belong to several roots.
    """
    roots = dict.fromkeys(root for root in map(catalogue.root_of, focus) if root is not None)
    if len(roots) > 1:
        names = " and ".join(root.name for root in roots)
        raise DeclarationError(f"Programs are about rows of one root, and these belong to {names}: name some of one.")
    return next(iter(roots), catalogue.first_root)


def _has_places(model: Model[Validated], root: Model[Validated] | None) -> bool:
    """Whether there are several rows of an entity in a root, or of other roots, which their ids tell apart."""
    return model is not root and (model.is_root or bool(model.id_columns))


def _spoken(
    catalogue: Catalogue, focus: tuple[Model[Validated], ...], root: Model[Validated] | None
) -> list[Model[Validated]]:
    """The entities that programs about some speak of."""
    found = [*([] if root is None else [root]), *focus, *_kept_alive(catalogue, root)]
    for model in focus:
        found += [*_parents(catalogue, model), *_children(catalogue, model, root), *_supplements(catalogue, model)]
    for model in found:  # what is found is looked through as well
        found += [parent for parent in _parents(catalogue, model, always=True) if parent not in found]
        found += [child for child in _asked_below(catalogue, model) if child not in found]
    return found


def _kept_alive(catalogue: Catalogue, root: Model[Validated] | None) -> Iterator[Model[Validated]]:
    """The entities of which an organization always has a row."""
    least = (model for model, rule in catalogue.invariants if isinstance(rule, AtLeastOne))
    yield from (model for model in least if catalogue.root_of(model) in (None, root))


def _asked_below(catalogue: Catalogue, model: Model[Validated]) -> Iterator[Model[Validated]]:
    """The entities of which a row of an entity, as of another root, always has one below it."""
    for child, rule in catalogue.invariants:
        if isinstance(rule, AtLeastOne) and rule.while_parent is TRUE and catalogue.parent(rule.through) is model:
            yield child


def _parents(catalogue: Catalogue, model: Model[Validated], *, always: bool = False) -> Iterator[Model[Validated]]:
    """What an entity refers to, or always refers to."""
    for reference in model.of_kind(Reference):
        if not always or not any(column.nullable for column in reference.fields):
            yield catalogue.parent(reference)


def _supplements(catalogue: Catalogue, model: Model[Validated]) -> Iterator[Model[Validated]]:
    """The entities whose rows hold limits for rows of an entity."""
    limits = (rule.supplement for rule in model.of_kind(AtMost))
    yield from (catalogue.model(cast("type[Validated]", limit.entity)) for limit in limits if limit is not None)


def _children(
    catalogue: Catalogue, model: Model[Validated], root: Model[Validated] | None
) -> Iterator[Model[Validated]]:
    """What refers to an entity; of the root, to which everything does, what it counts and what keeps it."""
    for child, reference in catalogue.references_to[model.entity]:
        if catalogue.root_of(child) not in (None, root):
            continue
        if model is not root or child.of_kind(Invariant) or reference.on_delete is OnDelete.RESTRICT:
            yield child
    if model is root:
        yield from (catalogue.model(entity) for entity in (*catalogue.erasures, *catalogue.archives))


def _weights(rows: DerivedRows) -> tuple[type[Validated], ...]:
    """The spoken entities that units read and write, each as often as it is to be drawn."""
    catalogue, focus, root = rows.catalogue, rows.focus, rows.root
    related = {
        model
        for each in focus
        for model in (*_parents(catalogue, each), *_children(catalogue, each, root), *_supplements(catalogue, each))
    }
    own = filter(rows.is_own, rows.spoken)
    often = {model: FOCUS if model in focus else RELATED if model in related else 1 for model in own}
    return tuple(model.entity for model, number in often.items() for _ in range(number))


def kinds_of(rows: DerivedRows, model: Model[Validated]) -> list[str]:
    """The kinds of operations on rows of an entity, each as often as it is to be drawn."""
    unaudited = ["save_unaudited"] * 3 if model.unaudited else []
    if model is rows.root:
        return [*OF_ROOT, *unaudited, *unaudited]
    if model.entity in rows.catalogue.archives:
        return NEVER_WRITTEN
    if not model.versioned:
        return UNCHANGING
    return [*USUAL, *unaudited]


def _breaking(rows: DerivedRows) -> Iterator[Operation]:
    """Operations that meet the rules of what programs are about, and those of what else they speak of.

    Those of the focus are there as often as all the others together.
    """
    found: dict[bool, list[Operation]] = {True: [], False: []}
    for model in rows.spoken:
        if model.entity in rows.catalogue.archives or not rows.is_own(model):
            continue
        for rule in model.rules:
            operations = [each for each in SPOKEN.of(rule).operations(rows, model, rule) if _is_spoken(rows, each)]
            is_central = model in rows.focus or (
                isinstance(rule, Reference) and rows.catalogue.parent(rule) in rows.focus
            )
            found[is_central].extend(operations)
    for model in rows.focus:
        found[True].extend(Operation("put", model.entity, place) for place in (1, 2) if _is_put(rows, model))
    central, others = found[True], found[False]
    yield from central * max(1, round(len(others) / max(1, len(central))))
    yield from others


def _is_put(rows: DerivedRows, model: Model[Validated]) -> bool:
    return "put" in kinds_of(rows, model)


def _is_spoken(rows: DerivedRows, operation: Operation) -> bool:
    """Whether programs can do it: rows of a root are not put, nor what never changes saved."""
    model = rows.catalogue.model(operation.entity)
    if model not in rows.spoken or model.entity in rows.catalogue.archives or not rows.is_own(model):
        return False
    if not model.versioned and operation.kind in ("save", "undo", "save_unaudited", "update_where"):
        return False
    return operation.kind not in ("put", "add", "add_all") or model is not rows.root
