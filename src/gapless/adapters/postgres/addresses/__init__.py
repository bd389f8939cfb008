"""Reads addresses of databases by the rules of libpq, from a URL, a service, the environment and the files of libpq."""
