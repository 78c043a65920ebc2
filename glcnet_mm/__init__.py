"""Contrastive pre-training of segmentation models on unlabelled imagery.

Importing the package registers its parts in mmengine's root registries, so that bare
names resolve from the stock tools of mmseg and mmpretrain alike.
"""

from . import datasets, engine, evaluation, models

__version__ = '0.1.0'
__all__ = ['datasets', 'engine', 'evaluation', 'models']
