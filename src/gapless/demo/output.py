"""The report for people and for programs."""

from __future__ import annotations

import json

import attrs

from gapless.cli.tables import aligned, shortened
from gapless.demo.attacks import Broken, FoundIndex
from gapless.demo.report import Report

HEAD = ("ID", "ORIGIN", "RULE", "TRIED", "ENTITY", "MEMORY", "POSTGRESQL")
TRIED = 48  # columns
NOTHING = "—"
THERE = {True: "there", False: "MISSING", None: NOTHING}


def as_text(report: Report) -> str:
    """The table of the rules and indexes, every difference, the main job in one line, and the closing line."""
    table = [HEAD, *map(_rule, report.rules), *map(_index, report.indexes)]
    parts = [aligned(table)]
    if report.job.differences:
        parts.append("\n".join(f"{found.organization}: {found.what}" for found in report.job.differences))
    return "\n\n".join([*parts, f"{main_job_line(report)}\n{closing_line(report)}"])


def main_job_line(report: Report) -> str:
    """The main job in one line."""
    sums = report.job.sums
    return (
        f"main job: {sums.organizations} organizations, {sums.members} members, {sums.numbers} numbers, "
        f"{sums.calls} calls, {sums.notes} notes, {sums.knowledge_items} knowledge items; "
        f"{sums.use_cases} use cases on each store, {sums.refused} of them refused; "
        f"{sums.purged} organizations purged, {sums.blocked} blocked; "
        f"{len(report.job.differences)} differences ({report.seconds:.1f} s in all)"
    )


def closing_line(report: Report) -> str:
    """The numbers that matter."""
    numbers = report.closing()
    return (
        f"rules {numbers['rules']}, refused by entity {numbers['refused_by_entity']}, "
        f"by memory {numbers['refused_by_memory']}, by PostgreSQL {numbers['refused_by_postgresql']}, "
        f"differences {numbers['differences']}"
    )


def _rule(rule: Broken) -> tuple[str, ...]:
    tried = shortened("; ".join(rule.tried), TRIED)
    return rule.id or "-", rule.origin, rule.name, tried, rule.entity.words, rule.memory.words, rule.postgres.words


def _index(index: FoundIndex) -> tuple[str, ...]:
    return index.id or "-", index.origin, index.name, "index", NOTHING, NOTHING, THERE[index.is_there]


def to_json(report: Report) -> str:
    """One document with everything."""
    document = {
        "main_job": {
            **attrs.asdict(report.job.sums),
            "differences": [attrs.asdict(difference) for difference in report.job.differences],
        },
        "rules": [_rule_object(rule) for rule in report.rules],
        "indexes": [attrs.asdict(index) for index in report.indexes],
        "closing": report.closing(),
        "seconds": round(report.seconds, 1),
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _rule_object(rule: Broken) -> dict[str, object]:
    return {
        "id": rule.id,
        "origin": rule.origin,
        "name": rule.name,
        "kind": rule.kind,
        "table": rule.table,
        "tried": list(rule.tried),
        "entity": rule.entity.words,
        "memory": rule.memory.words,
        "postgresql": rule.postgres.words,
    }
