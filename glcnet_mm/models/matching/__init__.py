"""Which places of two views are the same."""
