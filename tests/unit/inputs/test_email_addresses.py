"""Email addresses as people write them."""

import socket
import subprocess
import sys
import unicodedata
from datetime import UTC, datetime
from time import process_time
from typing import NoReturn, cast
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role, User
from gapless.domain.values import EmailAddress, parse_email_address
from gapless.inputs.email_addresses import parse_written_email_address
from gapless.kit.errors import InvalidValue
from gapless.kit.ids import UserId

LOCAL_PARTS = st.text("abcXYZ019.!#$%&'*+-/=?^_`{|}~éÉß\u030cжЖ漢", min_size=1, max_size=70)
LABELS = st.text("abcXYZ019-éÉßжЖ漢\u030c", min_size=1, max_size=70)
DOMAINS = st.lists(LABELS, min_size=1, max_size=5).map(".".join)
ADDRESSES = st.builds("{}@{}".format, LOCAL_PARTS, DOMAINS | st.emails().map(lambda address: address.split("@")[-1]))


def kept(email: EmailAddress) -> User:
    """A user with this address, which the rules of the entity have accepted."""
    return User(
        organization_id=OrganizationId(UUID(int=1)),
        id=UserId(UUID(int=2)),
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        email=email,
        name="Ann",
        role=Role.OWNER,
    )


def refusal(text: object) -> InvalidValue:
    """Asserts that a text is refused; returns the error."""
    with pytest.raises(InvalidValue) as caught:
        parse_written_email_address(cast("str", text))
    assert caught.value.kind == "email_address"
    return caught.value


def outcome(text: str) -> EmailAddress | None:
    """What a text is read as; None if it is refused."""
    try:
        return parse_written_email_address(text)
    except InvalidValue:
        return None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (" Ann.Lee@Acme.ORG\n", "ann.lee@acme.org"),
        ("\u00a0ann@acme.org\u3000", "ann@acme.org"),
        ("ann+billing@acme.org", "ann+billing@acme.org"),
        ("o'hara@acme.org", "o'hara@acme.org"),
        ("!#$%&'*+-/=?^_`{|}~@acme.org", "!#$%&'*+-/=?^_`{|}~@acme.org"),
        ("ann@mail.eu-west-1.acme.co.uz", "ann@mail.eu-west-1.acme.co.uz"),
        ("ann@127.0.0.acme", "ann@127.0.0.acme"),
        ("Postmaster@Acme.org", "postmaster@acme.org"),
        ("n" * 246 + "@acme.io", "n" * 246 + "@acme.io"),
        ("a\u0323\u0302" * 80 + "@acme.io", "\u1ead" * 80 + "@acme.io"),
    ],
)
def test_usual_spellings(written: str, read: str) -> None:
    """White space around and capitals are mended, everything else is kept, up to the greatest length."""
    assert kept(parse_written_email_address(written)).email == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ann@bücher.example", "ann@bücher.example"),
        ("ann@BÜCHER.example", "ann@bücher.example"),
        ("ann@xn--bcher-kva.example", "ann@bücher.example"),
        ("ann@XN--BCHER-KVA.EXAMPLE", "ann@bücher.example"),
        ("ann@bu\u0308cher.example", "ann@bücher.example"),
        ("ann@почта.рф", "ann@почта.рф"),
        ("ann@acme\u3002org", "ann@acme.org"),
        ("ＡＣＭＥ@acme.org", "ＡＣＭＥ@acme.org"),
        ("анна@почта.рф", "анна@почта.рф"),
        ("e\u0301va@acme.org", "éva@acme.org"),
        ("Eva\u0301@acme.org", "evá@acme.org"),
        ("É@acme.org", "É@acme.org"),
        ("E\u0301@acme.org", "É@acme.org"),
        ("J\u030can@acme.org", "\u01f0an@acme.org"),
        ("\u01f0an@acme.org", "\u01f0an@acme.org"),
        ("\N{KELVIN SIGN}@acme.org", "k@acme.org"),
    ],
)
def test_other_scripts(written: str, read: str) -> None:
    """An address beyond ASCII has one spelling: composed accents, the domain in its own script and in lower case."""
    assert kept(parse_written_email_address(written)).email == read


