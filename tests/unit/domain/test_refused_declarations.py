"""Each refusal of a declaration is reached by a declaration in the tests, so that none can be lost unnoticed."""

from __future__ import annotations

import ast
import enum
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import cast
from uuid import UUID

import attrs
import pytest

import gapless.kit
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User, user_rules
from gapless.kit import (
    AppendOnly,
    AtMost,
    Catalogue,
    Check,
    Entity,
    Index,
    Model,
    Numbered,
    OnDelete,
    OnSoftDelete,
    Reference,
    Revisions,
    Rule,
    Stamped,
    Unique,
    length,
    matches,
    rules_of,
    validation,
)
from gapless.kit.columns import UNNUMBERED, UNRECORDED, BigInteger, Column, ColumnType, RecordedTime
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.predicates import Field, Not
from gapless.kit.python_compiler import PythonSource
from gapless.kit.registry import Registry
from tests.bulk import ask_each

KIT = Path(gapless.kit.__file__).parent
ROOT = Path(__file__).parents[3]
ASKED = ("tests/unit/domain", "tests/unit/architecture/test_kinds.py", "tests/laws/test_numbered_rows.py")
"""The tests that refuse declarations."""
REACHED = "GAPLESS_REACHED"
"""The variable with the file in which a run of them tells which lines it has reached."""
DELETABLE: Mapping[str, object] = {
    "is_deleted": bool,
    "deleted_at": datetime | None,
    "deleted_by": UserId | None,
    "deletion_id": DeletionId | None,
}


class Thing(Entity):
    """The fields of what is declared here, as rules see them."""

    organization_id: OrganizationId
    id: UUID
    user_id: UUID
    title: str
    number: BigInteger
    at: RecordedTime


Rules = Callable[[Thing], Iterable[Rule]]


NOTHING: Mapping[str, object] = MappingProxyType({})
NUMBER, OTHER = (attrs.field(type=BigInteger, default=UNNUMBERED, eq=False) for _ in range(2))
STAMP = attrs.field(type=RecordedTime, default=UNRECORDED, eq=False)


class Unwritable(enum.Enum):
    """A member that no text of PostgreSQL can be."""

    NUL = "\0"


def nothing(_: object) -> Iterator[Rule]:
    """No rule beyond those that follow from the fields."""
    return iter(())


def declared(
    rules: Rules = nothing,
    *,
    key: tuple[str, ...] = ("organization_id", "id"),
    more: Mapping[str, object] = NOTHING,
    unaudited: Callable[[Thing], object] | None = None,
) -> Model[Thing]:
    """Declares an entity with these fields beside the usual ones."""
    fields = {"organization_id": OrganizationId, "id": UUID, "user_id": UUID, "title": str, **more}
    made = {name: kind if kind in (NUMBER, OTHER, STAMP) else attrs.field(type=kind) for name, kind in fields.items()}  # type: ignore[call-overload]  # what a type may be here
    entity = attrs.make_class("Thing", made, bases=(Entity,), frozen=True, kw_only=True, slots=True)
    return rules_of(
        cast("type[Thing]", entity), "things", belongs_to=lambda row: row.organization_id, key=key, unaudited=unaudited
    )(rules)


def home(thing: Thing, *, purged: object = False, on_soft_delete: object = OnSoftDelete.KEEP) -> Reference:
    """The reference to the organization, with arguments that it may not take."""
    return Reference(
        "things_home",
        "It belongs to one.",
        thing.organization_id,
        Organization,
        OnDelete.CASCADE,
        purged=cast(bool, purged),
        on_soft_delete=cast(OnSoftDelete, on_soft_delete),
    )


def of_user(thing: Thing) -> Iterator[Rule]:
    """A reference to a user that a purge is to treat as one to the root."""
    fields = (thing.organization_id, thing.user_id)
    yield Reference("things_user", "It belongs to a user.", fields, User, OnDelete.CASCADE, purged=True)


def kept_for_ever(thing: Thing, *, purged: bool = False) -> Iterator[Rule]:
    """Rows that never change."""
    yield (through := home(thing, purged=purged))
    yield AppendOnly("things_kept", "They never change.", through)


def numbered(thing: Thing, *columns: str) -> Iterator[Rule]:
    """The store fills these columns with numbers."""
    yield (through := home(thing))
    for name in columns:
        yield Numbered(f"things_{name}", "They are numbered.", through=through, column=getattr(thing, name))
    yield Index("things_numbers", "They are listed.", (thing.organization_id, thing.number))


def stamped_twice(thing: Thing) -> Iterator[Rule]:
    """The store fills one column with the time, by two rules."""
    yield home(thing)
    yield from (Stamped(f"things_{name}", "The time is known.", column=thing.at) for name in ("at", "since"))


def counted(thing: Thing) -> Iterator[Rule]:
    """A limit, whose trigger has a variable for it."""
    yield (through := home(thing))
    yield AtMost("things_most", "They are few.", through, of=True, limit=3)


def twice(thing: Thing) -> Iterator[Rule]:
    """A reference by one field to a key of two."""
    yield Reference("things_user", "It belongs to a user.", (thing.user_id, thing.user_id), User, OnDelete.CASCADE)


