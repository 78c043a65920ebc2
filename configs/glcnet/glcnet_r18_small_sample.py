"""GLCNet for small machines, on the generated sample.

python tools/make_sample.py data/sample
python tools/train.py configs/glcnet/glcnet_r18_small_sample.py
"""

_base_ = [
    '../_base_/models/glcnet_r18.py',
    '../_base_/datasets/sample_views_96px.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(mean=_base_.mean, std=_base_.std))
