"""Whatever a declaration holds becomes a constant or a name of SQL, and nothing else; or it is refused."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless import postgres
from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.adapters.postgres.sql.objects import Function
from gapless.adapters.postgres.sql.predicates import text_constant
from gapless.adapters.postgres.sql.text import quoted
from gapless.adapters.postgres.verification.comparison import Declaration, differences_of
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import (
    AdmissionGuard,
    AtMost,
    Check,
    Entity,
    Index,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    any_of,
    matches,
    model_of,
    one_of,
    previous,
    row,
    rules_of,
)
from gapless.kit.errors import DeclarationError, InvalidValue, RuleViolated
from gapless.kit.ports import Store
from gapless.kit.servability import require_table
from tests.properties import Portal, bounded
from tests.voice.rows import NOW, created

TEXTS = (
    *(
        "'",
        "''",
        '"',
        "$$",
        "$$$",
        "$gapless$",
        "a$",
        "\\",
        "\\'",
        "\\\\",
        "a\\u0041",
        "E'a'",
        "%",
        "%s",
        "%%",
        "%(a)s",
    ),
    *(
        ":name",
        "::text",
        "$1",
        "?",
        "{schema}",
        "{{0}}",
        "--",
        "/*",
        ";",
        "'; DROP TABLE offers; --",
        "$$; SELECT 1; $$",
    ),
    *(
        "\t",
        "a\tb",
        "\n",
        "a\n  b",
        "\n\n",
        " a ",
        "a \nb",
        "\r\n",
        "\x01",
        "\x7f",
        "\x85",
        "\u2028",
        "\ufeff",
        "é",
        "\U0001f600",
    ),
)
SCHEMA = "odd_constants"


class Quirk(enum.Enum):
    """Texts that SQL could read otherwise."""

    locals().update({f"TEXT_{place}": text for place, text in enumerate(TEXTS)})


@attrs.frozen(kw_only=True, slots=True)
class Offer(Entity):
    """An offer whose rules are full of such texts."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    price: str
    quirk: Quirk
    version: int = 0


@rules_of(Offer, "offers", belongs_to=lambda offer: offer.organization_id)
def offer_rules(offer: Offer) -> Iterator[Rule]:
    """Each kind of rule, with each text as a constant."""
    home = Reference(
        "offers_organization_id_fkey", "An offer has a home.", offer.organization_id, Organization, OnDelete.CASCADE
    )
    yield home
    yield Check("offers_price_known", "A price is one of few.", one_of(offer.price, "free", *TEXTS))
    yield Check(
        "offers_price_form", "It is no three dollars.", any_of(offer.price != "[$]", matches(offer.price, "[$$]+"))
    )
    yield Unique(
        "offers_price_unique", "Once.", (offer.organization_id, offer.price), where=one_of(offer.price, *TEXTS)
    )
    yield Index("idx_offers_dear", "Finds dear ones.", offer.created_at, where=one_of(offer.price, *TEXTS))
    yield AtMost("offers_dear_quota", "So many.", home, of=one_of(offer.price, *TEXTS), limit=len(TEXTS))
    yield AdmissionGuard("offers_live", "It lives.", home, row(Organization).is_live, of=one_of(offer.price, *TEXTS))
    for place, text in enumerate(TEXTS):
        name = "offers_kept_" + "".join(chr(ord("a") + int(digit)) for digit in str(place))
        yield Transition(name, "It stays.", any_of(previous(offer).price != text, offer.price == text))


CATALOGUE = GAPLESS + offer_rules


def an_offer(home: UUID, price: str) -> Offer:
    """An offer that nobody has validated, so that the store does."""
    quirk = Quirk(price) if price in TEXTS else Quirk(TEXTS[0])
    values = {"organization_id": home, "id": uuid4(), "created_at": NOW, "price": price, "quirk": quirk, "version": 0}
    return model_of(Offer).construct_unvalidated(values)


async def outcomes(store: Store, price: str, others: tuple[str, ...]) -> list[str]:
    """What comes of adding an offer of a price, the same again, of other prices, and of changing it."""
    home = (await created(store)).id
    kept = an_offer(home, price)
    found = [await outcome(store, home, kept), await outcome(store, home, an_offer(home, price))]
    found += [await outcome(store, home, an_offer(home, other)) for other in others]
    async with store.unit(home) as unit:
        there = await unit.of(Offer).find(lambda row: row.price == price)
        found.append(repr([(row.price, row.quirk) for row in there]))
        try:
            await unit.of(Offer).save(model_of(Offer).evolved(there[0], {"price": "free"}))
        except RuleViolated as error:
            found.append(error.rule)
    return found


async def outcome(store: Store, home: OrganizationId, offer: Offer) -> str:
    """What comes of adding an offer."""
    async with store.unit(home) as unit:
        try:
            await unit.of(Offer).add(offer)
            await unit.commit()
        except RuleViolated as error:
            return error.rule
    return "added"


