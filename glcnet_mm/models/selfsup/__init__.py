"""Self-supervised algorithms."""

from .glcnet import GLCNet
from .inpainting import Inpainting
from .jigsaw import Jigsaw
from .mpinet import MPINet
from .multitask import MultiTask
from .tmcnet import TMCNet

__all__ = ['GLCNet', 'Inpainting', 'Jigsaw', 'MPINet', 'MultiTask', 'TMCNet']
