"""How long gapless takes, beside code that does the same by hand. `make bench` runs it; nothing here is shipped."""
