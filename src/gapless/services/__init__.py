"""The use cases: each is one unit of work, all of it or nothing, with its audit record in the same transaction."""
