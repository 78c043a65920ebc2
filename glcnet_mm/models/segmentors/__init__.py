"""Segmentors that learn from more than labels."""

from .consistency import ConsistencySegmentor

__all__ = ['ConsistencySegmentor']
