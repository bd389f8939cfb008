"""Roles: what is granted to them, and whether one may do what a job does."""
