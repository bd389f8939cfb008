"""What the demonstration found, and the numbers of its closing line."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from gapless.demo.attacks import Broken, FoundIndex
from gapless.demo.main_job import MainJob
from gapless.testing.enforcers import Answer, Verdict


@attrs.frozen(kw_only=True)
class Report:
    """What the demonstration found.

    Attributes:
        job: the main job.
        rules: every rule that can refuse.
        indexes: every index; it refuses nothing and is no rule of the closing line.
        seconds: how long it all took.
    """

    job: MainJob
    rules: tuple[Broken, ...]
    indexes: tuple[FoundIndex, ...]
    seconds: float

    @property
    def differences(self) -> int:
        """How often the stores disagreed, an enforcer was wrong, or an index was missing."""
        missing = sum(index.is_there is False for index in self.indexes)
        return len(self.job.differences) + sum(rule.differences for rule in self.rules) + missing

    def closing(self) -> dict[str, int]:
        """The numbers of the closing line."""
        return {
            "rules": len(self.rules),
            "refused_by_entity": _refused(rule.entity for rule in self.rules),
            "refused_by_memory": _refused(rule.memory for rule in self.rules),
            "refused_by_postgresql": _refused(rule.postgres for rule in self.rules),
            "differences": self.differences,
        }


def _refused(answers: Iterable[Answer]) -> int:
    return sum(answer.verdict is Verdict.REFUSED for answer in answers)
