"""What every use case asks of its arguments before it asks a store; everything else the entities judge."""

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
