"""SQL as it is written: names, predicates, the objects of a database with their statements and fingerprints."""
