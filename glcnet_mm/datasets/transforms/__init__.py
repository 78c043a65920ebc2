"""Transforms of one window."""
