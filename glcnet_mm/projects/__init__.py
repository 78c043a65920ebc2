"""From a folder of rasters to a project: one file of facts, thin configs on it."""
