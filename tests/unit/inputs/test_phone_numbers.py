"""Telephone numbers as people write them."""

import subprocess
import sys
from datetime import UTC, datetime
from time import process_time
from typing import cast
from uuid import UUID

import phonenumbers
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumber, PhoneNumberId, Provider
from gapless.domain.values import E164, parse_e164
from gapless.inputs.phone_numbers import GREATEST_WRITTEN_LENGTH, parse_phone_number
from gapless.kit.characters import INVISIBLE_RANGES
from gapless.kit.errors import InvalidValue

KINDS = (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE)
FORMS = {
    "national": phonenumbers.PhoneNumberFormat.NATIONAL,
    "international": phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    "bare": phonenumbers.PhoneNumberFormat.E164,
}
EXAMPLES = {
    (region, kind): number
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in KINDS
    if (number := phonenumbers.example_number_for_type(region, kind)) is not None
}
UZBEK = "+998901234567"
INVISIBLE = ["\u200b", "\u200e", "\u202a", "\u202c", "\u2060", "\ufeff", "\u00ad"]
SEPARATORS = [" ", "\u00a0", "\u2009", "\t", "\n", "-", "‐", "–", "—", "−", ".", "/", "(", ")", "[", "]", *INVISIBLE]


def kept(number: E164) -> PhoneNumber:
    """A phone number of an organization, which its rules have accepted, as its own and as its target."""
    return PhoneNumber(
        organization_id=OrganizationId(UUID(int=1)),
        id=PhoneNumberId(UUID(int=2)),
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        number=number,
        provider=Provider.VAPI,
        forwarding_number=number,
    )


def refusal(text: object, region: object = None) -> InvalidValue:
    """Asserts that a text is refused; returns the error."""
    with pytest.raises(InvalidValue) as caught:
        parse_phone_number(cast("str", text), region=cast("str | None", region))
    return caught.value


def outcome(text: str, region: str | None) -> E164 | None:
    """What a text is read as; None if it is refused."""
    try:
        return parse_phone_number(text, region=region)
    except InvalidValue:
        return None


def test_every_region_has_an_example() -> None:
    """The examples stand for every region, nearly all of them with both kinds."""
    assert {region for region, _ in EXAMPLES} == phonenumbers.SUPPORTED_REGIONS
    assert len(EXAMPLES) >= 2 * len(phonenumbers.SUPPORTED_REGIONS) - 5


@pytest.mark.parametrize("form", FORMS)
def test_every_example_number(form: str) -> None:
    """Each example, written in its country or for the world, is read as its E.164, and a PhoneNumber accepts it."""
    for (region, _), number in EXAMPLES.items():
        written = phonenumbers.format_number(number, FORMS[form])
        expected = phonenumbers.format_number(number, FORMS["bare"])
        read = parse_phone_number(written, region=region)
        assert kept(read).number == expected, (region, written)
        assert form == "national" or parse_phone_number(written) == expected, (region, written)


@pytest.mark.parametrize("calling_code", sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS))
def test_numbers_of_no_country(calling_code: int) -> None:
    """Numbers that belong to no country, such as the universal freephone ones, are read as they are written."""
    number = phonenumbers.example_number_for_non_geo_entity(calling_code)
    assert number is not None
    expected = phonenumbers.format_number(number, FORMS["bare"])
    assert kept(parse_phone_number(phonenumbers.format_number(number, FORMS["international"]))).number == expected


