"""The vocabulary of a catalogue: what random programs speak of, for whatever is declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gapless.kit import AtLeastOne, Catalogue, Model, OnDelete, Reference
from gapless.kit.kinds import Invariant
from gapless.kit.model import Validated
from gapless.testing.differential.derived.choices import choices_of, ordered_of, together_of
from gapless.testing.differential.derived.endings import endings_of
from gapless.testing.differential.derived.rows import DerivedRows
from gapless.testing.differential.derived.speech import SPOKEN, conditions_of
from gapless.testing.differential.operations import Operation
from gapless.testing.differential.programs import USUAL
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.suitability import require_programs

FOCUS, RELATED = 5, 2
"""How often an entity that programs are about is drawn, and one that it refers to or that refers to it."""
OF_ROOT = [*["save"] * 8, "undo", "update_where", "get", "remove"]
UNCHANGING = ["add", "add", "add", "remove", "delete_where", "find", "pages"]
NEVER_WRITTEN = ["find", "find", "pages", "count", "get", "add"]


def vocabularies_of(catalogue: Catalogue) -> Mapping[str, Vocabulary]:
    """A vocabulary about each entity of a catalogue, by the entity's name.

    Raises:
        DeclarationError: the catalogue has no root.
    """
    return {model.name: vocabulary_of(catalogue, model.entity) for model in catalogue.models}


def vocabulary_of(catalogue: Catalogue, *entities: type[Validated]) -> Vocabulary:
    """Derives from a declaration what programs about some entities of a catalogue speak of.

    They speak of the root as well, of what these entities refer to, of what refers to them, and of what an organization
    always has. A vocabulary that is written by hand has biases of its own: it is a `Vocabulary` like this one, and
    `attrs.evolve` changes some of it.

    Args:
        catalogue: that of the stores.
        entities: what the programs are about; all entities if none is named.

    Raises:
        DeclarationError: the catalogue has several roots or none, or rows that belong to none, or lacks an entity; or
            no rows were found with which programs could begin, as its rules leave too few.
    """
    require_programs(catalogue)
    focus = tuple(map(catalogue.model, entities)) or catalogue.models
    spoken = tuple(model for model in catalogue.models if model in _spoken(catalogue, focus))
    rows = DerivedRows(catalogue, spoken, focus)
    rows.require_prepared()
    conditions = {model.entity: conditions_of(rows, model) for model in spoken}
    return Vocabulary(
        catalogue=catalogue,
        choices={model.entity: choices_of(rows, model) for model in spoken},
        together={model.entity: together_of(rows, model, conditions[model.entity]) for model in spoken},
        places={model.entity: rows.keys.places(model) for model in catalogue.models if _has_places(model)},
        ordered={model.entity: ordered_of(model) for model in spoken},
        fresh={model.entity: rows.fresh(model) for model in spoken},
        prepared=rows.prepared,
        weights=_weights(catalogue, focus, spoken),
        kinds={model.entity: kinds_of(catalogue, model) for model in spoken},
        breaking=tuple(_breaking(rows)),
        endings=tuple(endings_of(rows)),
        root_key_of=rows.root_key_of,
    )


def _has_places(model: Model[Validated]) -> bool:
    """Whether a root has several rows of an entity, which their ids tell apart."""
    return not model.is_root and bool(model.id_columns)


def _spoken(catalogue: Catalogue, focus: tuple[Model[Validated], ...]) -> list[Model[Validated]]:
    """The entities that programs about some speak of."""
    found = [catalogue.root, *focus, *_kept_alive(catalogue)]
    for model in focus:
        found += [*_parents(catalogue, model), *_children(catalogue, model)]
    for model in found:  # what is found is looked through as well
        found += [parent for parent in _parents(catalogue, model, always=True) if parent not in found]
    return found


def _kept_alive(catalogue: Catalogue) -> Iterator[Model[Validated]]:
    """The entities of which an organization always has a row."""
    yield from (model for model, rule in catalogue.invariants if isinstance(rule, AtLeastOne))


def _parents(catalogue: Catalogue, model: Model[Validated], *, always: bool = False) -> Iterator[Model[Validated]]:
    """What an entity refers to, or always refers to."""
    for reference in model.of_kind(Reference):
        if not always or not any(column.nullable for column in reference.fields):
            yield catalogue.parent(reference)


def _children(catalogue: Catalogue, model: Model[Validated]) -> Iterator[Model[Validated]]:
    """What refers to an entity; of the root, to which everything does, what it counts and what keeps it."""
    for child, reference in catalogue.references_to[model.entity]:
        if model is not catalogue.root or child.of_kind(Invariant) or reference.on_delete is OnDelete.RESTRICT:
            yield child
    if model is catalogue.root:
        yield from (catalogue.model(entity) for entity in (*catalogue.erasures, *catalogue.archives))


def _weights(
    catalogue: Catalogue, focus: tuple[Model[Validated], ...], spoken: tuple[Model[Validated], ...]
) -> tuple[type[Validated], ...]:
    """The spoken entities, each as often as it is to be drawn."""
    related = {model for each in focus for model in (*_parents(catalogue, each), *_children(catalogue, each))}
    often = {model: FOCUS if model in focus else RELATED if model in related else 1 for model in spoken}
    return tuple(model.entity for model, number in often.items() for _ in range(number))


def kinds_of(catalogue: Catalogue, model: Model[Validated]) -> list[str]:
    """The kinds of operations on rows of an entity, each as often as it is to be drawn."""
    unaudited = ["save_unaudited"] * 3 if model.unaudited else []
    if model is catalogue.root:
        return [*OF_ROOT, *unaudited, *unaudited]
    if model.entity in catalogue.archives:
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
        if model.entity in rows.catalogue.archives:
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
    return "put" in kinds_of(rows.catalogue, model)


def _is_spoken(rows: DerivedRows, operation: Operation) -> bool:
    """Whether programs can do it: rows of a root are not put, nor what never changes saved."""
    model = rows.catalogue.model(operation.entity)
    if model not in rows.spoken or model.entity in rows.catalogue.archives:
        return False
    if not model.versioned and operation.kind in ("save", "undo", "save_unaudited", "update_where"):
        return False
    return operation.kind not in ("put", "add", "add_all") or model is not rows.catalogue.root
