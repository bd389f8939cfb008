"""Rewrites patterns that count: a loop and the length of the text say the same, and cost PostgreSQL a part of it.

PostgreSQL has a state for each round of a counted repetition, and works them out anew for each text; a loop has one.
See docs/decisions/0050-what-the-server-reads.md.
"""

from __future__ import annotations

import math
from functools import lru_cache

import attrs

from gapless.kit.pattern_trees import Repeat, Tree, lengths, pieces
from gapless.kit.predicates import All, Comparison, Constant, Length, Matches, Node

FEWEST_ROUNDS = 4
"""From so many rounds on a loop costs less than its rounds."""


@attrs.frozen
class Loosened:
    """A pattern that repeats without a bound, and the lengths that the texts of the given pattern have.

    Attributes:
        pattern: describes every text of the given pattern; of those with one of its lengths, no others.
        shortest: the least length; None if the pattern says it.
        longest: the greatest length; None if there is none.
    """

    pattern: str
    shortest: int | None
    longest: int | None


def without_counting(node: Matches) -> Node:
    """The same condition with lengths in the place of a count; the node itself if lengths can't say it."""
    found = loosened(node.pattern)
    if found is None:
        return node
    size = Length(node.operand)
    bounds = {"<=": found.longest, ">=": found.shortest}
    if found.shortest == found.longest:
        bounds = {"==": found.longest}
    sizes = (Comparison(sign, size, Constant(bound)) for sign, bound in bounds.items() if bound is not None)
    # They come first, so that no text is looked through that is too long.
    return All((*sizes, Matches(node.operand, found.pattern)))


@lru_cache(maxsize=1024)
def loosened(pattern: str) -> Loosened | None:
    """The pattern without its longest count; None if it counts little, or if lengths do not tell how often.

    They tell if nothing else in the pattern varies in length, and if each round has the same.
    """
    parts = pieces(pattern)
    varying = [place for place, (_, tree) in enumerate(parts) if not _is_even(tree)]
    places = varying or range(len(parts))
    counted = {place: _rounds(*parts[place]) for place in places}
    if len(varying) > 1 or max(counted.values(), default=0) < FEWEST_ROUNDS:
        return None
    place = max(counted, key=lambda place: counted[place])
    text, tree = parts[place]
    least = tree.least if isinstance(tree, Repeat) else 0
    loop = text[: text.rindex("{")] + ("+" if least else "*")
    shortest, longest = (sum(found) for found in zip(*(lengths(tree) for _, tree in parts), strict=True))
    return Loosened(
        "".join(loop if at == place else text for at, (text, _) in enumerate(parts)),
        int(shortest) if least > 1 else None,
        None if math.isinf(longest) else int(longest),
    )


def _is_even(tree: Tree) -> bool:
    shortest, longest = lengths(tree)
    return shortest == longest


def _rounds(text: str, tree: Tree) -> int:
    """How many rounds a part counts; 0 if it is no counted repetition, or its rounds differ in length."""
    if not isinstance(tree, Repeat) or not text.endswith("}") or not _is_even(tree.part) or lengths(tree.part)[0] == 0:
        return 0
    return tree.least if tree.greatest is None else tree.greatest
