"""Whole-scene mapping."""

from .ensemble import Ensemble, load_model
from .jobs import plan_jobs
from .scene_map import map_scene
from .segmentor import Segmentor

__all__ = [
    'Ensemble',
    'Segmentor',
    'load_model',
    'map_scene',
    'parse_part',
    'plan_jobs',
]
