"""The listing of a catalogue: one line for each rule for people, one object for each rule for programs."""

from __future__ import annotations

import json
import re

import attrs

from gapless.cli.tables import aligned
from gapless.kit import Catalogue, Rule
from gapless.kit.model import Model, Validated

_WORD = re.compile("(?<!^)(?=[A-Z])")


@attrs.frozen
class Listed:
    """A rule in a listing.

    Attributes:
        id: its id in the source, or "".
        origin: where it comes from: "seed" for the list that gapless was built to, "gapless", or the host's name.
        name: its name.
        kind: what kind of rule it is: data_type, required, enum_member, check, at_least_one, ...
        table: the table that it is about.
        fields: the columns that it is about.
        message: what it says to the person whose data it refuses.
    """

    id: str
    origin: str
    name: str
    kind: str
    table: str
    fields: tuple[str, ...]
    message: str


def listed(catalogue: Catalogue) -> tuple[Listed, ...]:
    """The rules in the order of the catalogue."""
    return tuple(_listed(model, rule) for model, rule in catalogue)


def _listed(model: Model[Validated], rule: Rule) -> Listed:
    return Listed(
        id=rule.source.id if rule.source else "",
        origin=rule.source.origin if rule.source else model.origin_of(rule),
        name=rule.name,
        kind=kind_of(rule),
        table=model.table,
        fields=tuple(column.name for column in rule.columns),
        message=rule.message,
    )


def kind_of(rule: Rule) -> str:
    """What kind of rule it is, as the listings call it."""
    return _WORD.sub("_", type(rule).__name__).lower()


def as_lines(rules: tuple[Listed, ...]) -> str:
    """The listing for people, aligned."""
    head = ("ID", "ORIGIN", "NAME", "KIND", "TABLE", "FIELDS", "MESSAGE")
    rows = [(r.id or "-", r.origin, r.name, r.kind, r.table, ", ".join(r.fields) or "-", r.message) for r in rules]
    return aligned([head, *rows])


def to_json(rules: tuple[Listed, ...]) -> str:
    """The listing for programs: an array with one object a rule."""
    return json.dumps([attrs.asdict(rule) for rule in rules], ensure_ascii=False, indent=2)
