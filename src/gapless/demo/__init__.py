"""The demonstration: the same main job on both stores, compared row by row, and an attempt to break every rule."""
