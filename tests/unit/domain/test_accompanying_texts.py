"""What only comes along: it is cleaned and cut, and nothing of it is a reason to refuse."""

from __future__ import annotations

import ipaddress
from typing import NoReturn, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.calls import Caller
from gapless.kit.accompanying_texts import CUT, GREATEST_LENGTH, REPLACED, accompanying_text
from gapless.kit.audit import Actor, ActorKind, AuditRecord
from gapless.kit.characters import INVISIBLE
from gapless.kit.ids import UserId
from gapless.kit.json_object import is_representable_text
from tests.unit.domain.samples import AUDIT_RECORD


class Rude:
    """An object whose every method raises, and which lies about its class."""

    def __str__(self) -> NoReturn:
        raise RuntimeError

    __repr__ = __format__ = __len__ = __iter__ = __bool__ = __str__  # type: ignore[assignment]  # each of them raises


class Text(str):
    """A text of somebody's own that is written otherwise than it is."""

    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


ANYTHING = st.one_of(
    st.text(st.characters(), max_size=600),
    st.binary(max_size=2500),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.uuids(),
    st.ip_addresses(),
    st.builds(Rude),
    st.lists(st.text(), max_size=2),
)


@given(ANYTHING)
def test_whatever_comes_is_kept(given: object) -> None:
    """Whatever it is, a text comes out that a row can keep: no longer than allowed, and every character can be seen."""
    text = accompanying_text(given)
    assert type(text) is str
    assert len(text) <= GREATEST_LENGTH
    assert is_representable_text(text)
    assert not set(text) & (INVISIBLE - {" "})
    actor = Actor(None, cast("str", given), cast("str", given), cast("str", given))
    audit = AuditRecord(
        **AUDIT_RECORD | {"job": actor.job, "ip_address": actor.ip_address, "user_agent": actor.user_agent}
    )
    assert (audit.actor_kind, audit.job, audit.ip_address, audit.user_agent) == (ActorKind.SYSTEM, text, text, text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Cn", "Mn", "Lo"]), max_size=1200))
def test_a_cut_is_seen(text: str) -> None:
    """A text that fits stays as it is; of a longer one the beginning stays, and an ellipsis tells of the rest."""
    kept = accompanying_text(text)
    if len(text) <= GREATEST_LENGTH:
        assert kept == "".join(REPLACED if one in INVISIBLE else one for one in text)
    else:
        assert kept is not None
        assert kept.endswith(CUT)
        assert len(kept) == GREATEST_LENGTH


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        ("", ""),
        ("203.0.113.7, 10.0.0.1", "203.0.113.7, 10.0.0.1"),
        ("Mozilla\0\ud800\r\n\u202e!", f"Mozilla{REPLACED * 5}!"),
        ("\U0001f600" * 501, "\U0001f600" * 499 + CUT),
        ("a" * 500, "a" * 500),
        (b"curl/8 \xff", f"curl/8 {REPLACED}"),
        (bytearray(b"x" * 10**6), "x" * 499 + CUT),
        (7, "7"),
        (True, "True"),
        (10**6000, "<int>"),
        (ipaddress.ip_address("2001:db8::1"), "2001:db8::1"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (["a"], "<list>"),
        (Rude(), "<Rude>"),
        (Text("as it is"), "as it is"),
    ],
    ids=lambda value: ascii(value)[:20] if isinstance(value, (str, bytes)) else type(value).__name__,
)
def test_what_is_kept(given: object, kept: str | None) -> None:
    """Texts stay as far as they can, bytes are read, and of other objects their plain form or their type is kept."""
    assert accompanying_text(given) == kept
    assert Actor.user(UserId(UUID(int=1)), user_agent=cast("str", given)).user_agent == kept


@pytest.mark.parametrize(
    ("told", "number", "text"),
    [
        (None, None, None),
        ("+998901234567", "+998901234567", None),
        ("\u202a+998901234567\u202c\n", "+998901234567", None),
        ("anonymous", None, "anonymous"),
        ("Restricted", None, "Restricted"),
        ("+", None, "+"),
        ("998901234567", None, "998901234567"),
        ("+" + "9" * 16, None, "+" + "9" * 16),
        ("sip:ann@acme.example;user=phone", None, "sip:ann@acme.example;user=phone"),
        ('"Ann" <sip:+998901234567@acme.example>\r\n', None, f'"Ann" <sip:+998901234567@acme.example>{REPLACED * 2}'),
        ("", None, None),
        (" \u200b\0", None, None),
        (b"anonymous", None, "anonymous"),
        (998901234567, None, "998901234567"),
        ("unknown" * 10**6, None, ("unknown" * 100)[:499] + CUT),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_callers(told: object, number: str | None, text: str | None) -> None:
    """A number in its form is the caller's; anything else is a caller who withholds it, with the text that came."""
    assert Caller.of(told) == Caller(number, text)  # type: ignore[arg-type]  # a number as it is written
