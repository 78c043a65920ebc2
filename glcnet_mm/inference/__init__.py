"""Whole-scene mapping."""
