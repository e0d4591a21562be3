"""What signs of the games' worlds are made of, in color and with relief: one module for each kind."""
