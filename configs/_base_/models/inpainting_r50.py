# Inpainting (context encoders, Pathak et al., CVPR 2016) on the encoder of DeepLabV3+.
_base_ = './glcnet_r50.py'
model = dict(
    _delete_=True,
    type='Inpainting',
    data_preprocessor=_base_.model.data_preprocessor,
    backbone=dict(_base_.model.backbone, out_indices=(0, 1, 2, 3)),
    neck=_base_.model.neck,
    head=dict(
        type='InpaintingHead',
        in_channels=256,
        skip_channels=(1024, 512),
        bands=_base_.bands,
    ),
)