@pytest.mark.parametrize(
    ("written", "region", "read"),
    [
        (" +998 90 123-45-67\n", None, UZBEK),
        ("(+998) 90 123.45.67", None, UZBEK),
        ("+998 (90) 123–45–67", None, UZBEK),
        ("998901234567", "UZ", UZBEK),
        ("00 998 90 123 45 67", "DE", UZBEK),
        ("90 123 45 67", "UZ", UZBEK),
        (UZBEK, "US", UZBEK),
        ("＋９９８　９０　１２３　４５６７", None, UZBEK),
        ("+٩٩٨ ٩٠ ١٢٣ ٤٥ ٦٧", None, UZBEK),
        ("\u202a+998 90 123 45 67\u202c", None, UZBEK),
        ("+998\u00a090\u00a0123\u00a045\u00a067", None, UZBEK),
        ("+998\t90\n1234567", None, UZBEK),
        ("+44 (0)20 7946 0018", None, "+442079460018"),
        ("030/901820", "DE", "+4930901820"),
        ("8 (901) 234-56-78", "RU", "+79012345678"),
        ("06 6982 0000", "IT", "+390669820000"),
        ("[212] 555-0123", "US", "+12125550123"),
    ],
)
def test_usual_spellings(written: str, region: str | None, read: str) -> None:
    """What people put between the digits is understood, in every script, and what can't be seen is passed over."""
    assert parse_phone_number(written, region=region) == read


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "+", "++", "+0", "-", "()", "+998", "112", "\0", "\ud800", "+998901234567\0"),
        *("+99890123456", "+9989012345678", "+99800000000", "+0998901234567", "++998901234567", "+998+901234567"),
        *("1-800-FLOWERS", "Tel. +998901234567", "tel:+998901234567", "+998901234567 x5", "+998901234567;ext=5"),
        *("+998901234567,5", "+998901234567#5", "*100#", "+998901234567 or +998901234568", "+998901234567 доб. 5"),
        *("90 123 +45 67", "+99890123456\N{SUPERSCRIPT SEVEN}", "+99890123456½", "+99890123456Ⅶ", "<+998901234567>"),
        *("+491512345678901234", "'; drop table phone_numbers; --", "ann@acme.org", "+998901234567\u20e3"),
    ],
)
@pytest.mark.parametrize("region", [None, "UZ", "US"])
def test_what_is_no_number_is_refused(written: str, region: str | None) -> None:
    """What is no number, or more than one number, is refused under the kind of value, and not repeated."""
    error = refusal(written, region)
    assert error.kind == "phone_number"
    assert len(written) < 5 or written not in error.message


def test_a_number_that_needs_a_region_says_so() -> None:
    """Without a country code and a region the error is about that, and not about the number."""
    assert "region" in refusal("90 123 45 67").message
    assert "country code" in refusal("+999 1234567").message
    assert "region" not in refusal("90 123 45", "UZ").message


@pytest.mark.parametrize(
    "number",
    ["+12005550123", "+2259999999999", "+998001234567", "+442079999999999"[:13], "+79990000000", "+493012345678"],
)
def test_ranges_that_the_metadata_do_not_know_are_read(number: str) -> None:
    """A number with a country code that is assigned and a length that is possible is one, whether or not it is open."""
    assert parse_phone_number(number) == kept(parse_phone_number(number)).number == number


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), st.data())
def test_any_possible_number_is_read(region: str, data: st.DataObject) -> None:
    """Any digits of a length that a country has make a number that is read as it is written."""
    code = str(phonenumbers.country_code_for_region(region))
    example = phonenumbers.example_number(region)
    assert example is not None
    size = len(phonenumbers.national_significant_number(example))
    digits = data.draw(st.text("123456789", min_size=1, max_size=1)) + data.draw(
        st.text("0123456789", min_size=size - 1, max_size=size - 1)
    )
    parsed = phonenumbers.parse(f"+{code}{digits}")
    assume(phonenumbers.format_number(parsed, FORMS["bare"]) == f"+{code}{digits}")  # no prefix of the country in front
    assert parse_phone_number(f"+{code}{digits}") == f"+{code}{digits}"


IMPOSSIBLE = [
    ("+99890123456", None, "too few digits"),
    ("+9989012345678", None, "too many digits"),
    ("+477777777", None, "has so many digits"),
    ("123 4567", "US", "lacks its area code"),
    ("+999 1234567", None, "country code"),
    ("90 123 45 67", None, "give its region"),
    ("+998901234567 x5", None, "not a telephone number"),
    ("ann", "UZ", "not a telephone number"),
]
"""Texts that are no number, with a region and what the refusal says: every sentence by which a text is refused."""


