"""Replaces the IDs in an answer by the objects that its request expands."""
