"""TMCNet (Ye et al., IEEE TGRS 2025, doi 10.1109/TGRS.2025.3542868)."""

from mmengine.registry import MODELS

from ...errors import UserError
from ..backbones.dual import DualBackbone
from ..losses.tuple_perturbation import TuplePerturbationLoss
from ..necks.dual_seg_head_neck import DualSegHeadNeck
from .glcnet import GLCNet


@MODELS.register_module()
class TMCNet(GLCNet):
    """GLCNet for optical and SAR, whose pairs are tuples, some of them broken.

    The heads embed both modalities of a place; ``TuplePerturbationLoss`` contrasts
    what belongs together with what does not. Everything else is ``GLCNet``'s.

    Args:
        backbone: ``DualBackbone`` with both modalities.
        neck: ``DualSegHeadNeck``.
        data_preprocessor: See ``MultiBandPreprocessor``; statistics of all bands.
        **kwargs: Of ``GLCNet``; both heads with ``TuplePerturbationLoss``.
    """

    def __init__(
        self, backbone: dict, neck: dict, data_preprocessor: dict, **kwargs
    ) -> None:
        super().__init__(backbone, neck, data_preprocessor, **kwargs)
        heads = [h for h in (self.global_head, self.local_head) if h is not None]
        needed = {
            'backbone': (self.backbone, DualBackbone),
            'neck': (self.neck, DualSegHeadNeck),
            **{
                f'contrast of {type(head).__name__}': (
                    head.contrast,
                    TuplePerturbationLoss,
                )
                for head in heads
            },
        }
        for name, (part, kind) in needed.items():
            if not isinstance(part, kind):
                raise UserError(
                    f'The {name} of TMCNet must be a {kind.__name__}, got '
                    f'{type(part).__name__}.'
                )
        if len(self.backbone.present) < 2:
            raise UserError('TMCNet needs both modalities of every sample.')
