"""Processed commands: what was already carried out, so that a repeated command changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from gapless.kit.columns import TYPES_OF_KEYS
from gapless.kit.declaration import rules_of
from gapless.kit.ids import RootId
from gapless.kit.json_object import JsonObject
from gapless.kit.kinds import Check, Index, OnDelete, Reference, Root, Rule
from gapless.kit.language import between, is_null, length, negate
from gapless.kit.model import Entity, Model, Validated
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


def _rules(command: ProcessedCommand, table: str, root: type) -> Iterator[Rule]:
    """What holds for the processed commands below a root, in a table of them."""
    for name, text, greatest in (("kind", command.kind, 100), ("key", command.key, 200)):
        yield Check(
            f"{table}_{name}_length",
            f"{name.capitalize()} has 1 to {greatest} characters.",
            between(length(text), 1, greatest),
        )
    yield Reference(
        f"{table}_root_id_fkey",
        "A command was carried out below a root that is there.",
        command.root_id,
        root,
        OnDelete.CASCADE,
    )
    yield Index(
        f"idx_{table}_expires_at",
        "Finds what may be forgotten.",
        command.expires_at,
        where=negate(is_null(command.expires_at)),
    )


KEY = ("root_id", "kind", "key")


@rules_of(ProcessedCommand, "handled_commands", belongs_to=lambda command: command.root_id, key=KEY, origin="gapless")
def processed_command_rules(command: ProcessedCommand) -> Iterator[Rule]:
    """The rules of processed commands."""
    yield from _rules(command, "handled_commands", Root)


def commands_below(root: Model[Validated]) -> Model[ProcessedCommand]:
    """The processed commands of one root of several, in a table of their own.

    Args:
        root: the model of the root; the name of the table begins with that of its own.
    """
    kind, name = TYPES_OF_KEYS[root.key_columns[0].type], f"{root.name}ProcessedCommand"
    home = {"root_id": attrs.field(type=kind)}  # type: ignore[call-overload]  # the type of any root's key
    entity = attrs.make_class(name, home, bases=(ProcessedCommand,), frozen=True, kw_only=True, slots=True)
    entity.__doc__ = f"A command that was carried out below a {root.name}."
    table = f"{root.table}_commands"

    @rules_of(entity, table, belongs_to=lambda command: command.root_id, key=KEY, origin=root.origin)
    def rules(command: ProcessedCommand) -> Iterator[Rule]:
        yield from _rules(command, table, root.entity)

    return rules
