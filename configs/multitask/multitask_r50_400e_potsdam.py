"""Multi-task pre-training (Li, Chen, Shi, JSTARS 2021) of ResNet-50 on Potsdam.

    python tools/train.py configs/multitask/multitask_r50_400e_potsdam.py

The published form, which weights restored values by how much the distortion changed
them and contrasts at temperature 1 with a masked diagonal that counts:

    --cfg-options model.restoration_head.weighting=difference \
        model.exemplar_head.contrast.temperature=1.0 \
        model.exemplar_head.contrast.constant=1.0 train_dataloader.batch_size=4

Its 13 epochs with a learning rate that falls by 5 % every other epoch are not copied.
"""

_base_ = [
    '../_base_/models/multitask_r50.py',
    '../_base_/datasets/multitask_potsdam.py',
    '../_base_/schedules/glcnet_400e.py',
    '../_base_/default_runtime.py',
]
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(lr=0.0005, betas=(0.9, 0.999), weight_decay=0.0)
)
