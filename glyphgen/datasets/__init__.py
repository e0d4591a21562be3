"""Labelled samples, rendered or stored."""
