"""Addresses of databases: what a URL, a service, the environment and the files of libpq say, read by its rules."""
