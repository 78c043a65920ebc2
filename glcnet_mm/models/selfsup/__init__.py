"""Self-supervised algorithms."""

from .glcnet import GLCNet
from .inpainting import Inpainting
from .jigsaw import Jigsaw
from .mpinet import MPINet
from .multitask import MultiTask

__all__ = ['GLCNet', 'Inpainting', 'Jigsaw', 'MPINet', 'MultiTask']
