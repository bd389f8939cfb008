"""Arguments that are True or False: anything else would count as one of them, or refuse to say which."""

from __future__ import annotations

from gapless.kit.errors import InvalidValue
from gapless.kit.plain import kind_of


def require_boolean(name: str, given: object) -> None:
    """Refuses what is neither True nor False.

    Args:
        name: the parameter.
        given: the argument.

    Raises:
        InvalidValue: it is no `bool`.
    """
    if type(given) is not bool:
        raise InvalidValue(name, f"{name} is True or False, not {kind_of(given)}.", fields=(name,))
