"""The one protocol of a write and the one life of a unit of work, which every store has; it knows none of them."""
