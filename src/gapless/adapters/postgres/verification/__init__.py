"""Compares a database with a catalogue: what it has is read in one query, and judged object by object, rule by rule."""
