"""What a person uses: the command line, later the page. No Hydra, no Lightning, no experiments."""
