"""Writes SQL: names, predicates, and the objects of a database with their statements and fingerprints."""
