"""Calls with what nobody should pass, on both stores: all that comes of them is an answer or an error of gapless.

A program is a sequence of calls in which now and then an argument is hostile: of another type, of a subclass that lies
or raises, beyond a range, without an end, or a text that means something to SQL. The stores have to answer alike, and
a call that is refused has changed nothing. `python -m gapless.testing.fuzzing` runs as many as it is asked for.
"""
