"""How a line looks, and how it is damaged."""
