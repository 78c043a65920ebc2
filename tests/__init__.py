"""Tests of the package; ``python -m tests.fuzz`` damages files."""
