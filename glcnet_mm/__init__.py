"""Contrastive pre-training of segmentation models on unlabelled imagery.

Importing the package registers its parts in mmengine's root registries, so that bare
names resolve from the stock tools of mmseg and mmpretrain alike. Its own tools answer
``--help`` and wrong arguments first, and call ``register`` for themselves.
"""

from ._compat import check_dependencies
from .console.quiet import kept_imports
from .deferred import deferred
from .shipped import runs_own_tool

check_dependencies()


def register() -> None:
    """Imports the parts, the network's included, which takes seconds."""
    # The parts import the mm packages, so they come after the check.
    with kept_imports(), deferred('timm'):
        from mmengine.config.utils import MODULE2PACKAGE

        from . import datasets, engine, evaluation, models  # noqa: F401

    # `_base_ = 'glcnet_mm::...'` then finds the configs of the installed package.
    MODULE2PACKAGE['glcnet_mm'] = 'glcnet_mm'


if not runs_own_tool():
    register()

__version__ = '0.2.0'
__all__ = ['register']
