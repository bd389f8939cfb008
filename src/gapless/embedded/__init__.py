"""A temporary PostgreSQL server for the demonstration and the tests.

    with EmbeddedServer.start() as server:
        engine = create_async_engine(server.url())

The server listens on a unix socket only and ends with the process that started it, even if that process is killed by
`kill -9`. By default its data is lost then: see `EmbeddedServer.start`.
"""

from gapless.embedded.errors import EmbeddedServerUnavailable
from gapless.embedded.programs import Programs, find_programs
from gapless.embedded.server import EmbeddedServer

__all__ = ["EmbeddedServer", "EmbeddedServerUnavailable", "Programs", "find_programs"]
