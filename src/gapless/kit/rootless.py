"""What is left of the rules of a part, such as the audit trail, in a catalogue without a root."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from gapless.kit.kinds import AppendOnly, Numbered, Reference, Root, Rule


def without_root(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules without those that go through `Root`.

    Rows that belong to no root refer to none, get no number, for nobody's lock puts them in an order, and do not go
    with a root, so that nothing of them is archived.
    """
    return tuple(_left(rules))


def _left(rules: Iterable[Rule]) -> Iterator[Rule]:
    for rule in rules:
        match rule:
            case Reference() if rule.to is Root:
                continue
            case Numbered() if rule.through.to is Root:
                continue
            case AppendOnly() if rule.through is not None and rule.through.to is Root:
                yield attrs.evolve(rule, through=None, archive=None, erased_by=None)
            case _:
                yield rule
