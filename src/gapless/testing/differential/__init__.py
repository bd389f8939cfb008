"""Two stores run the same random programs, and must answer every step alike."""

from gapless.testing.differential.comparing import Disagreement, compare
from gapless.testing.differential.use_cases import compare_use_cases

__all__ = ["Disagreement", "compare", "compare_use_cases"]
