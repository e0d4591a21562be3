"""A picture becomes a tensor, in one place."""
