"""Compare runs without an account: `python -m experiments.compare runs`."""
