"""What one interpreter of a catalogue does with each kind of rule; a kind that it does not know is refused.

A rule has many interpreters: the entity, each store, the counterexamples. Each has one registry by kind. A new kind
needs one line in each of them, and a kind that somebody has forgotten is refused instead of ignored.
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
    """What one interpreter knows about each kind of rule.

    Args:
        interpreter: who interprets, for a message: "the in-memory store".
        place: where its code is, for a message.
        needed: what its code needs for a kind, for a message.
        by_kind: what is known about each kind; a kind that does not concern this interpreter is in it, too.
    """

    interpreter: str
    place: str
    needed: str
    by_kind: Mapping[type[Rule], T]

    def of(self, rule: Rule) -> T:
        """What the interpreter knows about the kind of a rule.

        Raises:
            DeclarationError: the interpreter does not know this kind; the message says what to write.
        """
        # By the exact class: a subclass is a kind of its own, and must not be treated as its parent (decision 0038).
        kind = type(rule)
        if kind not in self.by_kind:
            raise DeclarationError(f"{rule.name}: {self.lacking(kind)}")
        return self.by_kind[kind]

    def lacking(self, kind: type[Rule]) -> str:
        """The message that refuses a kind: what to write, and where."""
        return f"{self.interpreter} knows no rule of the kind {kind.__name__}: write {self.needed} into {self.place}."


def every_kind(below: type[Rule] = Rule) -> Iterator[type[Rule]]:
    """All kinds of rule: the subclasses of Rule, without those that are only the base of several kinds."""
    for kind in below.__subclasses__():
        # For a while a slotted class exists twice: attrs makes it anew, and the first one is not finished.
        if "__attrs_attrs__" in vars(kind):
            if not vars(kind).get("is_family", False):
                yield kind
            yield from every_kind(kind)