REFUSED: dict[str, Callable[[], object]] = {
    "things_user names a field twice": lambda: GAPLESS + declared(twice),
    "Thing.parents_things_most: the trigger of things_most has a variable": lambda: (
        GAPLESS + declared(counted, more={"parents_things_most": bool})
    ),
    "Thing.gapless_link: a trigger of PostgreSQL has a variable": lambda: declared(more={"gapless_link": bool}),
    "takes models, as a tuple of what rules_of made, not an int": lambda: Catalogue(cast("tuple[Model[Thing]]", 5)),
    "takes models, which rules_of makes, not a type": lambda: Catalogue((cast("Model[Thing]", Thing),)),
    "append-only, so its rows can't be soft-deleted": lambda: GAPLESS + declared(kept_for_ever, more=DELETABLE),
    "finds its rows by .*: make that its key": lambda: (
        GAPLESS + declared(key=("organization_id", "user_id"), more=DELETABLE)
    ),
    "are only for references to the root": lambda: GAPLESS + declared(of_user),
    "append-only, so no soft deletion and no purge": lambda: (
        GAPLESS + declared(lambda thing: kept_for_ever(thing, purged=True))
    ),
    "leave out on_soft_delete, which would remove nothing": lambda: (
        GAPLESS + declared(lambda thing: [home(thing, on_soft_delete=OnSoftDelete.REMOVE)], more=DELETABLE)
    ),
    "a purge finds the rows of Thing by": lambda: (
        GAPLESS + declared(lambda thing: [home(thing, purged=True)], key=("organization_id", "user_id"))
    ),
    "holds a NUL or a lone surrogate": lambda: declared(more={"kind": Unwritable}),
    "is not audited: leave out `unaudited`": lambda: declared(unaudited=lambda thing: thing.title),
    "can't fill number: it is in the key": lambda: declared(
        lambda thing: numbered(thing, "number"), key=("organization_id", "number"), more={"number": NUMBER}
    ),
    "declares things_at_constant twice": lambda: declared(stamped_twice, more={"at": STAMP}),
    "number its rows twice": lambda: declared(
        lambda thing: numbered(thing, "number", "other"), more={"number": NUMBER, "other": OTHER}
    ),
    "on_soft_delete must be a member": lambda: declared(lambda thing: [home(thing, on_soft_delete="remove")]),
    "`purged` of a reference is True or False": lambda: declared(lambda thing: [home(thing, purged=1)]),
    "name and the message of a rule are texts": lambda: declared(
        lambda thing: [Check("things_title", cast(str, 5), length(thing.title) < 5)]
    ),
    "A pattern must be a text": lambda: declared(
        lambda thing: [Check("things_title", "Said.", matches(thing.title, cast(str, 5)))]
    ),
    "can't be compared: compare a field": lambda: PythonSource().operand(
        Not(Field(Column("title", ColumnType.TEXT, nullable=False)))
    ),
    "knows no rule of the kind": lambda: Registry(interpreter="Nobody", place="nowhere", needed="it", by_kind={}).of(
        user_rules.rules[0]
    ),
    "version_table users is a table of the catalogue": lambda: Revisions(
        package=__name__, catalogue=GAPLESS, version_table="users"
    ),
    "soft deletion needs": lambda: GAPLESS + declared(more={**DELETABLE, "deleted_at": str}),
    "is not a rule over one row": lambda: validation._broken(user_rules.of_kind(Unique)[0]),
}
"""What is declared for each refusal that no other test is about, by what it says."""


def assert_refused(table: Mapping[str, Callable[[], object]]) -> None:
    """Each declaration of a table is refused by a sentence that has what it is named by."""

    def refused(said: str) -> None:
        with pytest.raises(DeclarationError, match=said):
            table[said]()

    ask_each(table, refused)


def test_each_is_refused() -> None:
    """What a declaration gets wrong is refused by a sentence that says it."""
    assert_refused(REFUSED)


def raised(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Every place where a DeclarationError is raised: file, first and last line."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and node.exc and DeclarationError.__name__ in ast.unparse(node.exc):
                yield str(path), node.lineno, node.end_lineno or node.lineno


def unreached(places: Iterable[tuple[str, int, int]], lines: Iterable[tuple[str, int]]) -> list[str]:
    """The places in none of which one of these lines is."""
    known = set(lines)
    return [
        f"{file}:{first}"
        for file, first, last in places
        if not any((file, line) in known for line in range(first, last + 1))
    ]


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_every_refusal_is_reached(tmp_path: Path) -> None:
    """Each `raise DeclarationError` of the kit is reached by the tests that refuse declarations."""
    told = tmp_path / "reached.json"
    plugins = ["-p", "tests.reached", "-o", f"cache_dir={tmp_path}", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    command = [sys.executable, "-m", "pytest", *plugins, "-n", "0", "--no-server", *ASKED]
    environment = {**os.environ, REACHED: str(told)}
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    lines = [(str(file), int(line)) for file, line in json.loads(told.read_text(encoding="utf-8"))]
    assert unreached(raised(KIT), lines) == []


def test_a_refusal_that_nothing_reaches_is_noticed(tmp_path: Path) -> None:
    """Planted: of two that are raised one is reached, by its second line, and the other one is told."""
    module = tmp_path / "module.py"
    module.write_text("raise DeclarationError(\n    'one'\n)\nraise DeclarationError('other')\nraise ValueError\n")
    assert unreached(raised(tmp_path), [(str(module), 2)]) == [f"{module}:4"]
    assert len(list(raised(KIT))) > 100
