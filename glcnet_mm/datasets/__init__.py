"""Rasters in: index, windows, labels, samplers and transforms."""
