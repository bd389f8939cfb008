"""Programs of any catalogue: whatever is declared is spoken of, and the lack of a rule is found."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import cache
from uuid import UUID, uuid4

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User
from gapless.kit import (
    AdmissionGuard,
    AtMost,
    Catalogue,
    Check,
    Entity,
    Exclusion,
    OnDelete,
    Reference,
    Rule,
    Unique,
    between,
    length,
    negate,
    row,
    rules_of,
)
from gapless.kit.ids import UserId
from gapless.kit.model import Model, Validated
from gapless.testing.differential.comparison import Stores
from gapless.testing.differential.derived.vocabulary import vocabularies_of, vocabulary_of
from gapless.testing.differential.programs import Program, programs_of
from gapless.testing.differential.runner import prepare
from gapless.testing.differential.search import search
from gapless.testing.differential.vocabulary import Vocabulary
from tests.programs.disagreeing import disagree
from tests.properties import Portal
from tests.stores import IMPATIENT
from tests.voice.hosted import HOSTED, Booking

MOST_PROGRAMS = 5000
"""Many, because a search ends with the first that disagrees."""


@attrs.frozen(kw_only=True, slots=True)
class Webhook(Entity):
    """An entity that somebody has added, and nothing else."""

    organization_id: OrganizationId
    id: UUID
    name: str
    owner_id: UserId | None = None
    is_paused: bool = False
    version: int = 0


def webhook_rules(webhook: Webhook) -> Iterator[Rule]:
    """A rule of each kind that speaks of several rows."""
    organization = row(Organization)
    yield Check("webhooks_name_length", "A name has 1 to 30 characters.", between(length(webhook.name), 1, 30))
    yield Unique("webhooks_name_unique", "There is one of this name.", (webhook.organization_id, webhook.name))
    home = Reference(
        "webhooks_organization_id_fkey", "It belongs to one.", webhook.organization_id, Organization, OnDelete.CASCADE
    )
    yield home
    yield Reference(
        "webhooks_owner_id_fkey",
        "The owner is there.",
        (webhook.organization_id, webhook.owner_id),
        User,
        OnDelete.RESTRICT,
    )
    running = negate(webhook.is_paused)
    yield AdmissionGuard("webhooks_enter_live", "It is deleted.", home, organization.is_live, of=running)
    yield AtMost("webhooks_most", "There are enough.", home, of=running, limit=organization.phone_numbers_quota)


WEBHOOKS = rules_of(Webhook, "webhooks", belongs_to=lambda row: row.organization_id)(webhook_rules)
EXTENDED = GAPLESS + WEBHOOKS
SEVERAL_ROWS = (Unique, Reference, AdmissionGuard, AtMost)


@cache
def about_webhooks() -> Vocabulary:
    """What programs about them speak of."""
    return vocabulary_of(EXTENDED, Webhook)


def lacking(catalogue: Catalogue, model: Model[Validated], rule: Rule) -> Catalogue:
    """The catalogue without a rule, and without those that go through it."""
    kept = tuple(each for each in model.rules if each is not rule and getattr(each, "through", None) is not rule)
    changed = attrs.evolve(model, rules=kept)
    return Catalogue(tuple(changed if each is model else each for each in catalogue.models))


def found(portal: Portal, words: Vocabulary, poorer: Catalogue) -> Program | None:
    """The first program on which a store with all rules disagrees with one of a poorer catalogue."""

    def stores() -> Stores:
        return MemoryStore(words.catalogue, limits=IMPATIENT), MemoryStore(poorer, limits=IMPATIENT)

    drawn = programs_of(words)
    asked = search(drawn, lambda each: portal(disagree(stores(), words, each)), programs=MOST_PROGRAMS, seed=1)
    return asked.failing


@pytest.mark.parametrize("rule", [rule.name for rule in WEBHOOKS.rules if isinstance(rule, SEVERAL_ROWS)])
def test_a_rule_that_somebody_adds_is_spoken_of(portal: Portal, rule: str) -> None:
    """Programs about an entity find the lack of each of its rules over several rows, with no list by hand."""
    model, lost = EXTENDED.by_name["webhooks", rule]
    words = about_webhooks()
    assert found(portal, words, lacking(EXTENDED, model, lost)) is not None


def test_nothing_is_found_where_nothing_lacks(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stores of one catalogue agree on them."""
    monkeypatch.setattr("tests.programs.test_derived_vocabularies.MOST_PROGRAMS", 20)
    assert found(portal, about_webhooks(), EXTENDED) is None


def test_every_entity_is_spoken_of() -> None:
    """Each entity of a catalogue has a vocabulary about it, whose beginning a store takes."""
    vocabularies = vocabularies_of(HOSTED)
    assert vocabularies.keys() == {model.name for model in HOSTED.models}
    for name, words in vocabularies.items():
        counted = [entity.__name__ for entity in words.weights]
        assert max(counted, key=counted.count) == name
        asyncio.run(prepare(MemoryStore(HOSTED), words, OrganizationId(uuid4())))


def test_what_is_excluded_is_spoken_of() -> None:
    """Of a rule that excludes overlaps there are many ranges, in an organization and beyond."""
    words = vocabulary_of(HOSTED, Booking)
    (_, rule) = HOSTED.by_name["bookings", "bookings_room_is_free"]
    assert isinstance(rule, Exclusion)
    ranges = {tuple(each.values.get(column.name) for column in (rule.start, rule.end)) for each in words.breaking}
    assert len(ranges) > 5
    assert any(each.values.get("desk_id") == "own" for each in words.breaking)
