"""What tests of the voice service share: rows of it, and its catalogue beside a few entities of a host's own."""
