"""Whole-scene mapping."""

from .ensemble import Ensemble, load_model
from .jobs import plan_jobs
from .scene_map import map_scene
from .segmentor import Segmentor
from .sliding_window import SlidingWindow

__all__ = [
    'Ensemble',
    'Segmentor',
    'SlidingWindow',
    'load_model',
    'map_scene',
    'plan_jobs',
]
