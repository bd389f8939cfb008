"""Compares a database with a catalogue: what it has is read in one query, and compared object by object."""
