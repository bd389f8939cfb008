"""The migrations of the tables of gapless: a chain of frozen revisions with a version table of its own."""
