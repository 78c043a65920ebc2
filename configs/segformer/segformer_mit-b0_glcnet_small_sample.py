"""SegFormer-B0 from GLCNet's weights; all else equals the random start.

python tools/train.py configs/glcnet/glcnet_mit-b0_small_sample.py
python tools/train.py configs/segformer/segformer_mit-b0_glcnet_small_sample.py
"""

_base_ = './segformer_mit-b0_random_small_sample.py'
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet_mit-b0_small_sample/iter_1200.pth',
        level='decoder',
    ),
]
