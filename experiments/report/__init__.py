"""How figures are shown and compared."""
