"""Processed commands: what was already carried out, so that a repeated command changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from gapless.kit.declaration import rules_of
from gapless.kit.ids import RootId
from gapless.kit.json_object import JsonObject
from gapless.kit.kinds import Check, Index, OnDelete, Reference, Root, Rule
from gapless.kit.language import between, is_null, length, negate
from gapless.kit.model import Entity
from gapless.kit.personal_fields import impersonal


@attrs.frozen(kw_only=True, slots=True)
class ProcessedCommand(Entity):
    """A command that was carried out, kept with its result.

    Attributes:
        kind: what the command was, such as "payment.failed".
        key: which one it was: the id of the event, or the start of the period.
        result: the answer, which whoever repeats the command gets again.
        expires_at: from when on nobody repeats it, in UTC, so that it may be forgotten; None for never.
    """

    root_id: RootId
    kind: str = impersonal()
    key: str = impersonal()
    created_at: datetime
    result: JsonObject = impersonal()
    expires_at: datetime | None = None
    version: int = 0


@rules_of(
    ProcessedCommand,
    "handled_commands",
    belongs_to=lambda command: command.root_id,
    key=("root_id", "kind", "key"),
    origin="gapless",
)
def processed_command_rules(command: ProcessedCommand) -> Iterator[Rule]:
    """The rules of processed commands."""
    for name, text, greatest in (("kind", command.kind, 100), ("key", command.key, 200)):
        yield Check(
            f"handled_commands_{name}_length",
            f"{name.capitalize()} has 1 to {greatest} characters.",
            between(length(text), 1, greatest),
        )
    yield Reference(
        "handled_commands_root_id_fkey",
        "A command was carried out below a root that is there.",
        command.root_id,
        Root,
        OnDelete.CASCADE,
    )
    yield Index(
        "idx_handled_commands_expires_at",
        "Finds what may be forgotten.",
        command.expires_at,
        where=negate(is_null(command.expires_at)),
    )
