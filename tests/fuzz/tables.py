"""Damaged lists, tables, statistics, notes and archives."""

import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from glcnet_mm.datasets.catalogue import Catalogue
from glcnet_mm.datasets.known_sets.generic import read_classes
from glcnet_mm.datasets.windows_file import read_windows
from glcnet_mm.rasters.manifest import check_manifest
from glcnet_mm.rasters.raster_io import Window, raster_info, read_window
from glcnet_mm.rasters.sources import find_rasters
from glcnet_mm.stats_file import read_scale

from .rasters import write_sample
from .target import Target

STATISTICS = dict(
    bands=[
        dict(
            mean=50.0 + band,
            std=9.5,
            percentiles={'0.1': 1.0, '1': 2.0, '50': 50.0, '99': 90.0, '99.9': 99.0},
        )
        for band in range(3)
    ]
)


def table_targets(folder: Path) -> Iterator[Target]:
    """Texts that a data set is made of."""
    rng = np.random.default_rng(2)
    paths = [
        str(
            write_sample(folder / f'{n}.tif', rng.integers(1, 99, (1, 64, 64), 'uint8'))
        )
        for n in ('a', 'b', 'c')
    ]
    infos = [raster_info(path) for path in paths]

    def windows(path: Path) -> None:
        for scene, window in read_windows(str(path), infos, 32):
            read_window(infos[scene].path, window)

    def read_list(path: Path) -> None:
        read_classes(str(path))

    def listed(path: Path) -> None:
        for raster in find_rasters(str(path)):
            raster_info(raster)

    def statistics(path: Path) -> None:
        for between in (None, (1, 99)):
            read_scale(None, None, str(path), between)

    def catalogue(path: Path) -> None:
        assert Catalogue(str(path)).headers(paths) == infos

    def manifest(path: Path) -> str | None:
        return next(iter(check_manifest(str(path), paths)[1]), None)

    text = '# 3 windows\na.tif\t0\t0\nb.tif\t32\t1\nc.tif\t0\t16\n'
    yield Target('tables', 'windows.tsv', text.encode(), True, windows)
    yield Target('tables', 'list.txt', '\n'.join(paths).encode(), True, listed)
    classes = b'id,name,r,g,b\n1,water,0,0,255\n2,"field, dry",9,99,0\n9,ignore,0,0,0\n'
    yield Target('tables', 'classes.csv', classes, True, read_list)
    coloured = b'name,r,g,b\nwater,0,0,255\nfield,9,99,0\n'
    yield Target('tables', 'class_dict.txt', coloured, True, read_list)
    content = json.dumps(STATISTICS, indent=1).encode()
    yield Target('tables', 'stats.json', content, True, statistics)
    Catalogue(str(folder / 'headers.json')).headers(paths)
    content = (folder / 'headers.json').read_bytes()
    yield Target('tables', 'headers.json', content, True, catalogue)
    check_manifest(str(folder / 'sums.txt'), paths)
    content = (folder / 'sums.txt').read_bytes().replace(b'  ', f'  {folder}/'.encode())
    yield Target('tables', 'sums.txt', content, True, manifest)
    yield from _archives(Path(paths[0]).read_bytes())


def _archives(raster: bytes) -> Iterator[Target]:
    def read(path: Path) -> None:
        for raster in find_rasters(str(path)):
            raster_info(raster)
            read_window(raster, Window(0, 0, 64, 64))

    for mode in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, 'w', mode) as archive:
            archive.writestr('in/a.tif', raster)
        yield Target('archives', 'a.zip', buffer.getvalue(), False, read)
    for mode, name in (('w', 'a.tar'), ('w:gz', 'a.tar.gz')):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode) as archive:
            member = tarfile.TarInfo('in/a.tif')
            member.size = len(raster)
            archive.addfile(member, io.BytesIO(raster))
        yield Target('archives', name, buffer.getvalue(), False, read)
