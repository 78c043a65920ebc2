"""Whole-scene mapping."""

from .scene_map import check_files, map_scene
from .segmentor import Segmentor

__all__ = ['Segmentor', 'check_files', 'map_scene']
