"""What PostgreSQL is told of the catalogue: tables, constraints, indexes and triggers; and what it says of them."""