@pytest.mark.asyncio
async def test_stores_read_every_constant_alike(own_engine: AsyncEngine) -> None:
    """Rules of each kind mean the same text in memory and in PostgreSQL, which has nothing to say against them."""
    async with own_engine.begin() as connection:
        for statement in create_statements(CATALOGUE, "gapless", beyond=GAPLESS):
            await connection.exec_driver_sql(statement)
        assert await differences_of(connection, Declaration.of(CATALOGUE, "gapless")) == ()
    stores = MemoryStore(CATALOGUE), PostgresStore(own_engine, CATALOGUE)
    for text in TEXTS:
        others = tuple(
            other
            for other in (
                f"{text} ",
                text.expandtabs(4),
                text.replace("\n", "\n    "),
                text.replace("\\", "\\\\"),
                text * 2,
            )
            if other not in TEXTS
        )
        one, other = [await outcomes(store, text, others) for store in stores]
        assert one == other, text
        assert one[:2] == ["added", "offers_price_unique"], text
        assert set(one[2:-2]) <= {"offers_price_known"}, text
        assert one[-1].startswith("offers_kept_"), text


texts = st.lists(
    st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    min_size=1,
    max_size=30,
).map("".join) | st.sampled_from(TEXTS)


@bounded(10)
@given(drawn=st.lists(texts, min_size=1, max_size=50), standard=st.booleans())
def test_every_text_is_a_constant(portal: Portal, engine: AsyncEngine, drawn: list[str], *, standard: bool) -> None:
    """A text is itself in a statement and in the body of a function, whatever a server takes a backslash for."""
    portal(_require_constants(engine, drawn, standard=standard))


async def _require_constants(engine: AsyncEngine, drawn: list[str], *, standard: bool) -> None:
    listed = f"ARRAY[{', '.join(map(text_constant, drawn))}]::text[]"
    echo = Function(
        schema=SCHEMA, name="echo", declared_by="", rules=(), body=f"RETURN {listed};", returns="text[]", definer=False
    )
    async with engine.connect() as connection:
        await connection.exec_driver_sql(f"SET LOCAL standard_conforming_strings = {'on' if standard else 'off'}")
        await connection.exec_driver_sql("SET LOCAL backslash_quote = off")
        await connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        for statement in echo.statements:
            await connection.exec_driver_sql(statement)
        assert await _one(connection, f"SELECT {listed}") == drawn
        assert await _one(connection, f"SELECT {SCHEMA}.echo()") == drawn
        await connection.rollback()


async def _one(connection: AsyncConnection, statement: str) -> object:
    return (await connection.exec_driver_sql(statement)).scalar_one()


def only_doubled(text: str) -> str:
    """A constant in which quotes are doubled, and nothing else is done."""
    return "'" + text.replace("'", "''") + "'"


def test_a_function_ends_behind_its_last_dollar_sign(
    portal: Portal, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The body of a function is kept whole if it holds what bodies stand between."""
    monkeypatch.setitem(globals(), "text_constant", only_doubled)
    portal(_require_constants(engine, ["$$", "$_$", "$$ $_$ $__$", "a$"], standard=True))


def test_planted_constant_that_is_not_escaped_is_found(
    portal: Portal, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a constant that only doubles its quotes does not end where a server reads backslashes."""
    monkeypatch.setitem(globals(), "text_constant", only_doubled)
    with pytest.raises(DBAPIError):
        portal(_require_constants(engine, ["\\"], standard=False))


NAMES = (*TEXTS, "a" * 64, "é" * 32, "", "A", "a b", "\0", "\ud800")


@pytest.mark.asyncio
async def test_names_are_refused_or_quoted(engine: AsyncEngine) -> None:
    """A name of a schema, a table or a rule that needs quotes is refused; a role may have any that it can have."""
    refused = []
    for name in NAMES:
        with pytest.raises(InvalidValue):
            create_statements(GAPLESS, name)
        with pytest.raises(DeclarationError):
            require_table("Offer", name, ("organization_id", "id"))
        with pytest.raises(DeclarationError):
            Check(name, "A sentence.", row(Offer).price == "a")
        try:
            granted = postgres.grants(name)
        except InvalidValue:
            refused.append(name)
        else:
            await _require_granted(engine, name, granted)
    assert refused == ["a" * 64, "é" * 32, "", "\0", "\ud800"]


async def _require_granted(engine: AsyncEngine, role: str, granted: Sequence[str]) -> None:
    """Carries the statements out, and asks whether this very role has the rights; then it is gone again."""
    async with engine.connect() as connection:
        await connection.exec_driver_sql(f"CREATE ROLE {quoted(role)}")
        for statement in granted:
            await connection.exec_driver_sql(statement)
        asked = f"SELECT has_schema_privilege({text_constant(role)}::name, 'gapless', 'USAGE')"
        assert await _one(connection, asked) is True
        await connection.rollback()
