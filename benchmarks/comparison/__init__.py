"""Decides whether this checkout is slower than another commit: `make bench AGAINST=<commit>`.

Each commit runs in a worker process of its own; the two take turns. Requests to the server are counted exactly, and
what is timed is the CPU of the worker, because that is what the code of gapless can help.
"""
