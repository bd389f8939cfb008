"""The enforcers of the in-memory store: one object for each rule checks it, and owns the index for that."""
