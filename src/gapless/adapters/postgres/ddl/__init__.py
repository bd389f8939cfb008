"""What PostgreSQL is told of each kind of rule, one file a kind or a family."""
