"""The enforcers of the in-memory store: an object for each rule, which judges it and owns what it derives."""
