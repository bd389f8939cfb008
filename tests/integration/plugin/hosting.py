"""A host's tests, written into a folder of their own.

A run in this process forgets each module that it was the first to load, so what the fixtures load late is loaded here.
"""

import pytest

import gapless.adapters.memory
import gapless.testing.run_databases
import tests.voice.hosted

LOADED = (gapless.adapters.memory, gapless.testing.run_databases, tests.voice.hosted)

INI = """
[pytest]
addopts = --strict-markers --strict-config -p no:cacheprovider
filterwarnings = error
asyncio_default_fixture_loop_scope = function
asyncio_mode = {mode}
"""


def host(pytester: pytest.Pytester, tests: str, *, conftest: str = "", mode: str = "strict") -> None:
    """Writes the tests of a host, who takes every warning for an error."""
    pytester.makefile(".ini", pytest=INI.format(mode=mode))
    pytester.makeconftest(conftest)
    pytester.makepyfile(test_host=tests)
