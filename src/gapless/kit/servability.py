"""What both stores can serve: the shape of keys, the names of tables and fields, the size of indexes and patterns.

A declaration that goes beyond is refused where it is made, and the message says what to do instead. The limits are
PostgreSQL's, or follow from how rows are found: by the key of their root, and their own in it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from gapless.kit.ambiguity import steps
from gapless.kit.columns import GREATEST_KEY_LENGTH, KEYS, UNINDEXED, ByType, Column, ColumnType, digits_of
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import (
    GREATEST_NAME_LENGTH,
    Check,
    DataType,
    Exclusion,
    Index,
    Numbered,
    PrimaryKey,
    Root,
    Rule,
    Unique,
)
from gapless.kit.lengths import greatest_bytes, greatest_characters, matched, matched_by
from gapless.kit.model import Model, Validated
from gapless.kit.names import GREATEST_IDENTIFIER
from gapless.kit.object_names import (
    OWN_VARIABLES,
    RELATION,
    lock_name,
    numbered_rules,
    object_names,
)
from gapless.kit.pattern_trees import greatest_length
from gapless.kit.patterns import quoted
from gapless.kit.predicates import Matches, Node, fields_of

Size: TypeAlias = Callable[[Column, Iterable[Node]], float]
GREATEST_COLUMNS = 1600
GREATEST_INDEX_COLUMNS = 32
GREATEST_INDEX_ROW = 2704
INDEX_ROW_HEADER = 16
ALIGNMENT = 8
TEXT_HEADER = 4
NUMBER_HEADER = 8
GREATEST_STEPS = 10_000_000
"""How often a backtracking engine may move over one text; this takes some tenths of a second."""
_TABLE = re.compile(r"[a-z][a-z0-9_]*")
_NUMBERED = re.compile(r".*_[0-9]+")
VERSION_TABLE = "alembic_version"
"""The table that records migrations, unless a chain of revisions names another."""
RESERVED_TABLES = (VERSION_TABLE,)
SERVERS_COLUMNS = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")
TRIGGERS_VARIABLES = (
    *("new", "old", "found", "tg_name", "tg_when", "tg_level", "tg_op", "tg_relid", "tg_relname", "tg_table_name"),
    *("tg_table_schema", "tg_nargs", "tg_argv"),
)
"""What PL/pgSQL has in the function of a row's trigger, where a column of the same name would be ambiguous."""


def require_table(entity: str, table: str, key: tuple[str, ...]) -> None:
    """Refuses a table whose name the database, a cluster or the migrations could not use.

    Raises:
        DeclarationError: the name is too long, has other characters, or is reserved.
    """
    if not _TABLE.fullmatch(table) or _NUMBERED.fullmatch(table) or table in RESERVED_TABLES:
        raise DeclarationError(
            f"{entity}: a table can't be called {table!r}: use lower-case letters, digits and underscores, a letter "
            f"first, no number after the last underscore, and neither {' nor '.join(RESERVED_TABLES)}."
        )
    longest = f"{table}_{'_'.join(key)}_unique"
    if len(longest) > GREATEST_NAME_LENGTH:
        raise DeclarationError(
            f"{entity}: the table name {table!r} is too long: the rule of its key would be called {longest}, and the "
            f"name of a rule has at most {GREATEST_NAME_LENGTH} characters."
        )


def require_servable(model: Model[Validated]) -> None:
    """Refuses an entity that one of the stores could not serve.

    Raises:
        DeclarationError: its key, the name of a field, or an index is beyond what the stores can do.
    """
    _require_fields(model)
    _require_key(model)
    for rule in model.rules:
        if isinstance(rule, (PrimaryKey, Unique, Exclusion, Index)):
            _require_indexable(model, rule)
        for part in matched_by(rule):
            _require_readable(model, rule, part)


