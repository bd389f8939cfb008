"""What `released=` in a declaration makes of it, and which declarations it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, cast
from uuid import UUID

import attrs
import pytest

from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumber
from gapless.kit import (
    AuditedEntity,
    Catalogue,
    Check,
    Entity,
    Index,
    Model,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    all_of,
    any_of,
    is_null,
    model_of,
    negate,
    nullable,
    rules_of,
)
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.kit.predicates import fields_of
from gapless.kit.python_compiler import is_false, is_true
from gapless.kit.root_removal import releasable, unlinked
from gapless.kit.unlinking import kept_linked
from gapless.testing.laws.lockers import Locker, Rental
from gapless.testing.laws.workspaces import Workspace, workspace_rules

Says = Callable[[Any], object]
"""What a test says of a symbolic row, right or wrong."""
HOME, THERE = UUID(int=1), UUID(int=2)


def a_crate(
    *,
    key: tuple[str, ...] = ("organization_id", "id"),
    released: Says = lambda crate: crate.is_gone,
) -> Model[Validated]:
    """The model of an entity that can be released."""

    @attrs.frozen(kw_only=True, slots=True)
    class Crate(Entity):
        organization_id: OrganizationId
        id: UUID
        code: int
        is_gone: bool = False
        is_gone_perhaps: bool | None = None
        version: int = 0

    @rules_of(
        Crate,
        "crates",
        belongs_to=lambda crate: crate.organization_id,
        key=key,
        released=cast("Callable[[Crate], bool]", released),
    )
    def crate_rules(crate: Crate) -> Iterator[Rule]:
        yield Reference(
            "crates_organization_id_fkey", "It has a home.", crate.organization_id, Workspace, OnDelete.CASCADE
        )

    return cast("Model[Validated]", crate_rules)


def a_parcel(crate: Model[Validated], *indexed: str, checks: tuple[Says, ...] = ()) -> Model[Validated]:
    """The model of an entity that refers to it and would be unlinked, with an index over these fields."""

    @attrs.frozen(kw_only=True, slots=True)
    class Parcel(Entity):
        organization_id: OrganizationId
        id: UUID
        crate_id: UUID | None = None
        weight: int | None = None
        is_open: bool = False
        version: int = 0

    @rules_of(Parcel, "parcels", belongs_to=lambda parcel: parcel.organization_id)
    def parcel_rules(parcel: Parcel) -> Iterator[Rule]:
        fields = (parcel.organization_id, parcel.crate_id)
        yield Reference("parcels_crate_id_fkey", "It is in a crate.", fields, crate.entity, OnDelete.SET_NULL)
        for place, check in enumerate(checks):
            yield Check(f"parcels_check_{'abcdefghijklmnop'[place]}", "It holds.", cast(bool, check(parcel)))
        if indexed:
            yield Index("idx_parcels_crate", "Finds them.", tuple(getattr(parcel, name) for name in indexed))

    return cast("Model[Validated]", parcel_rules)


def below(*models: Model[Validated]) -> Catalogue:
    """A catalogue of these models below a workspace."""
    found = Catalogue(()) + workspace_rules
    for model in models:
        found += model
    return found


CHECKS: tuple[Says, ...] = (
    lambda p: any_of(negate(p.is_open), negate(is_null(p.crate_id))),
    lambda p: negate(all_of(p.is_open, is_null(p.crate_id))),
    lambda p: any_of(is_null(p.crate_id), p.is_open),
    lambda p: any_of(is_null(p.crate_id), nullable(p.weight) > 3),
    lambda p: any_of(negate(is_null(p.crate_id)), nullable(p.weight) > 3),
    lambda p: any_of(nullable(p.crate_id) == THERE, p.is_open),
    lambda p: all_of(negate(negate(any_of(p.is_open, is_null(p.weight)))), negate(is_null(p.crate_id))),
    lambda p: any_of(all_of(p.is_open, negate(is_null(p.crate_id))), nullable(p.weight) <= 3),
    lambda p: any_of(negate(is_null(p.weight)), p.is_open),
)


def test_who_is_kept_linked_is_of_whom_the_check_would_be_false() -> None:
    """For every row and check: the derived condition is true of it if the check is false once the link is null."""
    model = a_parcel(a_crate(), "organization_id", "crate_id", "id", checks=CHECKS)
    (reference,) = model.of_kind(Reference)
    kept = {check.name: is_true(node) for check, node in kept_linked(model, reference)}
    several = {check.name: set[bool]() for check in model.of_kind(Check)}
    for weight, is_open in product((None, 3, 4), (True, False)):
        values = {"organization_id": HOME, "id": HOME, "weight": weight, "is_open": is_open, "version": 1}
        linked, unlinked_row = (model.construct_unvalidated({**values, "crate_id": each}) for each in (THERE, None))
        for check in model.of_kind(Check):
            if check.name in several and any(column.name == "crate_id" for column in fields_of(check.holds)):
                would_break = is_false(check.holds)(unlinked_row)
                several[check.name].add(would_break)
                assert (check.name in kept and kept[check.name](linked)) is would_break, check.name
    assert [answers for answers in several.values() if answers == {True, False}]


def test_a_call_that_goes_on_keeps_its_number() -> None:
    """Of the checks of calls one keeps a call linked, and an index has just these calls."""
    (reference,) = (rule for model, rule in unlinked(GAPLESS) if model is GAPLESS.model(Call))
    ((check, node),) = kept_linked(GAPLESS.model(Call), reference)
    assert check.name == "calls_active_needs_number"
    assert [column.name for column in fields_of(node)] == ["status"]


def test_rules_over_several_rows_leave_released_ones_out() -> None:
    """Uniques, exclusions and invariants get the condition, and what follows from the field is declared."""
    for entity, flag in ((PhoneNumber, "is_released"), (Locker, "is_released")):
        model = model_of(cast("type[AuditedEntity]", entity))
        conditions = [rule.where for rule in model.of_kind(Unique)]
        assert all(where is not None and flag in {column.name for column in fields_of(where)} for where in conditions)
        assert [rule.name for rule in model.of_kind(Transition)] == [f"{model.table}_{flag}_final"]
        assert f"idx_{model.table}_{flag}" in {rule.name for rule in model.of_kind(Index)}
    assert [model.table for model in releasable(GAPLESS)] == ["phone_numbers"]
    assert model_of(Rental).released is None


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: a_crate(released=lambda crate: crate.code), "is_released"),
        (lambda: a_crate(released=lambda crate: crate.is_gone_perhaps), "never null"),
        (lambda: a_crate(released=lambda crate: negate(crate.is_gone)), "Name the fields"),
        (lambda: a_crate(released=lambda crate: (crate.is_gone, crate.is_gone)), "one field"),
        (lambda: below(a_crate(key=("organization_id", "id", "code"))), "make that its key"),
        (lambda: below(crate := a_crate(), a_parcel(crate)), "yield an Index over"),
        (
            lambda: below(crate := a_crate(), a_parcel(crate, "organization_id", "crate_id")),
            r"organization_id, crate_id, id",
        ),
    ],
)
def test_what_could_not_work_is_refused(made: Callable[[], object], said: str) -> None:
    """Refused are a field that can't say it, another key, and a reference without an index for a cleanup."""
    with pytest.raises(DeclarationError, match=said):
        made()
