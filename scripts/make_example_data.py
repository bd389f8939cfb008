"""Writes the input of the demo: organizations.jsonl and members.jsonl in src/gapless/demo/files.

People and companies are invented: the names are dealt from the word lists in example_words.json, which also holds the
edge cases written by hand. Addresses use only names reserved for examples: example.com, example.org, .example, .test.
The files come out the same byte for byte each time, as only `Random.random()` is drawn from: the one method whose
sequence Python promises to keep. Usage: python scripts/make_example_data.py
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypedDict, TypeVar

SEED = 20240229
ORGANIZATIONS = 236
WORDS = Path(__file__).with_name("example_words.json")
OUTPUT = Path(__file__).resolve().parent.parent / "src" / "gapless" / "demo" / "files"

SEATS = {"starter": 10, "team": 50, "business": 500}
OTHER_ROLES = ("ADMIN", "MANAGER", "MANAGER", "OPERATOR", "OPERATOR", "OPERATOR", "OPERATOR")
RESERVED = (
    "admin|api|www|support|billing|status|help|docs|blog|mail|ftp|localhost|dashboard|app|auth|login|signup|register"
)
SLUG = re.compile(rf"(?!(?:{RESERVED})$)(?=.{{1,63}}$)[a-z0-9]+(?:-[a-z0-9]+)*")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
EXAMPLE_DOMAIN = re.compile(r"(?:.+\.)?example\.(?:com|org)|.+\.(?:example|test)", re.IGNORECASE)
FOLDED = str.maketrans("’‘ʻʼøłđðıŋ", "''''olddin") | {ord("ß"): "ss", ord("æ"): "ae", ord("œ"): "oe", ord("þ"): "th"}
VOWEL_POINTS = re.compile("[\u064b-\u0652\u0591-\u05c7]")  # written in names, never in addresses

T = TypeVar("T")
Raw = dict[str, Any]  # a part of the file of word lists


class Organization(TypedDict):
    """A line of organizations.jsonl."""

    slug: str
    name: str
    billing_email: str | None
    plan: str


class Member(TypedDict):
    """A line of members.jsonl."""

    organization: str
    name: str
    email: str
    role: str
    language: str


class Word(NamedTuple):
    """A word as its owner writes it, and in ASCII for slugs and addresses."""

    text: str
    latin: str


class Home(NamedTuple):
    """An organization whose members are still to be found."""

    row: Organization
    place: Raw
    domain: str


class Dice:
    """Draws that rest on `Random.random()` alone."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random

    def chance(self, probability: float) -> bool:
        """True in that share of the calls."""
        return self.random() < probability

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.random() * len(items))]

    def entry(self, entries: str) -> str:
        """One of the audit records that a comma and a space separate."""
        return self.pick(entries.split(", "))

    def word(self, entries: str) -> Word:
        """One of the words, written `word` or `word=latin`."""
        text, _, latin = unicodedata.normalize("NFC", self.entry(entries)).partition("=")
        return Word(text, latin or to_ascii(text))

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """The items in any order."""
        return [item for _, _, item in sorted((self.random(), index, item) for index, item in enumerate(items))]


