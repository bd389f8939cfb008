"""The use cases: each is one unit of work, all of it or nothing, with its audit entry in the same transaction."""
