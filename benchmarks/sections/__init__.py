"""The sections of the benchmarks, each a module with a NAME and what it measures."""
