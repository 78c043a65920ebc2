"""Label-efficiency studies: which pre-training helps, and by how much."""
