"""Rules that a catalogue adds to an entity hold in that catalogue, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

import attrs
import pytest
from hypothesis import given

from gapless.adapters.memory import MemoryStore
from gapless.cli.rules import listed
from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import User
from gapless.kit import (
    AUDIT_TRAIL,
    AddedRules,
    AppendOnly,
    AtMost,
    AuditRecord,
    Catalogue,
    Check,
    Entity,
    Index,
    Model,
    Rule,
    Unique,
    adds_rules_to,
    any_of,
    is_null,
    length,
    matches,
    model_of,
    negate,
    reference_of,
    violations,
)
from gapless.kit.errors import DeclarationError, RuleViolated
from gapless.kit.kinds import Immutable
from gapless.kit.outbox import OutboxEvent
from gapless.kit.predicates import Supplement
from gapless.testing.additions import stored
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.steps import add
from gapless.testing.strategies import boundary, entities
from tests.clinics.beds import BEDS
from tests.properties import bounded
from tests.violations import IDS
from tests.voice.stricter import HOME, STRICTER, Settings

Yields = Callable[[User], Iterable[Rule]]


def to_users(*rules: Callable[[User], Rule]) -> AddedRules[User]:
    """Rules that are added to users."""
    return adds_rules_to(User)(lambda user: (rule(user) for rule in rules))


def short(name: str = "users_name_short", most: int = 20) -> Callable[[User], Rule]:
    """A check of the length of a name."""
    return lambda user: Check(name, "A name is short.", length(user.name) <= most)


SHORT, SHORTER = GAPLESS + to_users(short()), GAPLESS + to_users(short("users_name_shorter", 15))
NAME = "Annabella Rosmarin"


async def refusal(catalogue: Catalogue, name: str) -> str:
    """The rule by which a store of the catalogue refuses a member of this name; "" if it takes it."""
    factories, store = Factories(GAPLESS), MemoryStore(catalogue)
    fixture: Fixture = await stored(factories, store, IDS)
    try:
        await add(store, fixture, attrs.evolve(fixture.row(User), name=name))
    except RuleViolated as error:
        return error.rule
    return ""


@pytest.mark.asyncio
async def test_a_rule_holds_in_its_catalogue_alone() -> None:
    """The class is as it was, and of two catalogues each has what was added to it, and nothing of the other."""
    assert model_of(User).added == {}
    assert GAPLESS.model(User) is model_of(User)
    assert await refusal(GAPLESS, NAME) == ""
    assert await refusal(SHORT, NAME) == ""
    assert await refusal(SHORTER, NAME) == "users_name_shorter"
    assert await refusal(SHORT, NAME * 2) == "users_name_short"
    assert await refusal(SHORT + to_users(short("users_name_shorter", 15)), NAME) == "users_name_shorter"


@pytest.mark.asyncio
async def test_a_store_that_asks_the_class_alone_misses_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a store that validates by what the class declares takes a row that the catalogue refuses."""
    monkeypatch.setattr(Model, "validate", property(lambda model: model_of(model.entity).require_representable))
    assert await refusal(SHORT, NAME * 2) == ""


def test_a_form_is_told_of_all_that_its_catalogue_refuses() -> None:
    """The violations of values are those of the class, or of its model in a catalogue, in the order of the stores."""
    values = {"name": "A" * 101}
    told = [[error.rule for error in violations(each, values)] for each in (User, SHORT.model(User))]
    assert "users_name_short" not in told[0]
    assert [rule for rule in told[1] if rule not in told[0]] == ["users_name_short"]
    assert told[1].index("check_name_length") < told[1].index("users_name_short")


@bounded(20)
@given(entities(SHORTER.model(User)))
def test_rows_are_drawn_by_the_rules_of_a_catalogue(user: User) -> None:
    """What is drawn of a model keeps the added rules, and is an ordinary row of the class."""
    assert type(user) is User
    assert len(user.name) <= 15


def test_the_edges_of_an_added_check_are_listed() -> None:
    """A check that was added has edges as any other: names just short enough, and a character longer."""
    model = SHORT.model(User)
    (rule,) = model.added
    lengths = {len(cast(str, edge.values["name"])): edge.holds for edge in boundary(rule, model)}
    assert (lengths[20], lengths[21]) == (True, False)
    with pytest.raises(DeclarationError, match="No entity declares users_name_short: name the model of a catalogue"):
        boundary(rule)
    with pytest.raises(DeclarationError, match="The model of User does not have users_name_short"):
        boundary(rule, SHORTER.model(User))


def test_a_listing_says_who_has_added_a_rule() -> None:
    """The rules that were added have the name of whoever did, and those of the entity keep theirs."""
    told = {rule.name: rule.origin for rule in listed(STRICTER)}
    assert (told["users_name_short"], told["items_most"], told["users_email_lowercase"]) == (
        "office",
        "host",
        "gapless",
    )


def test_added_invariants_are_checked_last() -> None:
    """They come behind those that are declared, in the order of the entities and of their additions."""
    names = [rule.name for _, rule in STRICTER.invariants]
    assert names[-3:] == ["items_most", "items_drafts", "items_of_team"]
    assert names[:-3] == [rule.name for _, rule in GAPLESS.invariants]


