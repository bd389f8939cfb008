"""What is calculated with decimals is exact, whatever a host has made of the contexts of `decimal`."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal, getcontext, localcontext

from gapless.kit.columns import EXACT

HOST = """
from decimal import Decimal, DefaultContext, ROUND_UP
DefaultContext.Emax, DefaultContext.Emin, DefaultContext.clamp = 5, -5, 1
DefaultContext.rounding = ROUND_UP
from gapless.kit import Digits
from gapless.kit.columns import EXACT
print(EXACT.multiply(Decimal("1e9"), Decimal("1.25")))
print(Digits(precision=20, scale=2).normalised(Decimal("-123456789012.5")))
"""


def test_the_default_of_contexts_is_not_asked() -> None:
    """A host that narrows the context which new ones are made of, before gapless is loaded, changes no number."""
    done = subprocess.run([sys.executable, "-c", HOST], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["1.25E+9", "-123456789012.50"]


def test_the_context_of_the_thread_is_not_asked() -> None:
    """A thread that works with three digits gets every digit of a product."""
    with localcontext() as context:
        context.prec = 3
        assert EXACT.multiply(Decimal("1.0001"), Decimal("1.0001")) == Decimal("1.00020001")
        assert getcontext().prec == 3
