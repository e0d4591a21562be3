"""The page that a server makes."""
