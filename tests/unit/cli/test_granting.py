"""`gapless grants` prints a script: each statement of a profile, ended by a semicolon."""

import pytest
from click.testing import CliRunner

from gapless.cli.commands import gapless
from gapless.postgres import Profile, grants
from tests.voice.hosted import HOSTED

HOST = "tests.voice.hosted:HOSTED"


@pytest.mark.parametrize("profile", Profile)
def test_script_holds_the_statements(profile: Profile) -> None:
    """The script is the statements of `gapless.postgres.grants`, with the same schema, profile and catalogue."""
    arguments = ["grants", "desk; --", "--profile", profile.value, "--schema", "other", "--catalogue", HOST]
    done = CliRunner().invoke(gapless, arguments)
    expected = grants("desk; --", profile=profile, schema="other", catalogue=HOSTED)
    assert (done.exit_code, done.stdout) == (0, "".join(f"{statement};\n" for statement in expected))


def test_requests_are_the_default() -> None:
    """Whoever says nothing gets the rights of requests."""
    assert CliRunner().invoke(gapless, ["grants", "desk"]).stdout == "".join(f"{line};\n" for line in grants("desk"))


def test_everybody_is_no_role() -> None:
    """What stands for everybody ends with 2, and nothing is printed."""
    done = CliRunner().invoke(gapless, ["grants", "Public"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "everybody" in done.stderr
