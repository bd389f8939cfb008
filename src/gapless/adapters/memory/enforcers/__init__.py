"""The enforcers of the in-memory store: an object for each rule, which checks it and owns what it derives."""
