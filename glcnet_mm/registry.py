"""The one registry beside mmengine's: steps that have the names of mmseg's.

mmengine imports a module of this name for the scope ``glcnet_mm``.
"""

from mmengine.registry import TRANSFORMS, Registry

MMSEG_STEPS = Registry(
    'transform',
    parent=TRANSFORMS,
    scope='glcnet_mm',
    locations=['glcnet_mm.mapping.mmseg_loading'],
)
