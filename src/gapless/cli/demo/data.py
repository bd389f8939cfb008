"""The input of the demonstration: companies and their members, read from two files of JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import attrs

from gapless.domain.errors import InvalidValue
from gapless.domain.users import Language, Role


@attrs.frozen
class Member:
    """A line of members.jsonl: a person of a company."""

    name: str
    email: str
    role: Role
    language: Language


@attrs.frozen
class Company:
    """A line of organizations.jsonl, with its founder and the members who come later."""

    slug: str
    name: str
    billing_email: str | None
    plan: str
    founder: Member
    others: tuple[Member, ...]


def load(directory: Path) -> tuple[Company, ...]:
    """Reads the companies; the first owner of each is its founder.

    Raises:
        InvalidValue: a file or a line of it can't be read, or a company has no owner.
    """
    people: dict[str, list[Member]] = {}
    for line in _lines(directory / "members.jsonl"):
        people.setdefault(_text(line, "organization"), []).append(_member(line))
    return tuple(_company(line, people) for line in _lines(directory / "organizations.jsonl"))


def _lines(path: Path) -> Iterator[dict[str, object]]:
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


def _member(line: dict[str, object]) -> Member:
    try:
        role, language = Role(_text(line, "role")), Language(_text(line, "language"))
    except ValueError as error:
        raise InvalidValue("demo_data", "A member of the data has an unknown role or language.") from error
    return Member(_text(line, "name"), _text(line, "email"), role, language)


def _company(line: dict[str, object], people: dict[str, list[Member]]) -> Company:
    slug = _text(line, "slug")
    members = people.get(slug, [])
    founder = next((member for member in members if member.role is Role.OWNER), None)
    if founder is None:
        raise InvalidValue("demo_data", f"The company {slug} of the data has no owner among its members.")
    billing = None if line.get("billing_email") is None else _text(line, "billing_email")
    others = tuple(member for member in members if member is not founder)
    return Company(slug, _text(line, "name"), billing, _text(line, "plan"), founder, others)
