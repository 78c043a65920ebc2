"""MSSNet where there is no SAR: tested by the weights for both.

    python tools/train.py configs/mssnet/mssnet_r18_random_small_ombria.py

before it, best with `model.neck.drop=0.3`, so that the network has met
images that lack one modality.
"""

_base_ = './mssnet_r18_random_small_ombria.py'
model = dict(
    backbone=dict(present=['optical']),
    data_preprocessor=dict(mean=_base_.mean[:3], std=_base_.std[:3]),
)
test_dataloader = dict(dataset=dict(modality='optical'))
