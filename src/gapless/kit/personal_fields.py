"""Which fields hold values of a person: it is said once, where the field is declared.

Their values stand in no `repr`, and so in no traceback that shows local variables; and they are what is taken out of
the trail when a person is erased.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

_IS_PERSONAL = "gapless.personal"

if TYPE_CHECKING:
    # A type checker knows a function that declares a field by its name alone, and of no other one whether the field
    # has a default.
    from attrs import field as impersonal
    from attrs import field as personal
else:

    def personal(*, default: object = attrs.NOTHING) -> object:
        """A field of an entity that holds a value of a person, such as a name or an address.

        Args:
            default: what it has if nothing is given; without one it has to be given.
        """
        return attrs.field(default=default, repr=False, metadata={_IS_PERSONAL: True})

    def impersonal(*, default: object = attrs.NOTHING) -> object:
        """A field that could hold a value of a person by its type, and does not: it is the same as without a word.

        Args:
            default: what it has if nothing is given; without one it has to be given.
        """
        return attrs.field(default=default, metadata={_IS_PERSONAL: False})


def is_personal(field: attrs.Attribute[object]) -> bool | None:
    """Whether a field holds values of a person; None if nobody has said so, which counts as no."""
    said: bool | None = field.metadata.get(_IS_PERSONAL)
    return said


__all__ = ["impersonal", "is_personal", "personal"]
