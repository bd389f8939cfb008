"""The input of the demonstration: companies, their members, telephone numbers and knowledge, as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

import attrs

from gapless.domain.users import Language, Role
from gapless.kit.errors import InvalidValue

OWN, CALLERS = 4, 12  # telephone numbers of each company, and of those who call it
FEWEST = 2
STRIDE = 83  # from caller to caller, so that they are from all over the world
QUESTIONS = 3  # of each company in the language of its founder, and one in each other language


@attrs.frozen
class DemoMember:
    """A line of members.jsonl: a person of a company."""

    name: str
    email: str
    role: Role
    language: Language


@attrs.frozen
class DemoQuestion:
    """A line of knowledge.jsonl: what callers ask, and what they are answered."""

    language: Language
    category: str
    question: str
    answer: str


@attrs.frozen
class Company:
    """A line of organizations.jsonl, with what it needs for its month.

    Attributes:
        founder: its first owner.
        others: the members who come later.
        numbers: where it is called; no other company has one of these.
        callers: who calls it.
        questions: what it is asked.
    """

    slug: str
    name: str
    billing_email: str | None
    plan: str
    founder: DemoMember
    others: tuple[DemoMember, ...]
    numbers: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    questions: tuple[DemoQuestion, ...] = ()


def shipped() -> Traversable:
    """The folder with the input that gapless brings along, wherever it is installed."""
    return resources.files("gapless.demo") / "files"


def load(directory: Traversable) -> tuple[Company, ...]:
    """Reads the companies; the first owner of each is its founder. Numbers and questions are dealt to them in turn.

    Args:
        directory: a folder with the four files.

    Raises:
        InvalidValue: a file or a line of it can't be read, a company has no owner, or there are too few numbers.
    """
    people: dict[str, list[DemoMember]] = {}
    for line in _lines(directory / "members.jsonl"):
        people.setdefault(_text(line, "organization"), []).append(_member(line))
    numbers = tuple(dict.fromkeys(_text(line, "number") for line in _lines(directory / "numbers.jsonl")))
    questions = tuple(_question(line) for line in _lines(directory / "knowledge.jsonl"))
    companies = [_company(line, people) for line in _lines(directory / "organizations.jsonl")]
    each = min(OWN, len(numbers) // max(len(companies), 1))
    if companies and (each < FEWEST or not questions):
        raise InvalidValue("demo_data", f"The data need {FEWEST} numbers for each company, and a question.")
    return tuple(
        attrs.evolve(
            company,
            numbers=numbers[place * each : (place + 1) * each],
            callers=tuple(numbers[(place + step * STRIDE) % len(numbers)] for step in range(1, CALLERS + 1)),
            questions=_asked(questions, company.founder.language, place),
        )
        for place, company in enumerate(companies)
    )


def _asked(questions: tuple[DemoQuestion, ...], language: Language, place: int) -> tuple[DemoQuestion, ...]:
    """Some questions in this language and one in each other, other ones in each place."""
    asked: list[DemoQuestion] = []
    for spoken in sorted(Language, key=lambda other: other is not language):
        known = [question for question in questions if question.language is spoken]
        number = QUESTIONS if spoken is language else 1
        asked += [known[(place + step) % len(known)] for step in range(min(number, len(known)))]
    return tuple(asked)


def _lines(path: Traversable) -> Iterator[dict[str, object]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise InvalidValue("demo_data", f"{path} can't be read: give --data a folder that has it.") from error
    # Not splitlines: it also breaks at characters that may stand inside a name.
    for number, line in enumerate(filter(None, text.split("\n")), 1):
        try:
            found = json.loads(line)
        except ValueError as error:
            raise InvalidValue("demo_data", f"{path}, line {number} is no JSON.") from error
        if not isinstance(found, dict):
            raise InvalidValue("demo_data", f"{path}, line {number} is no JSON object.")
        yield found


def _text(line: dict[str, object], name: str) -> str:
    value = line.get(name)
    if not isinstance(value, str):
        raise InvalidValue("demo_data", f"A line of the data has no text {name!r}.")
    return value


def _language(line: dict[str, object]) -> Language:
    try:
        return Language(_text(line, "language"))
    except ValueError as error:
        raise InvalidValue("demo_data", "A line of the data has an unknown language.") from error


def _question(line: dict[str, object]) -> DemoQuestion:
    return DemoQuestion(_language(line), _text(line, "category"), _text(line, "question"), _text(line, "answer"))


def _member(line: dict[str, object]) -> DemoMember:
    language = _language(line)
    try:
        role = Role(_text(line, "role"))
    except ValueError as error:
        raise InvalidValue("demo_data", "A member of the data has an unknown role.") from error
    return DemoMember(_text(line, "name"), _text(line, "email"), role, language)


def _company(line: dict[str, object], people: dict[str, list[DemoMember]]) -> Company:
    slug = _text(line, "slug")
    members = people.get(slug, [])
    founder = next((member for member in members if member.role is Role.OWNER), None)
    if founder is None:
        raise InvalidValue("demo_data", f"The company {slug} of the data has no owner among its members.")
    billing = None if line.get("billing_email") is None else _text(line, "billing_email")
    others = tuple(member for member in members if member is not founder)
    return Company(slug, _text(line, "name"), billing, _text(line, "plan"), founder, others)
