"""Self-supervised algorithms."""

from .glcnet import GLCNet
from .jigsaw import Jigsaw

__all__ = ['GLCNet', 'Jigsaw']
