"""Makes connections, keeps them in a pool, gives them to units, and sends their requests."""
