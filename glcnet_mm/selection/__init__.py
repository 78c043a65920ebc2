"""Which unlabelled windows are worth drawing labels for."""
