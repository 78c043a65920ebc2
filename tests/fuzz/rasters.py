"""Damaged rasters and labels, read as a training and the check of data read them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.transform import from_origin

from glcnet_mm.datasets.windows import WindowDataset
from glcnet_mm.inspection.facts import gather
from glcnet_mm.rasters.block_checksums import verify_checksums

from .target import Target

SIDE = 72
TILES = dict(tiled=True, blockxsize=32, blockysize=32)
PIPELINE = [dict(type='LoadRaster')]
BESIDE = (
    b'<PAMDataset><SRS>EPSG:32633</SRS><PAMRasterBand band="1"><NoDataValue>5'
    b'</NoDataValue><Metadata><MDI key="STATISTICS_MEAN">60.5</MDI></Metadata>'
    b'</PAMRasterBand></PAMDataset>'
)
LABELLED = [*PIPELINE, dict(type='LoadLabel')]
RASTERS = {
    'strips.tif': ('uint8', 3, dict()),
    'deflate.tif': ('uint16', 4, dict(compress='deflate', predictor=2, **TILES)),
    'lzw.tif': ('uint8', 3, dict(compress='lzw', interleave='band')),
    'zstd.tif': ('float32', 2, dict(compress='zstd', nodata=-9999, **TILES)),
    'jpeg.tif': ('uint8', 3, dict(compress='jpeg', photometric='ycbcr', **TILES)),
    'big.tif': ('int16', 2, dict(bigtiff='yes', nodata=0, compress='deflate')),
    'alpha.tif': ('uint8', 4, dict(photometric='RGB', alpha='yes', compress='lzw')),
    'sparse.tif': ('uint8', 1, dict(sparse_ok=True, compress='deflate', **TILES)),
    'a.png': ('uint8', 3, dict(driver='PNG')),
    'a.jpg': ('uint8', 3, dict(driver='JPEG')),
    'a.jp2': ('uint8', 3, dict(driver='JP2OpenJPEG')),
}


def raster_targets(folder: Path) -> Iterator[Target]:
    """Rasters of many kinds; virtual ones and files beside them as texts."""
    rng = np.random.default_rng(0)
    for name, (dtype, bands, options) in RASTERS.items():
        pixels = rng.integers(1, 120, (bands, SIDE, SIDE)).astype(dtype)
        path = write_sample(folder / name, pixels, **options)
        yield Target('rasters', name, path.read_bytes(), False, _read)
    path = write_sample(folder / 'mask.tif', pixels, compress='deflate')
    with rasterio.open(path, 'r+') as file:
        file.write_mask(rng.integers(0, 2, (SIDE, SIDE), 'uint8') * 255)
        file.build_overviews([2, 4])
    yield Target('rasters', 'mask.tif', path.read_bytes(), False, _read)
    part = {'part.tif': write_sample(folder / 'part.tif', pixels).read_bytes()}
    mosaic = folder / 'mosaic.vrt'
    rasterio.shutil.copy(folder / 'part.tif', mosaic, driver='VRT')
    yield Target('virtual rasters', mosaic.name, mosaic.read_bytes(), True, _read, part)
    yield Target('side-car files', 'part.tif.aux.xml', BESIDE, True, _read_owner, part,
                 'part.tif')  # fmt: skip


def label_targets(folder: Path) -> Iterator[Target]:
    """Labels that are numbers, colours and a palette, beside a sound image."""
    rng = np.random.default_rng(1)
    numbers = rng.integers(0, 3, (1, SIDE, SIDE)).astype('uint8')
    colours = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255)], 'uint8')
    image = write_sample(folder / 'images/image.tif', numbers.repeat(3, 0))
    coloured = np.moveaxis(colours[numbers[0]], -1, 0)
    by_colour = dict(colours=colours.tolist())
    for suffix, pixels, options, settings in (
        ('tif', numbers, dict(compress='deflate', **TILES), {}),
        ('png', numbers, dict(driver='PNG'), {}),
        ('tif', coloured, dict(compress='lzw'), by_colour),
        ('tif', numbers, dict(photometric='palette'), by_colour),
    ):
        path = write_sample(folder / f'image.{suffix}', pixels, **options)
        if 'photometric' in options:
            with rasterio.open(path, 'r+') as file:
                file.write_colormap(1, dict(enumerate(map(tuple, colours.tolist()))))

        def run(path: Path, settings: dict = settings) -> None:
            labels = dict(files=str(path.parent), ids=None, **settings)
            data = dict(labels=labels, classes=['a', 'b', 'c'])
            _look_at(WindowDataset(str(image), 32, LABELLED, **data))

        yield Target('labels', path.name, path.read_bytes(), False, run)


def write_sample(path: Path, pixels: np.ndarray, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = dict(
        driver='GTiff',
        count=len(pixels),
        height=pixels.shape[1],
        width=pixels.shape[2],
        dtype=pixels.dtype,
        crs='EPSG:32633',
        transform=from_origin(5e5, 5.4e6, 2, 2),
    )
    with rasterio.open(path, 'w', **{**profile, **options}) as file:
        file.write(pixels)
    return path


def _read(path: Path) -> str | None:
    _look_at(WindowDataset(str(path), window=32, pipeline=PIPELINE))
    return verify_checksums(str(path)).fault


def _read_owner(path: Path) -> str | None:
    return _read(path.with_name('part.tif'))


def _look_at(dataset: WindowDataset) -> None:
    for number in np.linspace(0, len(dataset) - 1, 9).astype(int):
        dataset[int(number)]
    gather(dataset)
