# Jigsaw puzzles (Noroozi and Favaro, ECCV 2016) on the encoder of DeepLabV3+.
# Cells of 75 px have a map of 5 x 5.
_base_ = './glcnet_r50.py'
orders = 1000
model = dict(
    _delete_=True,
    type='Jigsaw',
    data_preprocessor=_base_.model.data_preprocessor,
    backbone=_base_.model.backbone,
    neck=dict(
        type='EmbeddingNeck',
        decode_head=dict(_base_.model.neck.decode_head, dilations=_base_.small_rates),
        widths=[9 * 256, 256],
        pool=dict(type='GridPool', side=3),
    ),
    head=dict(type='OrderHead', in_channels=256, orders=orders),
)
