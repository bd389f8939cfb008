"""What a refusal of a hostile call may say: a few words, which can be handed on as JSON."""

from __future__ import annotations

import json

import attrs

from gapless.testing.differential.runner import Outcome, Refusal

LONGEST = 2000
"""How many characters an error says at most, whatever it was that it refused."""


@attrs.frozen
class NumberedCall:
    """A call and its number in a program, written out only if something is wrong, since hostile values are large."""

    number: int
    call: object

    def __str__(self) -> str:
        return f"call {self.number}, {self.call}"


class BadRefusal(AssertionError):
    """A refusal has changed something, or repeats too much of what it refused."""


def require_bounded(outcome: Outcome, moment: NumberedCall) -> None:
    """Sees that a refusal says no more than a few words.

    Args:
        outcome: what came of a call, a Refusal or not.
        moment: which call it was.

    Raises:
        BadRefusal: it says more, or what can't be handed on.
    """
    if not isinstance(outcome, Refusal):
        return
    try:
        said = json.dumps(outcome.said, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise BadRefusal(f"{moment}: its error is no JSON: {error}") from error
    if len(said) > LONGEST:
        raise BadRefusal(f"{moment}: its error has {len(said)} characters")
