from __future__ import annotations

import copy
import inspect
import json
import pickle
import re
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from gapless.domain import errors as errors_of_service
from gapless.kit import errors as errors_of_kit
from gapless.kit import seed
from gapless.kit.errors import GaplessError, RowUnreadable, RuleViolated
from gapless.kit.row_keys import RowKey


def classes_of(module: ModuleType) -> list[type[GaplessError]]:
    """The classes of errors that are defined in a module, or in the package that it is."""
    found = (kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, GaplessError))
    return [kind for kind in found if kind.__module__.startswith(module.__name__)]


MODULES = (errors_of_kit, errors_of_service)
CLASSES = [kind for module in MODULES for kind in classes_of(module)]
ARGUMENTS: dict[str, Any] = {
    "message": "A sentence.",
    "rule": "last_owner",
    "entity": "User",
    "fields": ("role", "is_active"),
    "source": seed("GAP-1"),
    "detail": "Role is 'BOSS', not one of OWNER, ADMIN.",
    "kind": "slug",
    "field": "nothing",
    "id": UUID(int=1),
    "schema": "gapless",
    "holders": ("process 7 of the role app",),
    "seconds": 1.5,
    "reason": "Another held the lock.",
    "file": "desk_0002.sql",
    "line": 4,
    "statement": "SELECT 1/0",
    "sqlstate": "22012",
    "members": 3,
    "seats": 2,
    "active_calls": 2,
    "plan": "small",
    "greater": ("storage",),
    "exceeded": {"storage": (101, 100)},
    "given": "2026-03-01T00:00:00+00:00",
    "expected": "2026-04-01T00:00:00+00:00",
    "rows": tuple(RowKey("users", ("organization_id", "id"), ("1", str(place))) for place in range(5)),
    "ours": datetime(2026, 3, 1, tzinfo=UTC),
    "theirs": datetime(2026, 3, 2, tzinfo=UTC),
    "limit": 60.0,
    "differences": ("users_email_unique is not in the database",),
}


def example(kind: type[GaplessError]) -> GaplessError:
    """An error of this class."""
    taken = [name for name in inspect.signature(kind).parameters if name in ARGUMENTS]
    assert len(taken) == len(inspect.signature(kind).parameters)
    return kind(**{name: ARGUMENTS[name] for name in taken})


DRAWING = errors_of_kit.__doc__ or ""


def drawn(text: str) -> dict[str, str | None]:
    """The tree that is drawn in a text: each class with the class above it."""
    above: list[str] = []
    tree: dict[str, str | None] = {}
    for line in inspect.cleandoc(text).splitlines()[1:]:
        if found := re.match(r"([ │├└─]*)([A-Z]\w+)", line):
            depth = len(found[1]) // 4
            above[depth:] = [found[2]]
            tree[found[2]] = above[depth - 1] if depth else None
    return tree


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_drawing_is_the_tree(module: ModuleType) -> None:
    """The drawing at the top of a module is the hierarchy of its classes, below those that others have defined."""
    bases = {kind.__name__: kind.__base__.__name__ for kind in classes_of(module) if kind.__base__}
    bases.pop("GaplessError", None)
    assert drawn(module.__doc__ or "") == bases | dict.fromkeys(set(bases.values()) - set(bases))


def test_wrong_drawing_is_caught() -> None:
    """Planted: a class that is drawn in another place, or not at all, makes the drawing another tree."""
    assert drawn(DRAWING.replace("│   └── Retention", "├── Retention")) != drawn(DRAWING)
    assert drawn(re.sub(".*NotFound.*\n", "", DRAWING)) != drawn(DRAWING)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_drawing_says_what_each_error_is(module: ModuleType) -> None:
    """Beside every class but the root stands what it means."""
    lines = [line for line in (module.__doc__ or "").splitlines() if re.search("[├└]", line)]
    assert all(re.search(r"── \w+ {2,}\S", line) for line in lines)
    assert len(lines) == len([kind for kind in classes_of(module) if kind is not GaplessError])


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_can_be_returned_by_an_api(kind: type[GaplessError]) -> None:
    """Each error has a code, a message and details that are JSON."""
    error = example(kind)
    told = error.to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["code"] == kind.code
    assert told["message"] == error.message
    assert re.fullmatch("[a-z]+(?:_[a-z]+)*", kind.code)
    assert error.message.endswith(".")


def test_codes_are_distinct() -> None:
    """No two classes share a code, so that a program can tell them apart."""
    assert len({kind.code for kind in CLASSES}) == len(CLASSES)
    assert all("code" in vars(kind) for kind in CLASSES)


@pytest.mark.parametrize("kind", CLASSES)
def test_errors_cross_the_border_of_a_process(kind: type[GaplessError]) -> None:
    """An error that is pickled or copied is the same error, with its details."""
    error = example(kind)
    pickled = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    for copied in (pickled, copy.copy(error), copy.deepcopy(error)):
        assert type(copied) is kind
        assert (str(copied), copied.args, copied.to_dict()) == (str(error), error.args, error.to_dict())


def test_what_may_succeed_when_tried_again() -> None:
    """Only what says nothing about the data is worth another try; a commit of unknown outcome is not."""
    assert {kind.__name__ for kind in CLASSES if kind.retryable} == {
        "ConcurrencyConflict",
        "DeadlineExceeded",
        "DatabaseUnreachable",
        "MigrationBlocked",
        "PreparedStatementLost",
        "StoreReadOnly",
        "TooManyConnections",
    }


def test_violation_names_its_rule() -> None:
    """The text of a violation says which rule, where, and what it demands."""
    error = RuleViolated(rule="last_owner", entity="User", fields=("role",), message="One owner stays.")
    assert str(error) == "last_owner (User.role): One owner stays."
    assert str(RuleViolated(rule="x", entity="User", fields=(), message="So.")) == "x (User): So."


def test_keys_that_could_pretend_to_be_lines() -> None:
    """A key is shown in one line, without what can't be seen, and cut; a program has the whole."""
    key = RowKey("labels", ("id", "text"), (None, "a\nERROR forged\x1b[2J" + "x" * 100))
    told = RowUnreadable("Label", (key,)).message
    assert told.isprintable()
    assert "labels (id null, text a\\nERROR forged" in told
    assert len(told) < 300
