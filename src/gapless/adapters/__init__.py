"""The stores that implement the ports: one in memory, one on PostgreSQL."""
