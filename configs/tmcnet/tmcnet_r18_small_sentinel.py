"""TMCNet for small machines on pairs of Sentinel-2 and -1.

    (cd data/sentinel/train; python ../../../tools/stack_bands.py stack S2L2A S1RTC)
    python tools/train.py configs/tmcnet/tmcnet_r18_small_sentinel.py

Rasters of other resolution, extent or CRS are aligned by the first command.
"""

_base_ = [
    '../_base_/models/tmcnet_r18.py',
    '../_base_/datasets/sentinel_views.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(mean=_base_.mean, std=_base_.std),
    backbone=dict(
        optical=dict(in_channels=len(_base_.optical_bands)),
        sar=dict(in_channels=len(_base_.sar_bands)),
        bands=dict(optical=_base_.optical_bands, sar=_base_.sar_bands),
    ),
)
