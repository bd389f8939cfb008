"""The constraints and indexes as the source writes them, word for word, read from source_statements.sql."""

import re
from pathlib import Path

import attrs

SCRIPT = Path(__file__).with_name("source_statements.sql").read_text()
_CHECK = re.compile(r"(?:^-- (GAP-\d+)\n)?^(ALTER TABLE (\w+)\s+ADD CONSTRAINT (\w+)\s[^;]*);", re.MULTILINE)
_INDEX = re.compile(r"(?:^-- (GAP-\d+)\n)?^(CREATE INDEX (\w+)\s+ON (\w+)[^;]*);", re.MULTILINE)


@attrs.frozen
class Statement:
    """One statement of the source.

    Attributes:
        gap: the id that stands above it, or "".
        text: the statement as it is written.
        table: the table that it is about.
        name: the constraint or the index that it makes.
    """

    gap: str
    text: str
    table: str
    name: str


CHECKS = {name: Statement(gap, text, table, name) for gap, text, table, name in _CHECK.findall(SCRIPT)}
INDEXES = {name: Statement(gap, text, table, name) for gap, text, name, table in _INDEX.findall(SCRIPT)}

_BILLING = CHECKS["check_billing_email"]
EMAIL_FORMAT = Statement(
    gap="GAP-175",
    text=_BILLING.text.replace("organizations", "users")
    .replace(_BILLING.name, "check_email_format")
    .replace("billing_", ""),
    table="users",
    name="check_email_format",
)
"""GAP-175 has a number in the source and no statement: what GAP-179 says of billing addresses, of those of users."""
