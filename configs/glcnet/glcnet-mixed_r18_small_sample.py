"""GLCNet for small machines on two domains, with negatives of the own domain.

python tools/train.py configs/glcnet/glcnet-mixed_r18_small_sample.py

The domains are two parts of the generated sample, in place of data sets of your own.
"""

_base_ = './glcnet_r18_small_sample.py'
domain = dict(
    _base_.train_dataloader.dataset,
    sampling=dict(num_windows=3200, max_invalid_share=0.2),
)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='DomainDataset',
        datasets=[
            dict(domain, images='unlabelled/images'),
            dict(domain, images='train/images'),
        ],
    ),
)
model = dict(negatives='domain')
