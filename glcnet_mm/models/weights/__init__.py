"""Weights of other runs and projects, in and out."""
