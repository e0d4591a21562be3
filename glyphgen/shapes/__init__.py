"""How one glyph is drawn: outlines, pen strokes, font files."""
