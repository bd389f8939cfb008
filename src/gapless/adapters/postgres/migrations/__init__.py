"""Carries out chains of frozen revisions, whosever they are, and keeps a record of each in the database."""
