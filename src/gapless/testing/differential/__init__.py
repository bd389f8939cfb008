"""Two stores run the same random programs, and must answer every step alike."""
