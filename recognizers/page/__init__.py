"""Whole pictures: find the lines, read them, draw what was read."""
