"""Self-supervised algorithms."""

from .glcnet import GLCNet
from .inpainting import Inpainting
from .jigsaw import Jigsaw
from .multitask import MultiTask

__all__ = ['GLCNet', 'Inpainting', 'Jigsaw', 'MultiTask']
