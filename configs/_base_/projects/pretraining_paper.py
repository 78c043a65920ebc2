# Pre-training in a project of tools/new_project.py, with the paper's network and views.
_base_ = [
    '../models/glcnet_r50.py',
    '../views/glcnet.py',
    '../datasets/views_loader.py',
    '../schedules/glcnet_iterations.py',
    '../default_runtime.py',
    './photometry.py',
]
