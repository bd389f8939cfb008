"""What a declared rule decides, no use case and no part of the domain decides again by hand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.kit import AtMost
from gapless.kit.predicates import Constant, Node, fields_of
from gapless.kit.symbolic import condition_over, predicate

GAPLESS_PATH = Path(__file__).parents[3] / "src" / "gapless"
MODULES = sorted(
    path for layer in ("domain", "services", "application") for path in (GAPLESS_PATH / layer).rglob("*.py")
)
COUNTING = {"count", "len", "sum", "find"}
COMPARING = {"max", "min"}
ERRORS = {"RuleViolated", "violated"}


def limits() -> set[str]:
    """The fields that bound how many rows there may be, and what a plan calls them."""
    rules = [rule for _, rule in GAPLESS.invariants if isinstance(rule, AtMost)]
    names = {column.name for rule in rules if not isinstance(rule.limit, Constant) for column in fields_of(rule.limit)}
    return names | {name.removesuffix("_quota") for name in names}


def sets() -> set[str]:
    """The predicates of entities that say what a rule counts."""
    found = set()
    for model, rule in GAPLESS.invariants:
        for name, declared in vars(model.entity).items():
            if isinstance(declared, predicate):
                node = condition_over(model.symbolic(), declared.declared)
                found |= {name} if shape(node) == shape(rule.of) else set()
    return found


def shape(node: Node) -> str:
    """A condition as a text by which it is compared; two nodes are never equal."""
    return repr(node)


LIMITS, SETS = limits(), sets()


def decisions(source: str) -> Iterator[str]:
    """What a module decides by hand that a declared rule decides, function by function."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from (f"{function.name}: {found}" for found in dict.fromkeys(_decided(function)))


def _decided(function: ast.AST) -> Iterator[str]:
    nodes = list(ast.walk(function))
    decides = any(isinstance(node, (ast.Compare, ast.Raise, ast.If)) for node in nodes)
    for node in nodes:
        match node:
            case ast.Compare() | ast.BinOp():
                yield from sorted(f"{name} is compared" for name in _attributes(node) & LIMITS)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in COMPARING:
                yield from sorted(f"{limit} is compared" for limit in _attributes(node) & LIMITS)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in COUNTING and decides:
                yield from sorted(f"{found} is counted" for found in _attributes(node) & SETS)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in ERRORS:
                yield "the error of a rule is made"
            case _:
                pass


def _attributes(node: ast.AST) -> set[str]:
    return {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}


def test_what_is_looked_for() -> None:
    """The names come from the catalogue: fields that limit, as a plan calls them too, and sets that are counted."""
    assert {"team_members_quota", "phone_numbers_quota", "team_members", "phone_numbers"} == LIMITS
    assert {"is_owner", "is_member", "is_active"} == SETS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(GAPLESS_PATH)))
def test_nothing_is_decided_by_hand(path: Path) -> None:
    """No function compares a limit, checks by the number of a set, or raises the error of a rule by itself."""
    assert list(decisions(path.read_text())) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("if members > organization.team_members_quota:\n        raise Full", ["f: team_members_quota is compared"]),
        ("return len(numbers) < limits.phone_numbers", ["f: phone_numbers is compared"]),
        ("return max(0, len(members) - limits.team_members)", ["f: team_members is compared"]),
        ("return min(seats, organization.team_members_quota)", ["f: team_members_quota is compared"]),
        ("if not unit.of(User).count(lambda user: user.is_owner):\n        raise Last", ["f: is_owner is counted"]),
        ("return sum(user.is_member for user in users) > 3", ["f: is_member is counted"]),
        ("return len([call for call in calls if call.is_active]) == 0", ["f: is_active is counted"]),
        ("raise model.violated(rule)", ["f: the error of a rule is made"]),
        ("raise RuleViolated(rule='last_owner')", ["f: the error of a rule is made"]),
        ("return unit.of(Call).count(lambda call: call.is_active)", []),
        ("return invariant.is_violated(home, changes, number=4)", []),
    ],
)
def test_planted_decision_is_found(body: str, found: list[str]) -> None:
    """Planted: a function that decides what a rule decides is named; one that asks, or only counts, is not."""
    assert list(decisions(f"def f():\n    {body}\n")) == found
