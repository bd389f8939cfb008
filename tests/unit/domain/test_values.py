from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.values import normalise_email_address, normalise_slug, parse_e164, parse_email_address, parse_slug
from gapless.kit.characters import INVISIBLE
from gapless.kit.errors import InvalidValue
from gapless.kit.ids import parse_id

Parser = Callable[[str], object]
PARSERS: list[Parser] = [parse_email_address, parse_slug, parse_e164, parse_id]


@pytest.mark.parametrize(
    ("parser", "written", "read"),
    [
        (parse_email_address, " Ann@Acme.EXAMPLE\n", "ann@acme.example"),
        (parse_email_address, "É@b.c", "É@b.c"),
        (parse_email_address, "İ@b.c", "İ@b.c"),
        (parse_email_address, "a@" + "b" * 250 + ".c", "a@" + "b" * 250 + ".c"),
        (parse_slug, "\tAcme-2 ", "acme-2"),
        (parse_slug, "x" * 63, "x" * 63),
        (parse_e164, " +998901234567 ", "+998901234567"),
        (parse_e164, "+12", "+12"),
        (parse_id, "00000000-0000-0000-0000-00000000000a", UUID(int=10)),
    ],
)
def test_what_a_person_wrote_is_read(parser: Parser, written: str, read: object) -> None:
    """White space around is trimmed and A to Z are lowered where case does not matter, and nothing else is changed."""
    assert parser(written) == read


@pytest.mark.parametrize(
    ("parser", "written"),
    [
        *((parse_email_address, text) for text in ["", "a@b", "a b@c.d", "a@b.c@d.e", "a@.c", "a@b.", "\u00a0@b .c"]),
        *((parse_email_address, text) for text in ["a@" + "b" * 251 + ".c", "a\0@b.c", "\ud800@b.c"]),
        *((parse_email_address, f"a{character}b@c.de") for character in "\x01\u00ad\u180e\u200f\u3164\U000e0020"),
        *((parse_slug, text) for text in ["", "a b", "a_b", "-a", "a-", "a--b", "x" * 64, "é", "a\u2003b"]),
        *((parse_e164, text) for text in ["", "+", "+1", "+01", "998", "00998901234567", "+1 2", "+\u0661\u0662"]),
        *((parse_e164, text) for text in ["+" + "1" * 16, "+1\u00a02"]),
        *((parse_id, text) for text in ["", "a", "0" * 32, "{00000000-0000-0000-0000-00000000000a}"]),
        *((parse_id, text) for text in ["00000000-0000-0000-0000-00000000000A", "urn:uuid:" + str(UUID(int=1))]),
        *((parse_id, text) for text in [str(UUID(int=1)) + "\n", "\u0660" + str(UUID(int=1))[1:]]),
    ],
)
def test_what_is_none_is_refused(parser: Parser, written: str) -> None:
    """A text that is not what it should be is an InvalidValue that says what was expected and does not repeat it."""
    with pytest.raises(InvalidValue) as caught:
        parser(written)
    assert caught.value.kind in {"email_address", "slug", "e164", "uuid"}
    assert len(written) < 9 or written not in caught.value.message


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("junk", [None, 1, b"a@b.c", ["a"], object()])
def test_what_is_no_text_is_refused(parser: Parser, junk: object) -> None:
    """What an API was handed in place of a text is an InvalidValue too, and no TypeError."""
    with pytest.raises(InvalidValue):
        parser(cast(str, junk))


@pytest.mark.parametrize("parser", [parse_email_address, parse_slug, parse_e164])
@pytest.mark.parametrize("written", ["", "a b\u2003c", "x" * 300, "\ud800", None])
def test_the_refusal_is_for_people(parser: Parser, written: str) -> None:
    """No refusal speaks of a kind as programs name it, and that of a form shows a text that the parser takes."""
    with pytest.raises(InvalidValue) as caught:
        parser(written)
    assert "_" not in caught.value.message
    assert "e164" not in caught.value.message
    if written == "":
        shown = re.search(r"\(([^)]+)\)", caught.value.message)
        assert shown is not None
        assert parser(shown[1]) == shown[1]


@given(st.text())
def test_reading_twice_changes_nothing(text: str) -> None:
    """What is normalised is in its normal form, and nothing is lost but A to Z and what can't be seen around."""
    for normalise in (normalise_email_address, normalise_slug):
        once = normalise(text)
        assert normalise(once) == once
        assert len(text.strip("".join(INVISIBLE))) == len(once)


def test_normalising_validates_nothing() -> None:
    """What is no text stays as it is, for the entity to refuse under the name of a rule."""
    assert normalise_email_address(cast(str, 5)) == 5  # type: ignore[comparison-overlap]  # the mistake itself
    assert normalise_slug(cast(str, None)) is None


@given(st.uuids())
def test_ids_are_read_from_their_own_text(id: UUID) -> None:
    """The text of an id is read as that id."""
    assert parse_id(str(id)) == id
