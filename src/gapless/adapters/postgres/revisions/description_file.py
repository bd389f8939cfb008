"""Keeps a description in a file beside the revision, and reads it: JSON with one line for each thing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import cast

from gapless.adapters.postgres.revisions.description import (
    DescribedColumn,
    DescribedObject,
    DescribedRule,
    DescribedTable,
    Description,
)
from gapless.kit.errors import DeclarationError

SUFFIX = ".json"
FORMAT = 1


def to_text(description: Description) -> str:
    """The description as the text of a file, which a comparison of two versions shows by lines."""
    parts: dict[str, list[object]] = {
        "tables": [_of_table(table) for table in description.tables],
        "objects": [
            [found.kind, found.table, found.name, found.definition, found.fingerprint, found.to, dict(found.rules)]
            for found in description.objects
        ],
        "rules": [[rule.table, rule.name, rule.fingerprint] for rule in description.rules],
    }
    lines = ",\n".join(f" {json.dumps(name)}: [\n{_lines(items)}\n ]" for name, items in parts.items())
    return f'{{\n "format": {FORMAT},\n{lines}\n}}\n'


def from_text(name: str, text: str) -> Description:
    """The description that a file has.

    Raises:
        DeclarationError: it is no description, or that of another version of gapless.
    """
    try:
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise DeclarationError(
                f"{name} has format {found['format']}, and this version of gapless reads {FORMAT}: take the version "
                "that wrote it, or describe the tables anew."
            )
        return Description(
            tuple(_table(table) for table in found["tables"]),
            tuple(_object(*each) for each in found["objects"]),
            tuple(_rule(*map(str, each)) for each in found["rules"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DeclarationError(f"{name} is no description of a revision, which gapless writes beside it.") from error


def _of_table(table: DescribedTable) -> Mapping[str, object]:
    columns = [[c.name, c.type, c.nullable, c.default, c.store_owned] for c in table.columns]
    return {"name": table.name, "key": table.key, "is_roomy": table.is_roomy, "columns": columns}


def _table(found: Mapping[str, object]) -> DescribedTable:
    columns = cast("list[tuple[str, str, bool, str | None, bool]]", found["columns"])
    key = cast("list[str]", found["key"])
    return DescribedTable(
        str(found["name"]), tuple(DescribedColumn(*each) for each in columns), tuple(key), bool(found["is_roomy"])
    )


def _object(
    kind: str, table: str, name: str, definition: str, fingerprint: str, to: str, rules: Mapping[str, str]
) -> DescribedObject:
    enforced = tuple((str(rule), str(part)) for rule, part in dict(rules).items())
    return DescribedObject(str(kind), str(table), str(name), str(definition), str(fingerprint), str(to), enforced)


def _rule(table: str, name: str, fingerprint: str) -> DescribedRule:
    return DescribedRule(table, name, fingerprint)


def _lines(items: Iterable[object]) -> str:
    return ",\n".join(f"  {json.dumps(item, ensure_ascii=False)}" for item in items)
