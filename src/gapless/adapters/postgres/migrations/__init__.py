"""Applies chains of frozen revisions, of any service, and keeps a record of each in the database."""
