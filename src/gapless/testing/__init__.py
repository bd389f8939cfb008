"""What tests and demonstrations of a store need: violations of every rule, and who is asked about them."""
