"""The pieces of work that two commits are compared by, one module each.

A worker imports these modules beside the gapless of its own commit, so they use only what both commits have; what one
of them lacks is reported as not available there. Each module says:

- NAME: what the report calls the work.
- STORE: "postgresql", where requests are counted as well, or "memory".
- STEPS: how many steps a round takes, so that a round has some 10 ms of CPU or more.
- prepared(app, slug): an organization of this name with everything in place, and the work on it.
"""

MODULES = (
    "user_reading",
    "role_change",
    "call_page",
    "creation",
    "bulk_addition",
    "memory_user",
    "memory_event",
)
"""In the order of the report."""
