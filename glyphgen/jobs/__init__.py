"""Work that takes long: data sets rendered in parts, going on after a stop, and verified; how fast that is."""
