"""Focal frequency loss (Jiang et al., ICCV 2021)."""

from functools import partial

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from ...errors import UserError


def focal_frequency_loss(
    pred: Tensor,
    target: Tensor,
    alpha: float = 1.0,
    patch_factor: int = 1,
    ave_spectrum: bool = False,
    log_matrix: bool = False,
    batch_matrix: bool = False,
) -> Tensor:
    """Squared distance of two spectra, weighted towards what is still wrong.

    With the orthonormal transforms P and T of every patch of every channel and
    ``d = |P - T|``, the mean of ``w d^2``, where ``w = d^alpha`` is scaled to a largest
    value of 1 and carries no gradient. ``alpha=0`` is the mean squared error.

    Args:
        pred: ``(N, C, H, W)``, of any precision; worked on in float32 at least.
        target: ``(N, C, H, W)``.
        alpha: Not negative.
        patch_factor: Patches per side; must divide H and W.
        ave_spectrum: Compare the mean spectra of the batch.
        log_matrix: ``log(1 + w)`` before the scaling.
        batch_matrix: Scale by the largest w of the batch, not of each map.

    Returns:
        A scalar.
    """
    if pred.shape != target.shape:
        raise UserError(f'Shapes differ: {pred.shape} and {target.shape}')
    height, width = pred.shape[-2:]
    if height % patch_factor or width % patch_factor:
        raise UserError(
            f'{patch_factor} patches per side do not divide {height}x{width} evenly.'
        )
    with torch.autocast(pred.device.type, enabled=False):
        spectra = [_spectrum(x, patch_factor) for x in (pred, target)]
        if ave_spectrum:
            spectra = [x.mean(0, keepdim=True) for x in spectra]
        squared = torch.view_as_real(spectra[0] - spectra[1]).square().sum(-1)
        weight = squared.detach().sqrt() ** alpha
        if log_matrix:
            weight = weight.log1p()
        largest = weight.max() if batch_matrix else weight.amax((-2, -1), keepdim=True)
        weight = (weight / largest).nan_to_num(0.0).clamp(0, 1)
        return (weight * squared).mean()


def _spectrum(x: Tensor, patch_factor: int) -> Tensor:
    """``(N, C, p, p, H / p, W / p)`` complex."""
    x = x if x.dtype == torch.float64 else x.float()
    patches = x.unflatten(-2, (patch_factor, -1)).unflatten(-1, (patch_factor, -1))
    return torch.fft.fft2(patches.transpose(-3, -2), norm='ortho')


@MODELS.register_module()
class FocalFrequencyLoss(nn.Module):
    """Config face of :func:`focal_frequency_loss`; see there for the arguments."""

    def __init__(
        self,
        loss_weight: float = 1.0,
        alpha: float = 1.0,
        patch_factor: int = 1,
        ave_spectrum: bool = False,
        log_matrix: bool = False,
        batch_matrix: bool = False,
    ) -> None:
        super().__init__()
        self.loss_weight = loss_weight
        self.distance = partial(
            focal_frequency_loss,
            alpha=alpha,
            patch_factor=patch_factor,
            ave_spectrum=ave_spectrum,
            log_matrix=log_matrix,
            batch_matrix=batch_matrix,
        )

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """Weighted loss of ``(N, C, H, W)`` maps or images."""
        return self.loss_weight * self.distance(pred, target)
