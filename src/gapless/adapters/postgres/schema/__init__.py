"""Defines a catalogue as a database has it: its tables, and everything that is created with them, in order."""
