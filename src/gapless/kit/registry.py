"""What an interpreter of a catalogue makes of each kind of rule; a kind that it does not know is refused.

A rule is interpreted many times: by the entity, by each store, by what tries to break it. Each interpreter keeps one
registry by kind. So a kind is added by one line in each, and one that somebody has forgotten falls through nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

import attrs

from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import Rule

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Registry(Generic[T]):
    """What one interpreter knows of each kind of rule.

    Args:
        interpreter: who interprets, for a sentence: "the in-memory store".
        place: where that is written, for a sentence.
        needed: what is written there for a kind, for a sentence.
        by_kind: what is known of each kind; a kind that is no matter of this interpreter says so, and is not left out.
    """

    interpreter: str
    place: str
    needed: str
    by_kind: Mapping[type[Rule], T]

    def of(self, rule: Rule) -> T:
        """What is known of the kind of a rule.

        Raises:
            DeclarationError: nothing is.
        """
        # The exact class: a subclass is a kind of its own, and must not be taken for its parent (decision 0038).
        kind = type(rule)
        if kind not in self.by_kind:
            raise DeclarationError(f"{rule.name}: {self.lacking(kind)}")
        return self.by_kind[kind]

    def lacking(self, kind: type[Rule]) -> str:
        """The sentence that refuses a kind: what to write, and where."""
        return f"{self.interpreter} knows no rule of the kind {kind.__name__}: write {self.needed} into {self.place}."


def every_kind(below: type[Rule] = Rule) -> Iterator[type[Rule]]:
    """Every kind of rule that there is: the subclasses of Rule but those that only join several kinds."""
    for kind in below.__subclasses__():
        # Of a slotted class there are two for a while: attrs makes it anew, and the first is not finished.
        if "__attrs_attrs__" in vars(kind):
            if not vars(kind).get("is_family", False):
                yield kind
            yield from every_kind(kind)
