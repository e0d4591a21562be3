"""Draw scripts nobody has data for: from strokes or fonts to labelled images of glyphs and lines. No torch."""
