"""Displays of games that do not exist: what stands around writing, and is none of the script."""
