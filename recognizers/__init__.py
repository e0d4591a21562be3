"""From an image to a reading: preprocessing, networks, decoding, metrics and bundles. Torch; no Hydra, no glyph
drawing.
"""
