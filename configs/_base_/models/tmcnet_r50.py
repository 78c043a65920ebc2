# TMCNet (TGRS 2025): a ResNet-50 for each modality, ASPP, decoder and heads shared.
_base_ = ['./glcnet_r50.py', './dual_r50.py']
# Of the paper's code: TuplePerturbationLoss(published=True).
contrast = dict(type='TuplePerturbationLoss', temperature=0.5, max_shifts=16)
model = dict(
    type='TMCNet',
    backbone=dict(_delete_=True, **_base_.dual_backbone),
    neck=dict(type='DualSegHeadNeck'),
    global_head=dict(contrast=dict(_delete_=True, **contrast)),
    local_head=dict(contrast=dict(_delete_=True, **contrast)),
)
