"""Jigsaw puzzles for small machines, on the generated sample.

    python tools/make_sample.py data/sample
    python tools/train.py configs/jigsaw/jigsaw_r18_small_sample.py

Nine cells of 42 px; 1000 permutations that differ in at least 5 of 9 places.
"""

_base_ = [
    '../_base_/models/jigsaw_r18.py',
    '../_base_/datasets/sample_views_96px.py',
    '../_base_/augment/one_view.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(mean=_base_.mean, std=_base_.std))
cell = 42
view = dict(
    geometry=[
        dict(type='FlipAxes', horizontal=0.2, vertical=0.2, both=0.2),
        dict(type='QuarterTurns', p=1.0),
        dict(type='CropPixels', size=3 * cell),
        dict(type='ShiftScale', shift=0.1, scale=(0.9, 1.1), aspect=(0.9, 1.1), p=0.5),
    ],
    photometry=_base_.photometry,
)
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', value_range=_base_.value_range, views=[view]),
            dict(type='JigsawCells', cell=cell, crop=37, orders=_base_.orders),
            dict(type='PackViews'),
        ]
    )
)
custom_hooks = [dict(type='ExactResumeHook'), dict(type='DataSummaryHook')]
# The decoder is built for its names and does not learn.
model_wrapper_cfg = dict(find_unused_parameters=True)
