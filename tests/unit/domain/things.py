"""Entities that are declared for one question: can such rows be kept?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter

import attrs

from gapless.kit import Catalogue, Entity, Index, Model, OnDelete, Reference, Rule, rules_of
from gapless.kit.model import Validated
from tests.clinics.networks import Clinic, clinic_rules, country_rules, lab_rules

Yields = Callable[[Validated], Iterator[Rule]]
ROOTS = Catalogue((country_rules, clinic_rules, lab_rules))
OF_CLINIC = {"clinic": int}


def none(_: Validated) -> Iterator[Rule]:
    """No rule."""
    yield from ()


def entity(fields: Mapping[str, object], name: str = "Thing") -> type[Entity]:
    """The class of an entity with these fields."""
    given = {field: attrs.field(type=kind) for field, kind in fields.items()}  # type: ignore[call-overload]  # any annotation
    given["version"] = attrs.field(type=int, default=0)
    return attrs.make_class(name, given, bases=(Entity,), frozen=True, kw_only=True, slots=True)


def declared(
    fields: Mapping[str, object], rules: Yields = none, *, of: str | None = "clinic", key: tuple[str, ...] | None = None
) -> Model[Validated]:
    """The model of an entity with these fields besides an id, which belongs to a root by one of them, or is shared."""
    belongs_to = None if of is None else (lambda row: getattr(row, of))
    things: type[Validated] = entity({"id": int, **fields})
    return rules_of(things, "things", belongs_to=belongs_to, shared=of is None, key=key)(rules)


def declared_through(
    fields: Mapping[str, object],
    *rules: Yields,
    through: tuple[str, ...],
    root: bool = False,
    released: Callable[[Validated], bool] | None = None,
) -> Model[Validated]:
    """The model of an entity with these fields besides an id, which belongs to a root through what some refer to."""

    def all_of_them(row: Validated) -> Iterator[Rule]:
        for each in rules:
            yield from each(row)

    things: type[Validated] = entity({"id": int, **fields})
    made = rules_of(things, "things", belongs_through=attrgetter(*through), root=root, released=released)
    return made(all_of_them)


def found_by(*names: str) -> Yields:
    """An index over these fields."""

    def rules(row: Validated) -> Iterator[Rule]:
        yield Index("idx_things_" + "_".join(names), "Finds them.", tuple(getattr(row, name) for name in names))

    return rules


def refers(name: str, to: type, on_delete: OnDelete = OnDelete.RESTRICT, *others: str) -> Yields:
    """A reference by these fields."""

    def rules(row: Validated) -> Iterator[Rule]:
        fields = tuple(getattr(row, each) for each in (name, *others))
        yield Reference(f"things_{name}_fkey", "It is there.", fields, to, on_delete)

    return rules


def of_clinic(*more: Yields) -> Yields:
    """A reference to the clinic, and other rules."""

    def rules(row: Validated) -> Iterator[Rule]:
        for each in (refers("clinic", Clinic, OnDelete.CASCADE), *more):
            yield from each(row)

    return rules
