"""The parts of the package, and which tests are asked about a fault in each: what is likely to find it comes first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

MEMORY_LAWS = tuple(
    f"tests/laws/test_stores.py::{name}"
    for name in ("TestMemoryStore", "TestClosingOfMemoryStore", "TestVoiceServiceInMemory")
)
POSTGRES_LAWS = tuple(
    f"tests/laws/test_stores.py::{name}" for name in ("TestPostgresStore", "TestClosingOfPostgresStore")
)
EVERY_RULE = ("tests/integration/test_every_rule.py",)
SEVERAL_ROOTS = ("tests/laws/networks", "tests/laws/test_clinics.py", "tests/integration/test_every_catalogue.py")
"""What asks for rows of other services, with keys of any type, below several roots or below none."""
FACES = "tests/unit/architecture/test_faces.py"
"""It reads the names of the public modules, which no line of a test runs."""
COMMANDS = tuple(f"tests/integration/test_{name}_command.py" for name in ("check", "cleanup", "migrate"))


@attrs.frozen
class Place:
    """A part of the package.

    Attributes:
        paths: its files and folders, below the package; the longest path that fits a module says where it belongs.
        weight: how often mutants are drawn in it, compared with the others; 0 if only by its name.
        without_server: the tests that need no server, of which the suite picks those that need none.
        with_server: the tests that do.
        first: of those the ones that break every rule, if faults of rules are likely there.
    """

    paths: tuple[str, ...]
    weight: int
    without_server: tuple[str, ...]
    with_server: tuple[str, ...]
    first: tuple[str, ...] = ()


PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "kit": Place(
            ("kit",),
            24,
            (
                *("tests/unit/domain", *MEMORY_LAWS, "tests/unit/memory", "tests/unit/writing", "tests/unit/services"),
                *("tests/use_cases", "tests/laws", "tests/unit/testing", FACES, "tests/unit/postgres"),
            ),
            (
                *(*EVERY_RULE, *POSTGRES_LAWS, "tests/integration/postgres", "tests/laws"),
                *("tests/integration/store", "tests/integration/test_parity.py"),
            ),
        ),
        "domain": Place(
            ("domain", "default_catalogue.py"),
            10,
            ("tests/unit/domain", "tests/use_cases", "tests/unit/services", *MEMORY_LAWS[2:], "tests/unit/memory"),
            (*EVERY_RULE, "tests/integration/source", "tests/integration/postgres"),
            EVERY_RULE,
        ),
        "application": Place(
            ("application",),
            10,
            ("tests/unit/services", "tests/use_cases", *MEMORY_LAWS, "tests/programs"),
            ("tests/use_cases", "tests/integration/test_cleanup_command.py", "tests/integration/store", "tests/laws"),
        ),
        "services": Place(
            ("services",),
            12,
            ("tests/use_cases", "tests/unit/services", "tests/programs"),
            ("tests/use_cases", "tests/integration/store", "tests/integration/test_cleanup_command.py"),
        ),
        "writing": Place(
            ("adapters",),
            8,
            ("tests/unit/writing", *MEMORY_LAWS, "tests/unit/memory", "tests/use_cases", "tests/laws"),
            (*POSTGRES_LAWS, "tests/integration/store", "tests/integration/postgres", "tests/laws"),
        ),
        "memory": Place(
            ("adapters/memory",),
            10,
            ("tests/unit/memory", *MEMORY_LAWS, "tests/unit/writing", "tests/use_cases", "tests/laws"),
            ("tests/laws",),
        ),
        "postgres": Place(
            ("adapters/postgres",),
            14,
            ("tests/unit/postgres", "tests/unit/services/test_bootstrap.py"),
            (
                *(*POSTGRES_LAWS, "tests/integration/store", "tests/integration/postgres"),
                *("tests/integration/addresses", "tests/engines", *EVERY_RULE),
                *(*COMMANDS, "tests/privileges", *SEVERAL_ROOTS),
            ),
        ),
        "definitions": Place(
            tuple(f"adapters/postgres/{folder}" for folder in ("ddl", "roles", "schema", "sql", "verification")),
            10,
            ("tests/unit/postgres", "tests/unit/domain"),
            (
                *("tests/integration/postgres", *EVERY_RULE, *POSTGRES_LAWS),
                *("tests/privileges/test_attacks.py", "tests/privileges/test_use_cases.py", *SEVERAL_ROOTS),
            ),
            EVERY_RULE,
        ),
        "faces": Place(
            ("__init__.py", "bootstrap.py", "inputs", "postgres.py", "stores.py", "writing.py"),
            6,
            (FACES, "tests/unit/services", "tests/unit/inputs"),
            (
                *("tests/integration/store", "tests/integration/plugin", "tests/integration/test_examples.py"),
                *("tests/integration/postgres", "tests/engines"),
            ),
        ),
        "cli": Place(
            ("cli", "embedded"),
            5,
            ("tests/unit/cli", "tests/unit/embedded"),
            ("tests/integration/embedded", *COMMANDS),
        ),
        "laws": Place(("testing/laws",), 3, (*MEMORY_LAWS, "tests/laws", "tests/unit/memory"), POSTGRES_LAWS),
        "testing": Place(
            ("testing",),
            5,
            (FACES, "tests/unit/testing", "tests/laws", "tests/programs"),
            (
                *(
                    "tests/integration/plugin",
                    *EVERY_RULE,
                    "tests/integration/test_parity.py",
                ),
                *("tests/laws", "tests/programs"),
            ),
        ),
        "demo": Place(("demo",), 0, ("tests/unit/demo",), ("tests/integration/test_demo.py",)),
    }
)


def place_of(module: str) -> str:
    """The name of the place that a module belongs to.

    Args:
        module: its file, below the package.

    Raises:
        LookupError: it belongs to none.
    """
    fitting = [(len(path), name) for name, place in PLACES.items() for path in place.paths if _fits(module, path)]
    if not fitting:
        raise LookupError(f"No place of tests/mutants/places.py has {module}.")
    return max(fitting)[1]


def _fits(module: str, path: str) -> bool:
    return module == path or module.startswith(f"{path}/")
