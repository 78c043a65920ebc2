"""Which windows belong to which part of the labels."""
