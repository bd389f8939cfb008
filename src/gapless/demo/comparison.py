"""Compares what two stores made of one story: every outcome, and then every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

import attrs

from gapless.demo.player import Outcome
from gapless.domain.organizations import OrganizationId
from gapless.kit import Catalogue
from gapless.kit.model import Model, Validated
from gapless.kit.ports import Store

ABSENT = Outcome("nothing")


@attrs.frozen
class StoreDifference:
    """Something that the two stores disagree on.

    Attributes:
        organization: the slug of the organization.
        what: a step or a table, and what each store has there; no contents of rows.
    """

    organization: str
    what: str


def outcome_differences(
    organization: str, memory: Sequence[Outcome], postgres: Sequence[Outcome]
) -> list[StoreDifference]:
    """The steps that came to something else, and those that crashed on either store."""
    return [
        StoreDifference(organization, f"{_step(one, other)}: {one.words} in memory, {other.words} on PostgreSQL")
        for one, other in zip_longest(memory, postgres, fillvalue=ABSENT)
        if one != other or one.crash is not None
    ]


def _step(one: Outcome, other: Outcome) -> str:
    return one.step if one.step == other.step else f"{one.step} / {other.step}"


async def row_differences(
    organization: str, catalogue: Catalogue, id: OrganizationId, memory: Store, postgres: Store
) -> list[StoreDifference]:
    """The tables whose rows of an organization are not exactly the same in both stores, deleted ones included."""
    found: list[StoreDifference] = []
    async with memory.reading(id, snapshot=True) as one, postgres.reading(id, snapshot=True) as other:
        for model in catalogue.models:
            rows = await one.of(model.entity).find(include_deleted=True)
            others = await other.of(model.entity).find(include_deleted=True)
            found += [StoreDifference(organization, what) for what in _rows(model, rows, others)]
    return found


def _rows(model: Model[Validated], memory: Sequence[Validated], postgres: Sequence[Validated]) -> Iterator[str]:
    if len(memory) != len(postgres):
        yield f"{model.table}: {len(memory)} rows in memory, {len(postgres)} on PostgreSQL"
        return
    for place, (one, other) in enumerate(zip(memory, postgres, strict=True), 1):
        if one != other:
            yield f"{model.table}: row {place} differs in {', '.join(model.difference(one, other)) or 'its type'}"
