"""Clinics, who works in them, and when: a service with a root of its own."""