def test_a_pattern_is_bounded_by_a_length_of_the_entity() -> None:
    """An added check with a pattern has nothing to say of a text that is too long by a check that was there."""
    added = to_users(lambda user: Check("users_name_plain", "It is plain.", matches(user.name, "[a-z]+")))
    told = violations((GAPLESS + added).model(User), {"name": "A" * 101})
    assert "users_name_plain" not in [error.rule for error in told]


def test_an_index_stays_with_a_part_in_another_catalogue() -> None:
    """What was added to a part is there where its rows belong to a root with a key of another type."""

    def newest(record: AuditRecord) -> Iterator[Rule]:
        yield Index("idx_audit_logs_actions", "Finds what was done.", (record.root_id, record.action))

    trail = AUDIT_TRAIL + adds_rules_to(AuditRecord)(newest)
    (own,) = (m for m in BEDS.models if m.is_root)
    mine = Catalogue(tuple(m for m in BEDS.models if not model_of(m.entity).is_part)) + trail
    (rule,) = mine.model(AuditRecord).added
    assert rule.name == "idx_audit_logs_actions"
    assert rule.columns[0].type is own.key_columns[0].type
    assert mine.model(AuditRecord).rules[-1] is rule


def reworded(user: User) -> Rule:
    """A check under the name of one that is there."""
    return Check("users_email_lowercase", "It is short.", length(user.name) <= 20)


def silent(user: User) -> Rule:
    """A check that reads a field and does not contain it."""
    return Check("a", "A.", any_of(user.is_active, user.email is None))


def of_another(user: User) -> Rule:
    """A limit through the reference of another entity."""
    return AtMost("a", "A.", reference_of(Call, "calls_organization_id_fkey"), of=user.is_active, limit=1)


def unlinked(call: Call) -> Iterator[Rule]:
    """A check that would be false of calls whose number was released."""
    yield Check("calls_with_number", "A call has a number.", negate(is_null(call.phone_number_id)))


@attrs.frozen(kw_only=True, slots=True)
class Undeclared(Entity):
    """An entity without rules."""

    id: int


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: GAPLESS + to_users(reworded), "users_email_lowercase is added to User, which has a rule of that name"),
        (lambda: SHORT + to_users(short()), "users_name_short is added to User, which has a rule of that name"),
        (
            lambda: SHORT + to_users(short("check_duration_positive")),
            "Two rules of the catalogue have the name check_duration_positive",
        ),
        (
            lambda: GAPLESS + to_users(lambda _: AppendOnly("users_kept", "A.")),
            "users_kept: AppendOnly says what a User is, and stands in its own declaration",
        ),
        (
            lambda: GAPLESS + to_users(lambda _: Immutable("users_kept", "A.", (model_of(User).column("email"),))),
            "users_kept: Immutable says what a User is",
        ),
        (lambda: GAPLESS + to_users(silent), "email is read, but the condition does not contain it"),
        (lambda: GAPLESS + to_users(of_another), "a goes through calls_organization_id_fkey: User must yield that"),
        (lambda: GAPLESS + adds_rules_to(Call)(unlinked), "calls_with_number is added to Call, and would be false of"),
        (lambda: BEDS + to_users(short()), "Rules are added to User, which is not in the catalogue: add them behind"),
        (
            lambda: GAPLESS + adds_rules_to(OutboxEvent)(lambda event: [Check("a", "A.", event.attempts < 5)]),
            "a: gapless itself writes the rows of OutboxEvent",
        ),
        (lambda: adds_rules_to(cast("type[User]", "User")), "adds_rules_to takes the class of an entity, not a text"),
        (lambda: adds_rules_to(Undeclared), "Undeclared has no rules yet"),
        (lambda: GAPLESS + adds_rules_to(User)(cast(Yields, lambda _: None)), "must yield them; it returned None"),
        (lambda: reference_of(User, "nothing"), "User has no reference 'nothing'; its references are: users_org"),
    ],
)
def test_what_can_not_be_added_is_refused(declare: Callable[[], object], said: str) -> None:
    """A rule that says what the rows are, has a name that is taken, or could not be kept, is refused by a sentence."""
    with pytest.raises(DeclarationError) as caught:
        declare()
    assert said in caught.value.message


def test_what_is_made_of_the_entity_is_the_same() -> None:
    """Nothing that other revisions make of the entity depends on what was added: no reference takes an added unique."""
    name = "users_by_role"
    unique = to_users(lambda user: Unique(name, "A.", (user.organization_id, user.id)))
    model: Model[User] = (GAPLESS + unique).model(User)
    assert [rule.name for rule in model.declared_of_kind(Unique)] == ["users_email_unique"]
    assert name in [rule.name for rule in model.of_kind(Unique)]


class Many(int):
    """A number that writes itself as a word."""

    def __format__(self, form: str) -> str:
        return "many"


def test_the_default_of_a_limit_is_a_plain_number() -> None:
    """What holds without a row beside the parent is a number in every store, whatever class it was declared with."""
    given = Supplement(Settings, model_of(Settings).column("most_drafts"), Many(2))
    rule = AtMost("drafts_most", "Enough.", HOME, of=True, limit=cast(int, given))
    assert rule.supplement is not None
    assert type(rule.supplement.default) is int
    assert rule.supplement.default == 2
