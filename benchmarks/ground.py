"""What a benchmark was measured on: the interpreter, the server, the cores, and who else was busy."""

from __future__ import annotations

import os
import platform

import attrs

OURS = 2.0
"""The load that the benchmarks themselves make: a process that measures, and one of the server's."""
GREATEST_FOREIGN_LOAD = 1.5


@attrs.frozen(kw_only=True)
class Ground:
    """What was measured on.

    Attributes:
        python: the interpreter and its version.
        postgresql: the server's version; None if there is no server in it.
        cores: how many the process may use.
        load: how many processes wanted to run on the machine in the minute before, on average.
        own_load: how much of this load the benchmarks may have made themselves.
    """

    python: str
    postgresql: str | None
    cores: int
    load: float
    own_load: float

    @property
    def doubt(self) -> str | None:
        """Why nothing that was measured here can be trusted; None if it can."""
        if self.load - self.own_load > GREATEST_FOREIGN_LOAD:
            return f"the machine was busy with something else, its load was {self.load:.1f}"
        return None

    def __str__(self) -> str:
        server = "" if self.postgresql is None else f", PostgreSQL {self.postgresql} over a unix socket"
        return f"{self.python}{server}, {self.cores} cores"


def ground(postgresql: str | None = None, *, own_load: float = OURS) -> Ground:
    """This process and this machine as they are now.

    Args:
        postgresql: the version of the server, if one is part of what is measured.
        own_load: how much of the load of the last minute was our own.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Ground(
        python=f"{platform.python_implementation()} {platform.python_version()}",
        postgresql=postgresql,
        cores=cores,
        load=os.getloadavg()[0],
        own_load=own_load,
    )
