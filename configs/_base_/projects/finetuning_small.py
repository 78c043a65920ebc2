# Fine-tuning in a project of tools/new_project.py, for small machines.
_base_ = [
    '../models/deeplabv3plus_r18.py',
    '../augment/one_view.py',
    '../datasets/labelled_loaders.py',
    '../schedules/finetune_iterations.py',
    '../default_runtime.py',
    './photometry.py',
]