@pytest.mark.parametrize(("written", "region", "told"), IMPOSSIBLE)
def test_what_is_impossible_says_why(written: str, region: str | None, told: str) -> None:
    """The error says what is wrong with a number that can't be one."""
    assert told in refusal(written, region).message


@given(st.sampled_from(list(EXAMPLES.values())), st.data())
def test_what_nobody_sees_changes_nothing(number: phonenumbers.PhoneNumber, data: st.DataObject) -> None:
    """A number with characters on and between its digits that nobody sees is the same number."""
    expected = phonenumbers.format_number(number, FORMS["bare"])
    unseen = st.sampled_from([chr(code) for bounds in INVISIBLE_RANGES for code in bounds])
    assert parse_phone_number("".join(one + data.draw(unseen) for one in expected)) == expected


@pytest.mark.parametrize("junk", [None, 998901234567, b"+998901234567", ["+998901234567"], True, object()])
def test_what_is_no_text_is_refused(junk: object) -> None:
    """What an API was handed in place of a text is an InvalidValue, and no TypeError."""
    assert refusal(junk).kind == "phone_number"


@pytest.mark.parametrize("region", ["", "uz", "UZB", "ZZ", "001", "AQ", "998", " UZ", "\ud800", 5, True, b"UZ", ["UZ"]])
def test_unknown_regions_are_refused(region: object) -> None:
    """A region that has no telephone numbers, or is written otherwise, is refused even where no region is needed."""
    assert refusal(UZBEK, region).kind == "region"


@pytest.mark.parametrize("character", ["0", "+", "(", " ", "-", "/", "٠", "x", "~", "\u200b", "😀", "(+"])
def test_long_texts_are_refused_at_once(character: str) -> None:
    """No text, however long, takes long to refuse."""
    texts = [character * 10**6, character * 250, character * 249 + "z", UZBEK + character * 238]
    began = process_time()
    for text in texts:
        assert refusal(text, "UZ").kind == "phone_number"
    assert process_time() - began < 1


def test_the_longest_text_is_read() -> None:
    """A text is read up to the greatest length, white space and all, and refused beyond it."""
    longest = UZBEK.ljust(GREATEST_WRITTEN_LENGTH)
    assert parse_phone_number(longest) == UZBEK
    assert refusal(f"{longest} ").kind == "phone_number"


@given(st.data())
def test_separators_change_nothing(data: st.DataObject) -> None:
    """A number for the world, with anything that separates between its digits, is the same number."""
    number = phonenumbers.format_number(data.draw(st.sampled_from(list(EXAMPLES.values()))), FORMS["bare"])
    separator = st.sampled_from(["", *SEPARATORS])
    written = number[0] + "".join(digit + data.draw(separator) for digit in number[1:])
    assert parse_phone_number(written) == number


@given(
    st.text() | st.text("+0123456789 ()-./٠９xX,;#~", max_size=30),
    st.none() | st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)),
)
@example("+49 1522 34567890123", None)
@example("number", None)
def test_any_text_is_read_or_refused(text: str, region: str | None) -> None:
    """Whatever is read is E.164, accepted by the entity, and read as itself; whatever is not is an InvalidValue."""
    read = outcome(text, region)
    if read is None:
        assert refusal(text, region).message in {refusal(*row[:2]).message for row in IMPOSSIBLE}  # nothing of the text
        return
    assert kept(read).number == read == parse_e164(read)
    assert parse_phone_number(read) == parse_phone_number(read, region=region) == read


def test_without_the_extra_the_import_says_what_to_do() -> None:
    """Where phonenumbers is missing, importing the reader names the extra; the package itself can be imported."""
    program = (
        "import sys; sys.modules['phonenumbers'] = None; import gapless.inputs; import gapless.inputs.phone_numbers"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: gapless.inputs.phone_numbers needs phonenumbers, which an extra brings:"
        " pip install 'gapless[phone]'"
    )
