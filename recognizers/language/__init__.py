"""Letters and words for shapes."""
