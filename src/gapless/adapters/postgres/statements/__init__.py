"""Compiles the statements that read and write the rows of an entity, and converts rows for the driver and back."""
