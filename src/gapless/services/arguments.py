"""What use cases ask of their arguments before they ask a store; everything else the entities judge."""

from __future__ import annotations

from uuid import UUID

from gapless.domain.errors import InvalidValue


def require_ids(*ids: object) -> None:
    """Refuses an id that is none, so that no store is asked for it.

    Raises:
        InvalidValue: one of them is no `uuid.UUID`.
    """
    for given in ids:
        if not isinstance(given, UUID):
            raise InvalidValue(
                "uuid", f"An id is a uuid.UUID, not a {type(given).__name__}; parse_id reads one from a text."
            )


def require_boolean(kind: str, given: object) -> None:
    """Refuses what is neither True nor False, because anything else would count as one of them.

    Args:
        kind: what it says, as the error names it.
        given: the argument.

    Raises:
        InvalidValue: it is no `bool`.
    """
    if not isinstance(given, bool):
        raise InvalidValue(kind, f"{kind} is True or False, not a {type(given).__name__}.")
