"""The protocol of a write and the life of a unit of work, the same for all stores; it knows none of them."""
