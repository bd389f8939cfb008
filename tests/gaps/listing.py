"""The gaps that gapless was built to close: what closes each, where it is enforced, and which test proves it.

Nothing here is a claim. What a gap is comes from the catalogue and from the use cases, its definition is looked for in
what the catalogue compiles to, and its test in the tests; a gap that lost one of them is open.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import attrs

from gapless.adapters.postgres.schema.creation import create_statements
from gapless.cli.tables import aligned
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue, Model, Rule
from gapless.kit.model import Validated
from tests.gaps.definitions import NOWHERE, by_entity, by_memory, by_postgres
from tests.gaps.proofs import proofs
from tests.gaps.use_cases import USE_CASES, UseCase

SCHEMA = "gapless"
SEED, OURS = "seed", "gapless"
GAPS = (*(f"GAP-{number}" for number in range(172, 214)), *(f"INTEGRITY-{number:03}" for number in range(1, 11)))
ADDED = frozenset({"GAP-175", *(f"INTEGRITY-{number:03}" for number in range(6, 11))})
"""What the source counts and gives no identity to: our own proposals."""
_ID = re.compile(r" \([A-Z]+-\d+\)")
Placed = tuple[Model[Validated], Rule]


@attrs.frozen(kw_only=True)
class Gap:
    """A gap, and what closes it.

    Attributes:
        id: its id: GAP-172 to GAP-213, INTEGRITY-001 to INTEGRITY-010.
        closed: whether something closes it, PostgreSQL has the definitions of it, and a test proves it.
        origin: "seed" if the source has it, "gapless" if it is our proposal.
        what: the sentences of its rules, or what its use cases say of themselves.
        entity: who refuses a violation before a store is asked, "—" if nobody can.
        memory: when the in-memory store checks it, "—" if it has nothing to check.
        postgresql: what enforces it in PostgreSQL, "—" if nothing does.
        tests: the tests that prove it, as pytest names them.
    """

    id: str
    closed: bool
    origin: str
    what: str
    entity: str
    memory: str
    postgresql: str
    tests: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Evidence:
    """What the gaps are checked by.

    Attributes:
        catalogue: the rules.
        statements: what creates the schema `gapless` in PostgreSQL, one statement each.
        use_cases: the use cases, by the gap that they close.
        proofs: the tests, by the gap that they prove closed.
    """

    catalogue: Catalogue
    statements: Sequence[str]
    use_cases: Mapping[str, UseCase]
    proofs: Mapping[str, tuple[str, ...]]


def evidence(tests: Path) -> Evidence:
    """The evidence of gapless as it is, with the tests of a folder.

    Raises:
        InvalidValue: a test can't be read; see `tests.gaps.proofs`.
    """
    statements = create_statements(GAPLESS, SCHEMA)
    return Evidence(catalogue=GAPLESS, statements=statements, use_cases=USE_CASES, proofs=proofs(tests))


def all_gaps(found: Evidence) -> tuple[Gap, ...]:
    """All gaps, in the order of their ids."""
    return tuple(_gap(name, found.use_cases.get(name), found) for name in GAPS)


def unknown_marks(found: Evidence) -> tuple[str, ...]:
    """The ids that tests are marked with and that nothing has: slips of the pen, which prove nothing."""
    known = {rule.source.id for _, rule in found.catalogue if rule.source}
    return tuple(sorted(found.proofs.keys() - known - set(GAPS)))


def _gap(id: str, use_case: UseCase | None, found: Evidence) -> Gap:
    placed = _placed(id, use_case, found.catalogue)
    in_postgres = [by_postgres(found.statements, SCHEMA, model, rule) for model, rule in placed]
    tests = found.proofs.get(id, ())
    sentences = [rule.message for _, rule in placed] if use_case is None else map(_introduced, use_case.methods)
    whole = () if use_case is None else ("unit of work",)
    return Gap(
        id=id,
        closed=_declared(placed, use_case) and NOWHERE not in in_postgres and bool(tests),
        origin=OURS if id in ADDED else SEED,
        what=_joined(sentences, " "),
        entity=_joined(by_entity(model, rule) for model, rule in placed),
        memory=_joined([*whole, *(by_memory(rule) for _, rule in placed)]),
        postgresql=_joined([*whole, *in_postgres]),
        tests=tests,
    )


def _placed(id: str, use_case: UseCase | None, catalogue: Catalogue) -> list[Placed]:
    """The rules of a gap: those that name it as their source, or those that its use cases stand on."""
    if use_case is not None:
        return [(model, rule) for model, rule in catalogue if rule.name in use_case.rules]
    return [(model, rule) for model, rule in catalogue if rule.source is not None and rule.source.id == id]


def _declared(placed: Sequence[Placed], use_case: UseCase | None) -> bool:
    """Whether something closes the gap: a rule, or use cases whose rules are all in the catalogue."""
    names = {rule.name for _, rule in placed}
    return bool(names) if use_case is None else bool(use_case.methods) and names == set(use_case.rules)


def _introduced(method: Callable[..., object]) -> str:
    """A use case's name, and the first sentence of what it says of itself."""
    text = _ID.sub("", inspect.getdoc(method) or "")
    sentence = re.split(r"(?<=\.)\s", text, maxsplit=1)[0]
    return f"{method.__qualname__}: {' '.join(sentence.split())}"


def _joined(words: Iterable[str], separator: str = "; ") -> str:
    """The words, each once; those that say that there is nothing only if there is nothing else."""
    told = dict.fromkeys(word for word in words if word != NOWHERE)
    return separator.join(told) or NOWHERE


def as_lines(gaps: Sequence[Gap]) -> str:
    """The listing for people, aligned, with the totals in its last line."""
    head = ("ID", "STATE", "ORIGIN", "ENTITY", "MEMORY", "POSTGRESQL", "TEST", "WHAT")
    rows = [
        (
            gap.id,
            "closed" if gap.closed else "OPEN",
            gap.origin,
            gap.entity,
            gap.memory,
            gap.postgresql,
            _first(gap.tests),
            gap.what,
        )
        for gap in gaps
    ]
    return f"{aligned([head, *rows])}\n{_totals(gaps)}"


def _first(tests: Sequence[str]) -> str:
    """The first test, and how many more there are."""
    if not tests:
        return NOWHERE
    return tests[0] if len(tests) == 1 else f"{tests[0]} and {len(tests) - 1} more"


def _totals(gaps: Sequence[Gap]) -> str:
    ours = sum(gap.origin == OURS for gap in gaps)
    closed = sum(gap.closed for gap in gaps)
    return f"{len(gaps)} gaps, {len(gaps) - ours} from the source, {ours} ours, {closed} closed"


def to_json(gaps: Sequence[Gap]) -> str:
    """The listing for programs: an array with one object a gap."""
    return json.dumps([attrs.asdict(gap) for gap in gaps], ensure_ascii=False, indent=2)
