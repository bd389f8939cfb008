"""Reading the input of the demonstration."""

from pathlib import Path

import pytest

from gapless.cli.demo.data import load
from gapless.domain.errors import InvalidValue
from gapless.domain.users import Role

EXAMPLES = Path(__file__).parents[4] / "examples" / "data"
COMPANY = '{"slug": "acme", "name": "Acme", "billing_email": null, "plan": "team"}\n'
OWNER = '{"organization": "acme", "name": "Ann\u2028Lee", "email": "a@b.example", "role": "OWNER", "language": "en"}\n'


def written(folder: Path, companies: str, members: str) -> Path:
    """A folder with these two files."""
    (folder / "organizations.jsonl").write_text(companies, encoding="utf-8")
    (folder / "members.jsonl").write_text(members, encoding="utf-8")
    return folder


def test_examples_are_read_as_a_whole() -> None:
    """Every line of the examples is read: each company with one founder, an owner, and all its other members."""
    companies = load(EXAMPLES)
    lines = {
        name: (EXAMPLES / name).read_text("utf-8").count("\n") for name in ("organizations.jsonl", "members.jsonl")
    }
    assert len(companies) == lines["organizations.jsonl"]
    assert sum(1 + len(company.others) for company in companies) == lines["members.jsonl"]
    assert all(company.founder.role is Role.OWNER for company in companies)


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
