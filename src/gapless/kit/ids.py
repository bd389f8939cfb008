"""The ids that every catalogue may have, and how an id is read from a text.

The types of ids are for the type checker only: at run time such an id is a `uuid.UUID`, as PostgreSQL and the driver
have it. Other keys are what their fields say.
"""

from __future__ import annotations

import re
from typing import NewType, TypeAlias
from uuid import UUID

from gapless.kit.errors import InvalidValue
from gapless.kit.plain import kind_of, plain_text

RootId: TypeAlias = UUID | int | str
"""The key of a root, to whose rows other rows belong; which of these it is, the declaration of the root says."""
RowId: TypeAlias = UUID | int | str | tuple[object, ...]
"""By what a row is found in its root: the value of its key, or, if the key has several columns, a tuple of them."""
UserKey: TypeAlias = UUID | int | str
"""The id of a user, who acts or deletes; which of these it is, the catalogue says by `users=`."""
UserId = NewType("UserId", UUID)
AuditRecordId = NewType("AuditRecordId", UUID)
EventId = NewType("EventId", UUID)
DeletionId = NewType("DeletionId", UUID)
ErasureId = NewType("ErasureId", UUID)

_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def parse_id(text: str) -> UUID:
    """Reads a UUID in the one form on which Python and PostgreSQL agree: 8-4-4-4-12 lower-case hexadecimal digits.

    Args:
        text: the id as a text, such as "0190163d-8694-739b-aea5-966c26f8ad91".

    Raises:
        InvalidValue: the text has another form, or is not a text.
    """
    found = plain_text(text)
    if found is None:
        raise InvalidValue("uuid", f"An id is read from a text, not from {kind_of(text)}.")
    if not _UUID.fullmatch(found):
        raise InvalidValue("uuid", "An id must be written as 8-4-4-4-12 lower-case hexadecimal digits.")
    return UUID(found)
