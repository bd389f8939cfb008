"""Whether two stores disagree on a program, which a search asks of one program after the other."""

from __future__ import annotations

from gapless.testing.differential.comparison import Disagreement, Stores, compare
from gapless.testing.differential.programs import Program
from gapless.testing.differential.vocabulary import Vocabulary


async def disagree(stores: Stores, words: Vocabulary, program: Program) -> bool:
    """Whether they answer differently, or keep other rows."""
    try:
        await compare(stores, words, program)
    except Disagreement:
        return True
    return False
