"""Looking at the data of a config: pictures, facts and what looks wrong."""

from .browse import browse

__all__ = ['browse']
