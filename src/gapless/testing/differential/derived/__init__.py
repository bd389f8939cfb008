"""Vocabularies of random programs that are derived from a catalogue: whatever is declared is spoken of."""
