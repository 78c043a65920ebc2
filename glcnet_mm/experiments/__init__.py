"""Splits, the sample, and the demonstration."""
