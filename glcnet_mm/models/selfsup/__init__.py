"""Self-supervised algorithms."""

from .glcnet import GLCNet
from .inpainting import Inpainting
from .jigsaw import Jigsaw

__all__ = ['GLCNet', 'Inpainting', 'Jigsaw']