def to_ascii(text: str) -> str:
    """Latin letters as lower-case ASCII, with apostrophes, hyphens and spaces kept."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(FOLDED))
    return "".join(c for c in folded if c.isascii() and (c.isalnum() or c in "'- "))


def to_label(text: str) -> str:
    """A part of an address made of text in any script: up to 24 letters, marks, digits and hyphens."""
    text = VOWEL_POINTS.sub("", text).lower().replace(" ", "-")
    return "".join(c for c in text if c == "-" or unicodedata.category(c)[0] in "LMN")[:24].strip("-")


def punycode(domain: str) -> str:
    """The domain in ASCII."""
    return ".".join(x if x.isascii() else f"xn--{x.encode('punycode').decode()}" for x in domain.split("."))


def make_domain(dice: Dice, slug: str, brand: str, place: Raw) -> str:
    """The domain of an organization, at times an internationalised one."""
    country = dice.entry(place["countries"])
    label = to_label(unicodedata.normalize("NFC", brand))
    if not label.isascii() and dice.chance(0.22):
        domain = f"{label}.{dice.pick(['example', f'{country}.example', 'test'])}"
        return domain if dice.chance(0.4) else punycode(domain)
    plain = [f"{slug}.example", f"{slug}.{country}.example", f"{slug}.{country}.test", f"{slug}.com.{country}.test"]
    nested = [f"mail.{slug}.{country}.example", f"hq.{slug}.example.org", f"{slug.replace('-', '')}.example.com"]
    return dice.pick(plain + nested)


def make_home(dice: Dice, place: Raw, slugs: set[str]) -> Home:
    """A company of that place, under a slug not in use."""
    people, form = dice.pick(place["people"]), dice.pick(place["firms"])
    words = {"b": dice.word(place["brands"]), "s": dice.word(place["sectors"])}
    words |= {"f": dice.word(people["family"]), "g": dice.word(people["given"])}
    name = form.format(**{key: word.text for key, word in words.items()})
    name = unicodedata.normalize("NFD" if dice.chance(place["decompose"] / 3) else "NFC", name)
    latin = " ".join(words[key].latin for key in re.findall(r"\{(\w)\}", form))
    base = re.sub("[^a-z0-9]+", "-", latin.replace("'", "")).strip("-")
    slug = next(s for s in (base, *(f"{base}-{n}" for n in range(2, 99))) if SLUG.fullmatch(s) and s not in slugs)
    row = Organization(slug=slug, name=name, billing_email=None, plan="")
    return Home(row, place, make_domain(dice, slug, words["b" if "{b}" in form else "f"].text, place))


def make_homes(dice: Dice, words: Raw) -> list[Home]:
    """All organizations: those written by hand, and made ones of which each place has one or more."""
    places = words["locales"]
    weighted = [place for place in places for _ in range(place["weight"])]
    homes = []
    for slug, name in words["special_organizations"]:
        place, row = dice.pick(weighted), Organization(slug=slug, name=name, billing_email=None, plan="")
        homes.append(Home(row, place, make_domain(dice, slug, name, place)))
    rest = [dice.pick(weighted) for _ in range(ORGANIZATIONS - len(homes) - len(places))]
    for place in places + rest:
        homes.append(make_home(dice, place, {home.row["slug"] for home in homes}))
    return dice.shuffled(homes)


def local_part(dice: Dice, given: Word, family: Word, tags: str) -> str:
    """The part of an address before the @, in one of the usual shapes."""
    if not given.text.isascii() and dice.chance(0.015):
        native = f"{to_label(given.text)}.{to_label(family.text)}"
        return native if len(native.encode()) <= 64 else to_label(given.text)[:21]
    g, f = given.latin.replace(" ", ""), family.latin.replace(" ", "")
    if dice.chance(0.5):
        g, f = g.replace("'", ""), f.replace("'", "")
    number = dice.pick([*range(100), *range(1960, 2008)])
    mixed = [f"{g.title()}.{f.title()}", f"{f.title()}{g[0].upper()}", f"{g[0].upper()}{f.upper()}"]
    short = [g, f"{g[0]}.{f}", f"{g[0]}{f}", f"{f}.{g[0]}", f"{g}{number}", f"{f}{number}", f"{f}_{number}"]
    long = [f"{g}_{f}", f"{f}.{g}", f"{g}-{f}", f"{g}{f}", f"{g}.{f}{number}", f"{g}.{f}+{dice.entry(tags)}"]
    return dice.pick([f"{g}.{f}", f"{g}.{f}", f"{g}.{f}", *mixed, *short, *long, f"{g}+{dice.entry(tags)}"])


def make_person(dice: Dice, home: Home, place: Raw, words: Raw) -> Member:
    """A member from that place."""
    people = dice.pick(place["people"])
    given, family = dice.word(people["given"]), dice.word(people["family"])
    parts = {"g": given.text, "f": family.text, "m": dice.entry(people["middle"]), "l": given.latin.title()}
    name = dice.pick(people["forms"]).format(**parts)
    name = unicodedata.normalize("NFD" if dice.chance(place["decompose"]) else "NFC", name)
    if dice.chance(0.025):
        name += f" {dice.pick(words['emoji'])}"
    domain = home.domain if dice.chance(0.7) else dice.entry(words["personal_domains"])
    domain = domain.title() if domain.isascii() and dice.chance(0.04) else domain
    email = f"{local_part(dice, given, family, words['tags'])}@{domain}"
    return member(home, name, email, dice.entry(place["languages"]))


def member(home: Home, name: str, email: str, language: str) -> Member:
    """A member whose role is dealt later."""
    return Member(organization=home.row["slug"], name=name, email=email, role="OPERATOR", language=language)


def make_members(dice: Dice, homes: list[Home], words: Raw) -> list[Member]:
    """The members of all organizations, the special ones among them."""
    dealt = dict(zip(dice.shuffled(range(len(homes))), words["special_members"], strict=False))
    weighted = [place for place in words["locales"] for _ in range(place["weight"])]
    everyone: list[Member] = []
    for index, home in enumerate(homes):
        size = 4 + int(dice.random() ** 1.25 * 17)
        team = [member(home, *dealt[index])] if index in dealt else []
        while len(team) < size:
            if everyone and dice.chance(0.015):  # some people work for more than one organization
                other = dice.pick(everyone)
                candidate = member(home, other["name"], other["email"], other["language"])
            else:
                candidate = make_person(dice, home, home.place if dice.chance(0.72) else dice.pick(weighted), words)
            if folded(candidate["email"]) not in {folded(known["email"]) for known in team}:
                team.append(candidate)
        everyone += finished(dice, home, dice.shuffled(team), words)
    return everyone


def finished(dice: Dice, home: Home, team: list[Member], words: Raw) -> list[Member]:
    """The team with its roles; the organization gets its plan and its billing address."""
    owners = dice.pick([1, 1, 1, 1, 1, 1, 2, 2, 2, 3])
    others = ["OWNER"] * (owners - 1) + [dice.pick(OTHER_ROLES) for _ in team[owners:]]
    for row, role in zip(team, ["OWNER", *dice.shuffled(others)], strict=True):
        row["role"] = role
    fitting = [plan for plan, seats in SEATS.items() if len(team) <= seats]
    home.row["plan"] = dice.pick(fitting[:1] * 4 + fitting)
    if dice.chance(0.75):
        native = words["native_mailboxes"].get(home.place["code"])
        box = native if native and dice.chance(0.2) else dice.entry(words["mailboxes"])
        home.row["billing_email"] = team[0]["email"] if dice.chance(0.1) else f"{box}@{home.domain}"
    return team


def folded(email: str) -> str:
    """What makes two addresses one: more than the ASCII lower-casing that is asked for, so that any rule agrees."""
    return unicodedata.normalize("NFKC", email).casefold()


def is_name(name: str) -> bool:
    """Whether it has 2 to 100 code points, also when composed, no control characters and no white space around."""
    kinds = {unicodedata.category(c) for c in name}
    visible = name == name.strip() and kinds.isdisjoint({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
    return visible and all(2 <= len(text) <= 100 for text in (name, unicodedata.normalize("NFC", name)))


def is_email(email: str) -> bool:
    """Whether it is an address that could exist, but is reserved for examples."""
    local, _, domain = email.partition("@")
    labels = punycode(domain.lower()).split(".")
    small = len(email.encode()) <= 254 and len(local.encode()) <= 64 and all(0 < len(label) <= 63 for label in labels)
    visible = all(unicodedata.category(c)[0] not in "CZ" for c in email)
    return small and visible and bool(EMAIL.fullmatch(email) and EXAMPLE_DOMAIN.fullmatch(domain))


def row_faults(row: Organization, team: list[Member]) -> Iterator[str]:
    """What is wrong with an organization and its members."""
    slug, roles = row["slug"], [member["role"] for member in team]
    holds = {
        "slug": SLUG.fullmatch(slug),
        "billing_email": row["billing_email"] is None or is_email(row["billing_email"]),
        "names": is_name(row["name"]) and all(is_name(member["name"]) for member in team),
        "emails": all(is_email(member["email"]) for member in team),
        "same email": len({folded(member["email"]) for member in team}) == len(team),
        "roles": roles[:1] == ["OWNER"] and roles.count("OWNER") <= 3 and {*roles} <= {"OWNER", *OTHER_ROLES},
        "languages": {member["language"] for member in team} <= {"ru", "uz", "en"},
        "seats": 4 <= len(team) <= min(20, SEATS[row["plan"]]),
    }
    yield from (f"{slug}: {fault}" for fault, held in holds.items() if not held)


def faults(organizations: list[Organization], members: list[Member], wanted: Raw) -> Iterator[str]:
    """What is wrong with the rows, and what is missing among them."""
    teams: dict[str, list[Member]] = {row["slug"]: [] for row in organizations}
    for row in members:
        teams[row["organization"]].append(row)
    for organization in organizations:
        yield from row_faults(organization, teams[organization["slug"]])
    owners = {[row["role"] for row in team].count("OWNER") for team in teams.values()}
    if len(teams) < max(220, len(organizations)) or len(members) < 2200 or owners != {1, 2, 3}:
        yield "the rows are too few, a slug is there twice, or no team has two owners or none three"
    companies, persons = [row["name"] for row in organizations], [row["name"] for row in members]
    found = {"companies": companies, "persons": persons, "addresses": [row["email"] for row in members]}
    for kind, texts in found.items():
        yield from (f"few {kind} with {x}" for x in wanted[kind] if sum(bool(re.search(x, t)) for t in texts) < 2)
    for names in (companies, persons):
        yield from set(wanted["scripts"]) - {unicodedata.name(c, "?").split()[0] for c in "".join(names)}


def main() -> None:
    """Makes the rows, checks them, and writes them."""
    dice, words = Dice(SEED), json.loads(WORDS.read_text(encoding="utf-8"))
    homes = make_homes(dice, words)
    members = make_members(dice, homes, words)
    organizations = [home.row for home in homes]
    if found := list(faults(organizations, members, words["wanted"])):
        raise ValueError("; ".join(found))
    files: dict[str, Sequence[Organization | Member]] = {"organizations": organizations, "members": members}
    for name, rows in files.items():
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        (OUTPUT / f"{name}.jsonl").write_bytes(lines)
        print(f"{name}.jsonl: {len(rows)} rows, {len(lines)} bytes")


if __name__ == "__main__":
    main()
