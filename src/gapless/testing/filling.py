"""How many rows it takes until a limit is reached, by the rule that declares it."""

from __future__ import annotations

from gapless.kit.errors import DeclarationError
from gapless.kit.invariants import InvariantValidator
from gapless.kit.model import Judged


def room(invariant: InvariantValidator[Judged], parent: Judged, *there: Judged) -> int:
    """How many further rows the rule lets into its set, beside those that are there.

    Raises:
        DeclarationError: the rule bounds nothing for this parent, so that nobody can break it there.
    """
    limit = invariant.limit(parent)
    if limit is None:
        said = f"{invariant.rule.name} bounds nothing for the organization of the scene: write another violation of it."
        raise DeclarationError(said)
    return max(0, limit - invariant.number(there))
