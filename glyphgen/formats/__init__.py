"""How labelled pictures are stored for the trainers people use: one module each, and the list of them in `catalog`."""
