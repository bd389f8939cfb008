"""What all kinds of rule have: a name, a message for people, and a source."""

from __future__ import annotations

import re
from typing import ClassVar

import attrs

from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.plain import kind_of, plain_text
from gapless.kit.sources import Source

GREATEST_NAME_LENGTH = 50
OF_PARENT = "of_parent"
"""Marks a field of a rule, in its metadata: it speaks of the parent, not of the entity that declares the rule."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NUMBERED = re.compile(r".*_[0-9]+")


def _plain(text: str) -> str:
    found = plain_text(text)
    if found is None:
        raise DeclarationError(f"The name and the message of a rule are texts, not {kind_of(text)}.")
    return found


def _check_name(rule: Rule, _: object, name: str) -> None:
    """Refuses a name of more than 50 characters or with a number at its end: a cluster may append a shard's number."""
    if (
        (rule.is_named_freely and len(name) > GREATEST_NAME_LENGTH)
        or not _NAME.fullmatch(name)
        or _NUMBERED.fullmatch(name)
    ):
        raise DeclarationError(
            f"The rule name {name!r} is not a lower-case identifier of at most {GREATEST_NAME_LENGTH} characters "
            "without a trailing number."
        )


def _check_message(rule: Rule, _: object, message: str) -> None:
    if not message.strip():
        raise DeclarationError(f"{rule.name} has no message: write one sentence for the person whose data it refuses.")


@attrs.frozen(eq=False)
class Rule:
    """What all kinds of rule have: a name that is unique in the catalogue, a message for people, and a source."""

    name: str = attrs.field(converter=_plain, validator=_check_name)
    message: str = attrs.field(converter=_plain, validator=_check_message)
    source: Source | None = attrs.field(default=None, kw_only=True)
    is_named_freely: ClassVar[bool] = True
    is_family: ClassVar[bool] = False  # True of a class that is no kind itself, but a base of several kinds

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the rule speaks of; an error names them as its fields."""
        return ()
