"""Defines in PostgreSQL what enforces each kind of rule; one file has one kind, or one family of kinds."""
