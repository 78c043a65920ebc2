# Pre-training in a project of tools/new_project.py, for small machines.
_base_ = [
    '../models/glcnet_r18.py',
    '../views/glcnet_96px.py',
    '../datasets/views_loader.py',
    '../schedules/glcnet_iterations.py',
    '../default_runtime.py',
    './photometry.py',
]
