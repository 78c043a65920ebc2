"""Looking at the data of a config: pictures, facts and what looks wrong."""

from .report import browse

__all__ = ['browse']
