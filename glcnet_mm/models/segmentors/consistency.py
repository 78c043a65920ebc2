"""Learning from unlabelled windows while fine-tuning: UniMatch (CVPR 2023).

An average of the student's past weights labels the weak view, as in UniMatch V2 (arXiv
2410.10777); the student has to agree on strong views.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.registry import MODELS
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.segmentors import BaseSegmentor
from mmseg.structures import SegDataSample
from torch import Tensor

from ...errors import UserError
from ..losses.pseudo_labels import drop_complements, mix, pseudo_label_loss, ramp
from .teacher import Teacher


@MODELS.register_module()
class ConsistencySegmentor(BaseSegmentor):
    """A segmentor of mmseg that also learns from windows of ``LabelledAndUnlabelled``.

    Its parts keep their names, so that pre-trained weights load as usual. Tests and
    maps use the teacher, whose weights are in every checkpoint under ``teacher.``.

    Args:
        segmentor: Type of the segmentor.
        threshold: Least probability of a pseudo-label.
        unlabelled_weight: Of the unlabelled loss at the end of the ramp.
        ramp_iterations: Over which the weight rises by ``exp(-5 (1 - t)^2)``.
        momentum: Share of the student's weights that the teacher takes over in a step.
        feature_dropout: Share of the weak view's channels that a further stream drops,
            for half the loss; None for no such stream.
        complementary_dropout: Use ``drop_complements`` on the two strong views.
        **parts: Settings of the segmentor.
    """

    def __init__(
        self,
        segmentor: str = 'EncoderDecoder',
        threshold: float = 0.95,
        unlabelled_weight: float = 1.0,
        ramp_iterations: int = 1000,
        momentum: float = 0.004,
        feature_dropout: float | None = None,
        complementary_dropout: bool = False,
        **parts: dict,
    ) -> None:
        student = MODELS.build(dict(parts, type=segmentor))
        super().__init__(student.data_preprocessor, student.init_cfg)
        if student.out_channels < 2:
            raise UserError('ConsistencySegmentor needs an output for every class.')
        single = isinstance(getattr(student, 'decode_head', None), BaseDecodeHead)
        if not single and (feature_dropout is not None or complementary_dropout):
            raise UserError('Dropped features need a segmentor with one decode head.')
        self.threshold, self.unlabelled_weight = threshold, unlabelled_weight
        self.ramp_iterations, self.feature_dropout = ramp_iterations, feature_dropout
        self.complementary_dropout = complementary_dropout
        for name, part in student.named_children():
            self.add_module(name, part)
        # Not a part of its own: its parts would have two names.
        object.__setattr__(self, 'student', student)
        self.align_corners = student.align_corners
        self.num_classes = self.out_channels = student.out_channels
        self.teacher = Teacher(student, momentum)

    def train(self, mode: bool = True) -> 'ConsistencySegmentor':
        """The teacher never trains."""
        super().train(mode)
        self.teacher.eval()
        return self

    def loss(self, inputs: Tensor, data_samples: Sequence[SegDataSample]) -> dict:
        """Losses of a batch with labelled and, in pairs, unlabelled windows."""
        free = [i for i, s in enumerate(data_samples) if 'strong' in s]
        given = [i for i, s in enumerate(data_samples) if 'strong' not in s]
        if not free or not given or len(free) % 2:
            raise UserError(
                f'ConsistencySegmentor got {len(given)} labelled and {len(free)} '
                f'unlabelled windows, but needs pairs of the latter beside some of the '
                f'former; set LabelledAndUnlabelled and a batch_size divisible by 4.'
            )
        step = int(self.teacher.steps)
        self.teacher.update_parameters(self.student)
        losses = self.student.loss(inputs[given], [data_samples[i] for i in given])
        weight = self.unlabelled_weight * ramp(step, self.ramp_iterations)
        loss, trusted = self._unlabelled(inputs[free], [data_samples[i] for i in free])
        return dict(losses, loss_unlabelled=weight * loss, trusted_share=trusted)

    def _unlabelled(self, weak: Tensor, samples: list) -> tuple[Tensor, Tensor]:
        """Loss of unlabelled windows and the share of pixels with a pseudo-label."""
        metas = [sample.metainfo for sample in samples]
        valid = torch.stack([sample.valid.data[0] for sample in samples]).bool()
        with torch.no_grad():
            logits = self.teacher.module.encode_decode(weak, metas).float()
            confidence, labels = logits.softmax(1).max(1)
        trusted = confidence >= self.threshold
        strong = torch.stack([sample.strong for sample in samples])
        boxes = torch.stack([sample.mix_boxes for sample in samples])
        streams = self._views(strong, boxes, samples)
        losses = [
            pseudo_label_loss(logits, *(mix(p, box) for p in (labels, trusted, valid)))
            for logits, box in zip(streams, boxes.unbind(1), strict=True)
        ]
        loss = torch.stack(losses).mean()
        if self.feature_dropout is not None:
            maps = self.student.extract_feat(weak)
            dropped = [F.dropout2d(part, self.feature_dropout) for part in maps]
            logits = self._decode(dropped, metas)
            loss = (loss + pseudo_label_loss(logits, labels, trusted, valid)) / 2
        return loss, (trusted & valid).sum() / valid.sum().clamp(min=1)

    def _views(self, strong: Tensor, boxes: Tensor, samples: list) -> list[Tensor]:
        """The student's logits of strong views ``(N, V, C, H, W)``, mixed."""
        metas, views = [sample.metainfo for sample in samples], []
        for images, box in zip(strong.unbind(1), boxes.unbind(1), strict=True):
            data = dict(inputs=list(images), data_samples=samples)
            views.append(mix(self.data_preprocessor(data)['inputs'], box))
        if not self.complementary_dropout:
            return [self.student.encode_decode(view, metas) for view in views]
        dropped = drop_complements(*map(self.student.extract_feat, views))
        return [self._decode(maps, metas) for maps in dropped]

    def _decode(self, maps: Sequence[Tensor], metas: list[dict]) -> Tensor:
        return self.student.decode_head.predict(maps, metas, self.student.test_cfg)

    def predict(
        self, inputs: Tensor, data_samples: Sequence[SegDataSample] | None = None
    ) -> list[SegDataSample]:
        """Of the teacher."""
        return self.teacher.module.predict(inputs, data_samples)

    def extract_feat(self, inputs: Tensor) -> Sequence[Tensor]:
        """Of the student."""
        return self.student.extract_feat(inputs)

    def encode_decode(self, inputs: Tensor, batch_data_samples: list) -> Tensor:
        """Of the teacher."""
        return self.teacher.module.encode_decode(inputs, batch_data_samples)

    def _forward(
        self, inputs: Tensor, data_samples: Sequence[SegDataSample] | None = None
    ) -> Tensor:
        return self.teacher.module._forward(inputs, data_samples)
