"""Two stores run the same random programs, and must answer every step alike."""

from gapless.testing.differential.comparison import Disagreement, compare

__all__ = ["Disagreement", "compare"]
