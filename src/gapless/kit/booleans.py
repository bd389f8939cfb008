"""Arguments that must be True or False; Python would accept anything as one of them."""

from __future__ import annotations

from gapless.kit.errors import InvalidValue
from gapless.kit.plain import kind_of


def require_boolean(name: str, given: object) -> None:
    """Refuses an argument that is neither True nor False.

    Args:
        name: the name of the parameter, for the message.
        given: what was passed for it.

    Raises:
        InvalidValue: it is not a `bool`.
    """
    if type(given) is not bool:
        raise InvalidValue(name, f"{name} must be True or False, not {kind_of(given)}.", fields=(name,))
