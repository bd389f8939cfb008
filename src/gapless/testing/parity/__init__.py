"""Value parity: values on and around the edges of every rule, checked by the domain and by PostgreSQL in bulk.

    report = await check_parity(connection, GAPLESS, examples=100_000, seed=1)
    assert not report.disagreements

What is checked by a predicate (a Check, an EnumMember) is checked here by the compiled predicate of the domain, and
there by the very text of the constraint, over columns of the constraint's table. What a column keeps has to come back
exactly. The package needs neither pytest nor Hypothesis.
"""

from gapless.testing.parity.questions import Question, questions
from gapless.testing.parity.report import ParityDisagreement, ParityReport, Tally
from gapless.testing.parity.runner import ask_questions, check_parity

__all__ = [
    "ParityDisagreement",
    "ParityReport",
    "Question",
    "Tally",
    "ask_questions",
    "check_parity",
    "questions",
]
