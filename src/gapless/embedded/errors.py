"""What goes wrong with an embedded server: one error, whose message says what to do."""


class EmbeddedServerUnavailable(RuntimeError):
    """No PostgreSQL server could be found, started or stopped; the message names the cause and the remedies."""