@pytest.mark.parametrize("domain", ["acme.test", "mail.acme.test", "acme.example", "example.com", "example.org"])
def test_domains_kept_for_tests_and_examples(domain: str) -> None:
    """Addresses at domains that are kept for tests and examples are addresses: test users have them."""
    assert parse_written_email_address(f"Ann@{domain}") == f"ann@{domain}"


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "@", "ann", "ann@", "@acme.org", "ann@acme", "ann@test", "ann@.org", "ann@acme.", "ann@acme..org"),
        *(".ann@acme.org", "ann.@acme.org", "a..n@acme.org", "ann lee@acme.org", "ann@acme .org", "ann@ac\nme.org"),
        *("ann@@acme.org", "ann@eve@acme.org", "ann@acme.org, eve@acme.org", "ann@acme.org;", "mailto:ann@acme.org?x"),
        *('"ann"@acme.org', '"ann lee"@acme.org', '"ann@eve"@acme.org', '"a\\"b"@acme.org', "ann(lee)@acme.org"),
        *("Ann <ann@acme.org>", "<ann@acme.org>", "ann@[127.0.0.1]", "ann@[IPv6:::1]", "ann@127.0.0.1"),
        *("ann@-acme.org", "ann@acme-.org", "ann@ac_me.org", "ann@acme.c0", "ann@xn--a.org", "ann＠acme.org"),
        *("ann@acme.local", "ann@localhost", "ann@acme.invalid", "ann@acme.onion", "ann@1.0.0.127.in-addr.arpa"),
        *("ann\0@acme.org", "ann@acme.org\0", "\ud800@acme.org", "ann@\udfff.org", "an\u200bn@acme.org"),
        *("ann\r\nBcc: eve@acme.org", "ann@acme.org\r\nBcc: eve", "a\u202enn@acme.org", "n" * 247 + "@acme.io"),
        *("ann@" + "a" * 64 + ".org", "é" * 124 + "@acme.io", "ann@" + "ü" * 60 + ".org"),
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    """What no mail can be sent to, or not surely, is refused, and the error repeats nothing of it."""
    error = refusal(written)
    assert len(written) < 5 or written not in error.message
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


@pytest.mark.parametrize("junk", [None, 5, b"ann@acme.org", ["ann@acme.org"], True, object()])
def test_what_is_no_text_is_refused(junk: object) -> None:
    """What an API was handed in place of a text is an InvalidValue, and no TypeError."""
    refusal(junk)


@pytest.mark.parametrize("part", ["a", "@", "a@", "a.", '"', "\\", "<", "é", "a@b.", "\u0301", "\u00a0a", "xn--a."])
def test_long_texts_are_refused_at_once(part: str) -> None:
    """No text, however long, takes long to refuse."""
    began = process_time()
    for text in (part * 10**5, part * (254 // len(part)), "ann@" + part * 60 + ".", part * 60 + "@acme."):
        refusal(text)
    assert process_time() - began < 1


@given(st.text() | st.emails() | ADDRESSES | st.text("aA.@<>\"\\ \u00a0é\u030c-+'", max_size=20))
@example("J\u030c@acme.org")
@example("\N{KELVIN SIGN}\u030c@acme.org")
@example("a@\u0130.org")
@example("address")
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is read is in its one spelling and accepted by the entity; whatever is not is an InvalidValue."""
    read = outcome(text)
    if read is None:
        assert refusal(text).message == refusal("").message  # so that it has nothing of the text
        return
    assert kept(read).email == read == parse_email_address(read) == parse_written_email_address(read)
    assert len(read.encode()) <= 254


@given(ADDRESSES)
def test_spellings_of_one_address(address: str) -> None:
    """An address is read alike with its accents composed or apart, with ASCII capitals or without, and with space."""
    spellings = [
        unicodedata.normalize("NFC", address),
        unicodedata.normalize("NFD", address),
        "".join(letter.upper() if letter.isascii() else letter for letter in unicodedata.normalize("NFC", address)),
        f"\t{address} ",
    ]
    assert len({outcome(spelling) for spelling in spellings}) == 1


def test_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading an address opens no socket and asks for no name."""

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the network was asked")

    for name in ("socket", "getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    assert parse_written_email_address("ann@acme.org") == "ann@acme.org"
    program = "import sys, gapless.inputs.email_addresses as read; read.parse_written_email_address('a@b.co')"
    told = subprocess.run(
        [sys.executable, "-c", f"{program}; print('dns' in sys.modules)"], capture_output=True, text=True, check=True
    )
    assert told.stdout == "False\n"


def test_without_the_extra_the_import_says_what_to_do() -> None:
    """Where email-validator is missing, importing the reader names the extra; the package itself can be imported."""
    program = "import gapless.inputs, sys; sys.modules['email_validator'] = None; import gapless.inputs.email_addresses"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: gapless.inputs.email_addresses needs email-validator, which an extra brings:"
        " pip install 'gapless[email]'"
    )
