"""The part of an error that is the same in all stores."""

from __future__ import annotations

from collections.abc import Mapping

from gapless.kit.errors import Detail, GaplessError


def told_by(error: GaplessError) -> Mapping[str, Detail]:
    """The details of an error, without the detail about the value that it refuses.

    Only an enforcer that has the value can give that detail: the entity has it, but a server that refuses a row which
    was not validated names the rule alone.
    """
    return {name: said for name, said in error.to_dict().items() if name != "detail"}
