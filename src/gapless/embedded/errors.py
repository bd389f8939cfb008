"""The error of an embedded server; its message says what to do."""


class EmbeddedServerUnavailable(RuntimeError):
    """No PostgreSQL server could be found, started or stopped; the message names the cause and the remedies."""