def require_fitting(models: Sequence[Model[Validated]]) -> None:
    """Refuses models whose objects PostgreSQL could not hold together.

    Raises:
        DeclarationError: two objects would have one name, a name is too long, or a table has too many columns.
    """
    roots = [model for model in models if model.is_root]
    seen: dict[tuple[str, str], str] = {(RELATION, name): "the migrations" for name in RESERVED_TABLES}
    for found in object_names(models):
        whose = seen.setdefault((found.space, found.name), found.whose)
        if whose != found.whose:
            raise DeclarationError(
                f"The {found.whose} and the {whose} would both have the {found.space} {found.name} in PostgreSQL: "
                "rename one of them."
            )
    for root in roots:
        if len(lock_name(root).encode()) > GREATEST_IDENTIFIER:
            raise DeclarationError(f"{root.name}: {lock_name(root)} has more than {GREATEST_IDENTIFIER} characters.")
    for model in models:
        _require_columns(model, len(model.columns) + _columns_of_the_store(model, models))


def _columns_of_the_store(model: Model[Validated], models: Sequence[Model[Validated]]) -> int:
    """How many columns the store adds to a table: for the rules that count below its rows, and for their numbers."""
    goals = (model.entity, Root) if model.is_root else (model.entity,)
    rules = [rule for _, _, rule in numbered_rules(models) if rule.through.to in goals]
    is_numbered = any(rule.through.to in goals for each in models for rule in each.of_kind(Numbered))
    return is_numbered + (len(rules) + 1 if rules else 0)


def _require_columns(model: Model[Validated], number: int) -> None:
    if number > GREATEST_COLUMNS:
        raise DeclarationError(
            f"{model.name} has {number} columns, with those of the store; PostgreSQL allows {GREATEST_COLUMNS}."
        )


def _require_fields(model: Model[Validated]) -> None:
    _require_columns(model, len(model.columns))
    for column in model.columns:
        if column.stored in SERVERS_COLUMNS:
            raise DeclarationError(
                f"{model.name}.{column.name}: PostgreSQL allows no column called {column.stored}, as each table has "
                "one: rename the field, or say names=Names(columns=…) for another name of the column."
            )
        if column.stored in TRIGGERS_VARIABLES or column.stored.startswith(OWN_VARIABLES):
            raise DeclarationError(
                f"{model.name}.{column.name}: a trigger of PostgreSQL has a variable called {column.stored}: rename "
                "the field, or say names=Names(columns=…) for another name of the column."
            )
    for rule in model.of_kind(DataType):
        if len(rule.name) > GREATEST_IDENTIFIER:
            raise DeclarationError(
                f"{model.name}.{rule.column.name}: this name is too long beside its table's: the rule {rule.name} "
                f"has more than {GREATEST_IDENTIFIER} characters."
            )


def _require_key(model: Model[Validated]) -> None:
    if len(set(model.key)) < len(model.key):
        raise DeclarationError(f"The key of {model.name} names a field twice: {', '.join(model.key)}.")
    _require_tenant(model)


def _require_tenant(model: Model[Validated]) -> None:
    columns, tenant = model.key_columns, model.tenant_column
    if tenant is not None and tenant.type not in (*KEYS, ColumnType.KEY):
        raise DeclarationError(
            f"{model.name}.{tenant.name} is {tenant.type.described}; the key of a root is a UUID, a whole number or "
            "a text."
        )
    if model.is_root and len(columns) > 1:
        raise DeclarationError(
            f"{model.name} is a root, so its key must be one field and not ({', '.join(model.key)}): say what its "
            "rows belong to, or put the other fields into a Unique."
        )
    checks = [check.holds for check in model.of_kind(Check)]
    is_text = model.is_root and tenant is not None and tenant.type is ColumnType.TEXT
    if tenant is not None and is_text and greatest_characters(tenant, checks) > GREATEST_KEY_LENGTH:
        raise DeclarationError(
            f"{model.name}.{tenant.name} is the key of a root, which stands in many indexes: bound it by a Check to at "
            f"most {GREATEST_KEY_LENGTH} characters, such as between(length(row.{tenant.name}), 1, 50)."
        )
    is_part = tenant is not None and tenant.type is ColumnType.KEY
    for column in model.columns:
        if column.type is ColumnType.KEY and not is_part:
            raise DeclarationError(
                f"{model.name}.{column.name}: only a part, whose field of belongs_to= is a RootId, takes the types of "
                "keys from its catalogue: declare the type that it has."
            )


