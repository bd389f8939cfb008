"""Grants rights to roles, and asks whether a role may do what a job does."""
