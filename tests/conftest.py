"""What the tests share: small real rasters, real imagery where present, one seed."""

import os
import runpy
import weakref
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from rasterio.transform import from_origin
from torch.utils.data.dataloader import _MultiProcessingDataLoaderIter

from glcnet_mm.rasters.references import SWITCH

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)
    np.random.seed(0)


@pytest.fixture(autouse=True)
def _folders_of_virtual_rasters(monkeypatch):
    """What one test allows, the next must not read."""
    monkeypatch.setenv(SWITCH, os.environ.get(SWITCH, ''))


@pytest.fixture
def write_raster():
    """Writes ``(bands, H, W)`` pixels as a georeferenced raster, returns its path."""

    def write(path, pixels, **profile):
        pixels = np.asarray(pixels)
        pixels = pixels[None] if pixels.ndim == 2 else pixels
        colours = profile.pop('colours', None)
        settings = dict(
            driver='GTiff',
            count=pixels.shape[0],
            height=pixels.shape[1],
            width=pixels.shape[2],
            dtype=pixels.dtype,
            crs='EPSG:32633',
            transform=from_origin(500000, 5400000, 2, 2),
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        with rasterio.open(path, 'w', **{**settings, **profile}) as target:
            target.write(pixels)
            if colours:
                target.write_colormap(1, colours)
        return str(path)

    return write


@pytest.fixture
def imagery():
    """Folder of real imagery, or a skip."""
    folder = Path(os.environ.get('GLCNET_MM_DATA', ROOT.parent / 'shared' / 'data'))
    if not folder.is_dir():
        pytest.skip('no real imagery: set GLCNET_MM_DATA to a folder that has it')
    return folder


@pytest.fixture
def call_tool(monkeypatch, capsys):
    """Runs a tool in this process, which spares its imports.

    Returns what it printed and the sentence that it ended with, None when it succeeded.
    """

    def call(name, folder, *arguments):
        path = str(ROOT / 'tools' / name)
        monkeypatch.chdir(folder)
        monkeypatch.setattr('sys.argv', [path, *map(str, arguments)])
        try:
            runpy.run_path(path, run_name='__main__')
        except SystemExit as end:
            return capsys.readouterr().out, end.code
        return capsys.readouterr().out, None

    return call


@pytest.fixture(autouse=True)
def _workers_end(monkeypatch):
    """Ends the workers of every loader that a test has iterated over.

    A runner is a ring of references, and torch waits five seconds for each worker of a
    loader that the garbage collector finds, for its queue is closed by then.
    """
    begun = weakref.WeakSet()
    start = _MultiProcessingDataLoaderIter.__init__

    def noted(self, *args):
        start(self, *args)
        begun.add(self)

    monkeypatch.setattr(_MultiProcessingDataLoaderIter, '__init__', noted)
    yield
    for iterator in list(begun):
        iterator._shutdown_workers()
