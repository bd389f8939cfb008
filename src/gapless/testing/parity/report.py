"""The result of a run: a tally for each rule, and the smallest example of each disagreement."""

from __future__ import annotations

import attrs

from gapless.testing.parity.probes import ProbeAnswer
from gapless.testing.parity.questions import Question, Row


@attrs.frozen(kw_only=True)
class ParityDisagreement:
    """The smallest values found that one side accepts and the other does not.

    Attributes:
        rule: the name of the rule.
        values: the value of each column of the rule, as Python writes it in ASCII.
        domain: "accepts" or "refuses".
        postgresql: "accepts" or "refuses", or what came back instead of the value.
    """

    rule: str
    values: tuple[tuple[str, str], ...]
    domain: str
    postgresql: str

    def __str__(self) -> str:
        values = ", ".join(f"{column} = {value}" for column, value in self.values)
        return f"{self.rule}: {values}: the domain {self.domain}, PostgreSQL {self.postgresql}"


@attrs.frozen(kw_only=True)
class Tally:
    """The counts of one rule: how many rows were checked, and what the answers were.

    Attributes:
        question: the rule, and how each side checks it.
        tried: how many rows were checked.
        accepted: how many of them the domain accepts.
        disagreed: how many of them PostgreSQL checks otherwise.
        disagreements: one for each way to disagree, shrunk.
    """

    question: Question
    tried: int
    accepted: int
    disagreed: int
    disagreements: tuple[ParityDisagreement, ...]

    @property
    def refused(self) -> int:
        """How many rows the domain refuses."""
        return self.tried - self.accepted


@attrs.frozen(kw_only=True)
class ParityReport:
    """The result of `check_parity`.

    Attributes:
        tallies: one for each rule, in the order of the catalogue.
        seed: the seed of the values; the same seed draws the same values.
        server: the version of the server, and the locale of the database.
        seconds: how long the run took.
    """

    tallies: tuple[Tally, ...]
    seed: int
    server: str
    seconds: float

    @property
    def disagreements(self) -> tuple[ParityDisagreement, ...]:
        """Every way in which both sides disagree."""
        return tuple(found for tally in self.tallies for found in tally.disagreements)

    @property
    def tried(self) -> int:
        """How many rows were checked."""
        return sum(tally.tried for tally in self.tallies)

    @property
    def accepted(self) -> int:
        """How many rows the domain accepts."""
        return sum(tally.accepted for tally in self.tallies)


def disagreement_of(question: Question, row: Row, answer: ProbeAnswer) -> ParityDisagreement:
    """A disagreement about a row, in words.

    Args:
        question: what both sides were asked.
        row: the row that they check differently.
        answer: what PostgreSQL says.
    """
    said = "accepts" if answer.accepts else "refuses"
    names = (column.name for column in question.columns)
    return ParityDisagreement(
        rule=question.rule.name,
        values=tuple((name, ascii(value)) for name, value in zip(names, row, strict=True)),
        domain="accepts" if question.accepts(row) else "refuses",
        postgresql=answer.told or said,
    )
