"""Documents: mappings that are kept as JSON."""

from __future__ import annotations

import typing
from collections.abc import Mapping

from gapless.kit.errors import InvalidValue
from gapless.kit.json_object import JsonObject
from gapless.kit.plain import is_of


def as_json_object(value: object) -> object:
    """The mapping as a JsonObject; a value that can't become one is returned as it is."""
    if not is_of(value, Mapping) or type(value) is JsonObject:
        return value
    try:
        return JsonObject(typing.cast("JsonObject", value))
    except InvalidValue:
        return value