def _require_indexable(model: Model[Validated], rule: PrimaryKey | Unique | Exclusion | Index) -> None:
    where = () if isinstance(rule, PrimaryKey) or rule.where is None else (rule.where,)
    holding = (*(check.holds for check in model.of_kind(Check)), *where)
    if len(rule.columns) > GREATEST_INDEX_COLUMNS:
        raise DeclarationError(
            f"{rule.name}: an index has at most {GREATEST_INDEX_COLUMNS} fields, and this one {len(rule.columns)}."
        )
    for column in rule.columns:
        if column.type in UNINDEXED:
            raise DeclarationError(
                f"{rule.name}: {model.name}.{column.name} is {column.type.described}, which an index does not compare "
                "alike in every store: put what has to be compared into a field of its own."
            )
    # The inner nodes of a GiST index hold the least and the greatest value below them.
    values = 2 if isinstance(rule, Exclusion) else 1
    sizes = {column: values * _greatest_size(column, holding) for column in rule.columns}
    size = INDEX_ROW_HEADER + sum(sizes[column] for column in rule.columns)  # small letters need as many bytes
    if size > GREATEST_INDEX_ROW:
        texts = {column: f"{model.name}.{column.name}" for column in sizes if column.type is ColumnType.TEXT}
        each = ", ".join(f"{text} {_bytes(sizes[column])}" for column, text in texts.items())
        raise DeclarationError(
            f"{rule.name}: {' and '.join(texts.values())} can be too long for an index, which takes rows of "
            f"{GREATEST_INDEX_ROW} bytes: this one may have {_bytes(size)} ({each}), four for a character unless a "
            "pattern keeps it to ASCII: bound the length by a Check, or index something shorter, such as a digest."
        )


def _bytes(size: float) -> str:
    return "any number of bytes" if size == math.inf else f"{size:.0f} bytes"


def _require_readable(model: Model[Validated], rule: Rule, part: Matches) -> None:
    """Refuses a pattern for which some text of its column makes a backtracking engine go back too often."""
    column = fields_of(part)[0]
    holding = [check.holds for check in model.of_kind(Check) if not matched(check.holds)]
    longest = min(greatest_characters(column, holding), greatest_length(part.pattern))
    if steps(part.pattern, longest) > GREATEST_STEPS:
        where = f"{rule.name}: pattern {quoted(part.pattern)} of {model.name}.{column.name}"
        texts = "texts without a greatest length" if longest == math.inf else f"a text of {longest:.0f} characters"
        raise DeclarationError(
            f"{where} can be read in many ways: {texts} may take more than {GREATEST_STEPS:,} steps. Bound the length "
            f"of {column.name} by a Check of its own, or let what repeats end with a character of its own."
        )


def _greatest_size(column: Column, holding: Iterable[Node]) -> float:
    """How many bytes a value of the column needs in an index, at most."""
    return SIZES.of(column.type)(column, holding) + ALIGNMENT - 1


def _bytes_of_text(column: Column, holding: Iterable[Node]) -> float:
    return greatest_bytes(column, holding) + TEXT_HEADER


def _bytes_of_member(column: Column, _: Iterable[Node]) -> float:
    return max((len(str(text).encode()) for text in column.members), default=0) + TEXT_HEADER


def _bytes_of_decimal(column: Column, _: Iterable[Node]) -> float:
    # Four digits take two bytes, and those on both sides of the point begin anew.
    return 2 * (digits_of(column).precision // 4 + 2) + NUMBER_HEADER


def _always(size: float) -> Size:
    return lambda *_: size


SIZES: ByType[Size] = ByType(
    interpreter="The size of an index",
    place="kit/servability.py",
    needed="how many bytes a value has at most; any for what is never indexed",
    by_type={
        ColumnType.TEXT: _bytes_of_text,
        ColumnType.ENUMERATION: _bytes_of_member,
        ColumnType.INTEGER: _always(4),
        ColumnType.BIG_INTEGER: _always(8),
        ColumnType.DECIMAL: _bytes_of_decimal,
        ColumnType.BOOLEAN: _always(1),
        ColumnType.UUID: _always(16),
        ColumnType.UUIDS: _always(math.inf),
        ColumnType.TIME: _always(8),
        ColumnType.JSON: _always(math.inf),
        # As in the catalogues of most services; a catalogue with another root looks again.
        ColumnType.KEY: _always(16),
    },
)
