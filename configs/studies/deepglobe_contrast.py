"""What a short pre-training on DeepGlobe teaches, by length, temperature, batch, views.

    python tools/label_efficiency.py configs/studies/deepglobe_contrast.py --dry-run
    python tools/label_efficiency.py configs/studies/deepglobe_contrast.py

The frozen probes are what counts; a single step of fine-tuning follows them. They are
tested on tiles to learn from, not on the test tiles, so that settings may be chosen by
them.
"""

_base_ = './deepglobe_r18.py'
data = dict(test=dict(part='train'))
of_glcnet = dict(
    config='configs/glcnet/glcnet_r18_small_sample.py',
    level='decoder123',
)
colder = {
    'model.global_head.contrast.temperature': 0.2,
    'model.local_head.contrast.temperature': 0.2,
}
longer = {
    'train_cfg.max_iters': 1500,
    'param_scheduler.T_max': 1500,
    'param_scheduler.end': 1500,
}
half_the_batch = {
    'train_dataloader.batch_size': 32,
    'train_cfg.max_iters': 800,
    'param_scheduler.T_max': 800,
    'param_scheduler.end': 800,
}
strong = [
    dict(type='HueSaturationValue', bands=(0, 1, 2), p=0.8),
    dict(type='BrightnessContrast', brightness=(0.6, 1.4), contrast=(0.6, 1.4)),
    dict(type='BlurBands', p=0.5),
]
views = 'train_dataloader.dataset.pipeline.1.views'
strong_views = {f'{views}.{view}.photometry': strong for view in (0, 1)}
methods = {
    '_delete_': True,
    'Random': dict(),
    'GLCNet': of_glcnet,
    'Temperature 0.2': dict(options=colder, **of_glcnet),
    'Half the batch, twice the steps': dict(options=half_the_batch, **of_glcnet),
    'Strong views': dict(options=strong_views, **of_glcnet),
    'Longer': dict(options=longer, **of_glcnet),
}
pretraining = dict(iterations=400)
finetuning = dict(iterations=1)
panels = 0
