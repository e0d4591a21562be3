"""What a person uses: the command line, the page, the same over HTTP. No Hydra, no Lightning, no experiments."""
