"""What gapless is compared with, each opponent at its best in a module of its own (decision 0051)."""
