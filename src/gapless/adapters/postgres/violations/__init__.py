"""Finds the rows that break a rule, for a database whose rows are older than the rule."""
