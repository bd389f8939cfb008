"""Connections: made, pooled, taken for the time of a unit, and asked."""
