"""Two backbones, each for its own bands of one stacked image."""

from collections.abc import Mapping, Sequence

from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor

from ...errors import UserError
from ...wording import counted

Maps = tuple[Tensor, ...]


@MODELS.register_module()
class DualBackbone(BaseModule):
    """An optical and a SAR backbone, which may differ.

    Args:
        optical: Config of the backbone of the optical bands.
        sar: Config of the backbone of the SAR bands.
        bands: 0-based bands of the image by modality, ``dict(optical=[0, 1, 2],
            sar=[3])``; together all of them.
        present: Modalities that there are. What is missing is None; its backbone does
            not run. Images then hold all bands or those of the present modality only.
    """

    streams = ('optical', 'sar')

    def __init__(
        self,
        optical: dict,
        sar: dict,
        bands: Mapping[str, Sequence[int]],
        present: Sequence[str] = streams,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if set(bands) != set(self.streams):
            raise UserError(f'bands names {self.streams}, got {list(bands)}.')
        if not present or set(present) - set(self.streams):
            raise UserError(f'present names some of {self.streams}, got {present}.')
        self.bands = {name: list(bands[name]) for name in self.streams}
        if sorted(sum(self.bands.values(), [])) != list(range(self.total)):
            raise UserError(
                f'bands must hold each of 0 to {self.total - 1} once, got {bands}.'
            )
        self.present = frozenset(present)
        self.optical = MODELS.build(optical)
        self.sar = MODELS.build(sar)

    @property
    def total(self) -> int:
        """Bands of a whole image."""
        return sum(map(len, self.bands.values()))

    @property
    def accepted(self) -> set[int]:
        """Numbers of bands that images may have."""
        return {self.total, sum(len(self.bands[name]) for name in self.present)}

    def forward(self, images: Tensor) -> tuple[Maps | None, Maps | None]:
        """``(N, C, H, W)`` to the maps of both backbones, None where there is none."""
        optical, sar = (
            tuple(getattr(self, name)(part)) if part is not None else None
            for name, part in zip(self.streams, self._split(images), strict=True)
        )
        return optical, sar

    def _split(self, images: Tensor) -> list[Tensor | None]:
        count = images.shape[1]
        if count == self.total:
            return [
                images[:, self.bands[name]] if name in self.present else None
                for name in self.streams
            ]
        if count not in self.accepted:
            raise UserError(
                f'The images have {counted(count, "band")}, but the backbones take '
                f'{self.total}, '
                f'{self.bands}, of which {sorted(self.present)} shall be present.'
            )
        return [images if name in self.present else None for name in self.streams]
