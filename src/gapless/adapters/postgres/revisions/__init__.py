"""Writes revisions: the SQL that leads from what the last revision has made to what a catalogue declares now."""
