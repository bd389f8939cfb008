"""What the environment of a run must not decide: whether programs whose output the tests read colour it."""

from collections.abc import MutableMapping

COLOURING = ("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS", "MYPY_FORCE_COLOR")
"""By these names people and hosted machines ask for colours where nobody looks at a terminal."""
PLAIN = "NO_COLOR"


def without_colours(environment: MutableMapping[str, str]) -> None:
    """Take from an environment what asks for colours, and ask for none.

    Args:
        environment: is changed.
    """
    for name in COLOURING:
        environment.pop(name, None)
    environment[PLAIN] = "1"
