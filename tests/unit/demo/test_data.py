"""Reading the input of the demonstration."""

import json
from pathlib import Path

import pytest

from gapless.demo.data import load, shipped
from gapless.domain.users import Language, Role
from gapless.inputs.phone_numbers import parse_phone_number
from gapless.kit.errors import InvalidValue
from tests.commands import EXAMPLES

COMPANY = '{"slug": "acme", "name": "Acme", "billing_email": null, "plan": "team"}\n'
NUMBERS = "".join(f'{{"region": "UZ", "number": "+99871{number}"}}\n' for number in range(1000000, 1000002))
QUESTION = '{"language": "en", "category": "hours", "question": "Are you open?", "answer": "Until seven."}\n'
OWNER = '{"organization": "acme", "name": "Ann\u2028Lee", "email": "a@b.example", "role": "OWNER", "language": "en"}\n'


def written(folder: Path, companies: str, members: str, *, numbers: str = NUMBERS, questions: str = QUESTION) -> Path:
    """A folder with these four files."""
    files = {"organizations": companies, "members": members, "numbers": numbers, "knowledge": questions}
    for name, text in files.items():
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_examples_are_read_as_a_whole() -> None:
    """Every line of the examples is read: each company with one founder, an owner, and all its other members."""
    companies = load(shipped())
    lines = {
        name: (EXAMPLES / name).read_text("utf-8").count("\n") for name in ("organizations.jsonl", "members.jsonl")
    }
    assert len(companies) == lines["organizations.jsonl"]
    assert sum(1 + len(company.others) for company in companies) == lines["members.jsonl"]
    assert all(company.founder.role is Role.OWNER for company in companies)


def test_every_company_has_numbers_of_its_own() -> None:
    """No two companies of the examples get the same number, and all are called, and asked in every language."""
    companies = load(EXAMPLES)
    numbers = [number for company in companies for number in company.numbers]
    assert len(set(numbers)) == len(numbers) == 4 * len(companies)
    assert {len(set(company.callers)) for company in companies} == {12}
    for company in companies:
        languages = [question.language for question in company.questions]
        assert languages[:3] == [company.founder.language] * 3
        assert set(languages) == set(Language)
        assert len(set(company.questions)) == len(company.questions)


def test_numbers_of_the_examples_are_valid() -> None:
    """Every number of the examples is one of its region's numbering plan, in the form of E.164."""
    lines = [json.loads(line) for line in (EXAMPLES / "numbers.jsonl").read_text("utf-8").splitlines()]
    assert len({line["region"] for line in lines}) > 200
    assert all(parse_phone_number(line["number"]) == line["number"] for line in lines)


def test_a_separator_in_a_name_ends_no_line(tmp_path: Path) -> None:
    """Only a line feed ends a line, not the separators of Unicode that may stand in a name."""
    (company,) = load(written(tmp_path, COMPANY, OWNER))
    assert company.founder.name == "Ann\u2028Lee"


@pytest.mark.parametrize(
    ("companies", "members", "told"),
    [
        ("{", OWNER, "line 1 is no JSON"),
        ("\n[]", OWNER, "no JSON object"),
        ('{"slug": 7}', OWNER, "no text 'slug'"),
        (COMPANY, OWNER.replace("OWNER", "KING"), "unknown role"),
        (COMPANY, OWNER.replace('"en"', '"la"'), "unknown language"),
        (COMPANY, OWNER.replace("OWNER", "ADMIN"), "acme .* no owner"),
        (COMPANY, "", "acme .* no owner"),
    ],
)
def test_what_can_not_be_read_is_named(tmp_path: Path, companies: str, members: str, told: str) -> None:
    """Data that can't be read end with one sentence that says where."""
    with pytest.raises(InvalidValue, match=told):
        load(written(tmp_path, companies, members))


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    """A folder that lacks the files ends with the remedy."""
    with pytest.raises(InvalidValue, match="--data"):
        load(tmp_path)


@pytest.mark.parametrize("numbers", ["", *(times * f"{NUMBERS.splitlines()[0]}\n" for times in (1, 2))])
def test_too_few_numbers_are_told(tmp_path: Path, numbers: str) -> None:
    """A company needs two numbers that nobody else has; the same one twice is one."""
    with pytest.raises(InvalidValue, match="numbers for each company"):
        load(written(tmp_path, COMPANY, OWNER, numbers=numbers))


def test_questions_are_needed(tmp_path: Path) -> None:
    """Without a question there is no knowledge base to play."""
    with pytest.raises(InvalidValue, match="a question"):
        load(written(tmp_path, COMPANY, OWNER, questions=""))
