"""What an error says, as far as all stores say the same."""

from __future__ import annotations

from collections.abc import Mapping

from gapless.kit.errors import Detail, GaplessError


def told_by(error: GaplessError) -> Mapping[str, Detail]:
    """What an error hands on, without the detail of the value that it refuses.

    The detail can be given only by whoever has the value at hand: the entity has, and a server that finds a row
    broken which nobody had checked names the rule alone.
    """
    return {name: said for name, said in error.to_dict().items() if name != "detail"}
