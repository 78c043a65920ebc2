"""Damaged files of every kind that the package reads."""
