"""Figures, and pages that need no other file."""
