"""What the cases say that both type checkers report, beside what they report.

A line of a case that ends with `# error: [code] rule` is a mistake: mypy reports it with this code, and pyright by this
rule. What else they report of that line follows from the mistake. Of every other line they report nothing.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.typing.running import ROOT, printed_by

CASES = Path(__file__).parent / "cases"
Place = tuple[str, int]
Reported = Mapping[Place, set[str]]
"""By the path of a file and the number of a line, the codes of mypy or the rules of pyright."""
_EXPECTED = re.compile(r"# error: \[([\w-]+)\] (\w+)$")
_OF_MYPY = re.compile(r"([^:]+):(\d+): error: .*\[([\w-]+)\]$")


def expected(source: str) -> dict[int, tuple[str, str]]:
    """By the number of a line, the code of mypy and the rule of pyright that a case names there."""
    found = {number: _EXPECTED.search(line) for number, line in enumerate(source.splitlines(), start=1)}
    return {number: (match[1], match[2]) for number, match in found.items() if match}


def by_mypy(output: str) -> Reported:
    """The errors that mypy has printed."""
    matches = (_OF_MYPY.fullmatch(line) for line in output.splitlines())
    return _gathered((match[1], int(match[2]), match[3]) for match in matches if match)


def by_pyright(output: str) -> Reported:
    """The errors and warnings that pyright has printed as JSON."""
    found = json.loads(output)["generalDiagnostics"]
    return _gathered((_file(each), each["range"]["start"]["line"] + 1, each.get("rule", "syntax")) for each in found)


def _file(report: Mapping[str, str]) -> str:
    return os.path.relpath(report["file"], ROOT)


def _gathered(reports: Iterable[tuple[str, int, str]]) -> Reported:
    gathered: dict[Place, set[str]] = {}
    for file, line, code in reports:
        gathered.setdefault((file, line), set()).add(code)
    return gathered


def surprises(sources: Mapping[str, str], mypy: Reported, pyright: Reported) -> Iterator[str]:
    """Says of each mistake that a checker does not find, and of each report where there is no mistake."""
    wanted = {(file, line): codes for file, text in sources.items() for line, codes in expected(text).items()}
    for index, (checker, reported) in enumerate((("mypy", mypy), ("pyright", pyright))):
        for (file, line), codes in wanted.items():
            if codes[index] not in reported.get((file, line), ()):
                yield f"{file}:{line}: {checker} does not report {codes[index]}."
        for file, line in sorted(reported.keys() - wanted.keys()):
            yield f"{file}:{line}: {checker} reports {', '.join(sorted(reported[file, line]))}, which is not expected."


def found() -> tuple[str, ...]:
    """Runs both checkers on the cases, and pyright on the examples as well; gives what is not as the cases say."""
    sources = {str(path.relative_to(ROOT)): path.read_text() for path in sorted(CASES.glob("*.py"))}
    mypy = printed_by("mypy", "--no-pretty", "--hide-error-context", *sources)
    pyright = printed_by("pyright", "--pythonpath", sys.executable, "--outputjson")
    return tuple(surprises(sources, by_mypy(mypy), by_pyright(pyright)))
