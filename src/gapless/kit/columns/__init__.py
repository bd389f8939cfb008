"""The columns of an entity, read from its annotations: the type of each, and the values that it can hold.

A value is *normalised* before it is checked, so that equal data is equal in every store: a value of a subclass becomes
the plain value, a time is brought to UTC, the text of an enumeration becomes its member, a dict becomes a JsonObject. A
value is *representable* if PostgreSQL keeps exactly that value. All that enters an entity, a query or a use case passes
through here.
"""

from gapless.kit.columns.annotations import column_type_of, read_column
from gapless.kit.columns.column import Column, Value, subject
from gapless.kit.columns.decimals import EXACT, Digits, counted_units, require_one_scale
from gapless.kit.columns.documents import as_json_object
from gapless.kit.columns.keys import GREATEST_KEY_LENGTH, KEYS, TYPES_OF_KEYS, is_key
from gapless.kit.columns.lists import is_tuple_of_uuids
from gapless.kit.columns.numbers import INTEGER_RANGES, UNNUMBERED, BigInteger
from gapless.kit.columns.times import EARLIEST, LATEST, UNRECORDED, RecordedTime, in_utc, is_time
from gapless.kit.columns.traits import ORDERED, RANGED, TRAITS, UNCOMPARED, UNINDEXED, Traits, digits_of
from gapless.kit.columns.types import ByType, ColumnType

__all__ = [
    "EARLIEST",
    "EXACT",
    "GREATEST_KEY_LENGTH",
    "INTEGER_RANGES",
    "KEYS",
    "LATEST",
    "ORDERED",
    "RANGED",
    "TRAITS",
    "TYPES_OF_KEYS",
    "UNCOMPARED",
    "UNINDEXED",
    "UNNUMBERED",
    "UNRECORDED",
    "BigInteger",
    "ByType",
    "Column",
    "ColumnType",
    "Digits",
    "RecordedTime",
    "Traits",
    "Value",
    "as_json_object",
    "column_type_of",
    "counted_units",
    "digits_of",
    "in_utc",
    "is_key",
    "is_time",
    "is_tuple_of_uuids",
    "read_column",
    "require_one_scale",
    "subject",
]
