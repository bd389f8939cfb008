"""The pure domain: entities, the rules they declare, the errors they raise and the ports they need.

Nothing here does I/O, reads a clock or draws a random number; it imports attrs and the standard library only.
"""
