"""Experiments: the only place that knows Hydra, Lightning's loops and wandb."""
