"""Jigsaw puzzles on Potsdam, a baseline of the GLCNet paper.

    python tools/train.py configs/jigsaw/jigsaw_r50_400e_potsdam.py

Nine cells of 75 px per image; the authors' ranges, and 1000 permutations that differ in
at least 5 of 9 places.
"""

_base_ = [
    '../_base_/models/jigsaw_r50.py',
    '../_base_/datasets/potsdam_views.py',
    '../_base_/augment/one_view.py',
    '../_base_/schedules/glcnet_400e.py',
    '../_base_/default_runtime.py',
]
# As published: float32.
optim_wrapper = dict(type='OptimWrapper')
cell = 75
view = dict(
    geometry=[
        dict(type='FlipAxes', horizontal=0.2, vertical=0.2, both=0.2),
        dict(type='QuarterTurns', p=1.0),
        dict(type='CropPixels', size=3 * cell),
        dict(type='ShiftScale', shift=0.1, scale=(0.9, 1.1), aspect=(0.9, 1.1), p=0.5),
    ],
    photometry=_base_.photometry_rgbir,
)
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', views=[view]),
            dict(type='JigsawCells', cell=cell, crop=64, orders=_base_.orders),
            dict(type='PackViews'),
        ]
    )
)
custom_hooks = [dict(type='ExactResumeHook'), dict(type='DataSummaryHook')]
# The decoder is built for its names and does not learn.
model_wrapper_cfg = dict(find_unused_parameters=True)
