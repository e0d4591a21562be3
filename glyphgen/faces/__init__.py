"""All glyphs of a script in one style."""
