"""MSSNet for small machines on OMBRIA, from TMCNet.

    python tools/train.py configs/mssnet/mssnet_r18_tmcnet_small_ombria.py

Pre-train first: `python tools/train.py configs/tmcnet/tmcnet_r18_small_ombria.py`.
The stack is made by `tools/stack_bands.py`; see `OmbriaDataset`.
"""

_base_ = './mssnet_r18_random_small_ombria.py'
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/tmcnet_r18_small_ombria/iter_1200.pth',
        level='decoder123',
    ),
]
