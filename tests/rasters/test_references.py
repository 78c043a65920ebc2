"""What virtual rasters may read, and from where."""

import http.server
import os
import shutil
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio

from glcnet_mm.datasets.windows import WindowDataset
from glcnet_mm.rasters.blocks_read import BlocksRead
from glcnet_mm.rasters.raster_io import RasterReadError, Window, raster_info
from glcnet_mm.rasters.raster_io import read_window as read
from glcnet_mm.rasters.references import SWITCH, allow_data_roots

WHOLE = Window(0, 0, 8, 8)
SIMPLE = (
    '<SimpleSource><SourceFilename relativeToVRT="{relative}">{name}</SourceFilename>'
    '<SourceBand>1</SourceBand></SimpleSource>'
)
RAW = (
    '<SourceFilename relativeToVRT="{relative}">{name}</SourceFilename>'
    '<ImageOffset>0</ImageOffset><PixelOffset>1</PixelOffset><LineOffset>8</LineOffset>'
)


@pytest.fixture
def part(tmp_path, write_raster):
    return write_raster(tmp_path / 'mine/part.tif', np.full((1, 8, 8), 7, 'uint8'))


def virtual(path, name, source=SIMPLE, relative=1, kind='', head=''):
    body = source.format(name=name, relative=relative)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'{head}<VRTDataset rasterXSize="8" rasterYSize="8"><VRTRasterBand '
        f'dataType="Byte" band="1" {kind}>{body}</VRTRasterBand></VRTDataset>'
    )
    return str(path)


def refused(path, *words):
    for ask in (raster_info, lambda p: read(p, WHOLE)):
        with pytest.raises(RasterReadError) as error:
            ask(path)
        text = str(error.value)
        assert text.startswith(path)
        assert all(word in text for word in words), text


def test_the_own_folder_tree_may_be_read(tmp_path, part):
    beside = virtual(tmp_path / 'mine/a.vrt', 'part.tif')
    above = virtual(tmp_path / 'b.vrt', part, relative=0)
    nested = virtual(tmp_path / 'c.vrt', 'mine/a.vrt')
    for path in (beside, above, nested):
        assert (read(path, WHOLE)[0] == 7).all()


@pytest.mark.parametrize('relative', [0, 1])
def test_other_folders_need_the_switch(tmp_path, part, monkeypatch, relative):
    name = '../mine/part.tif' if relative else part
    path = virtual(tmp_path / 'theirs/a.vrt', name, relative=relative)
    refused(path, name, 'outside its own folder tree', SWITCH)
    monkeypatch.setenv(SWITCH, f'/nowhere{os.pathsep}{tmp_path}/mine')
    assert (read(path, WHOLE)[0] == 7).all()


def test_the_root_that_a_data_set_names_may_be_read(tmp_path, part):
    virtual(tmp_path / 'stack/a.vrt', '../mine/part.tif')
    pipeline = [dict(type='LoadRaster')]
    with pytest.raises(RasterReadError, match='outside its own folder tree'):
        WindowDataset(f'{tmp_path}/stack', 8, pipeline)
    dataset = WindowDataset('stack', 8, pipeline, data_root=str(tmp_path))
    assert (dataset[0]['img'] == 7).all()


def test_the_roots_of_a_config_may_be_read(tmp_path, part):
    path = virtual(tmp_path / 'stack/a.vrt', '../mine/part.tif')
    data = dict(dataset=dict(datasets=[dict(data_root=str(tmp_path))]))
    allow_data_roots(dict(train_dataloader=data))
    assert (read(path, WHOLE)[0] == 7).all()


def test_no_text_file_is_shown_as_pixels(tmp_path):
    secret = tmp_path / 'secret.txt'
    secret.write_text('0123456789' * 10)
    kind = 'subClass="VRTRawRasterBand"'
    path = virtual(tmp_path / 'theirs/a.vrt', secret, RAW, 0, kind)
    refused(path, 'secret.txt')
    link = tmp_path / 'theirs/link.bin'
    link.symlink_to(secret)
    for spelled in (kind, 'SUBCLASS="vrtrawrasterband"'):
        theirs = virtual(tmp_path / 'theirs/b.vrt', 'link.bin', RAW, 1, spelled)
        refused(theirs, 'link.bin')
    # GDAL does not mind the case of tags.
    raw = RAW.replace('SourceFilename', 'sourcefilename')
    refused(virtual(tmp_path / 'theirs/c.vrt', secret, raw, 0, kind), 'secret.txt')


@pytest.mark.parametrize(
    'name',
    [
        '/vsisubfile/0_64,/etc/passwd',
        '/vsicurl/http://127.0.0.1:9/a.tif',
        'http://127.0.0.1:9/a.tif',
        'NETCDF:/etc/passwd:x',
        '&lt;VRTDataset rasterXSize="1" rasterYSize="1"/&gt;',
        '/vsizip//vsicurl/http://127.0.0.1:9/a.zip/a.tif',
    ],
)
def test_special_names_are_refused(tmp_path, name):
    refused(virtual(tmp_path / 'a.vrt', name), 'by a special name', SWITCH)


def test_allowed_folders_allow_no_server(tmp_path, monkeypatch):
    """Neither by a root that all names lie below, nor by folders named like a URL."""
    monkeypatch.setenv(SWITCH, '/')
    refused(virtual(tmp_path / 'a.vrt', '/vsisubfile/0_64,/etc/passwd'), 'special name')
    address = '127.0.0.1:9/a.tif'
    (tmp_path / 'http:' / address).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for relative in (0, 1):
        path = virtual(tmp_path / 'b.vrt', f'http://{address}', relative=relative)
        refused(path, 'contact a server')


@pytest.mark.parametrize('suffix', ['.vrt', '.tif'])
def test_no_server_is_asked(tmp_path, suffix):
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'http://127.0.0.1:{server.server_port}/a.tif'
    try:
        inner = virtual(tmp_path / 'tree/inner.tif', f'/vsicurl/{url}')
        refused(virtual(tmp_path / f'tree/a{suffix}', 'inner.tif'), inner, 'a server')
        service = tmp_path / f'service{suffix}'
        service.write_text(
            f'<GDAL_WMS><Service name="TMS"><ServerUrl>{url}</ServerUrl></Service>'
            '<DataWindow><SizeX>8</SizeX><SizeY>8</SizeY></DataWindow></GDAL_WMS>'
        )
        refused(str(service), 'rasters of a server')
    finally:
        server.shutdown()
        server.server_close()
    assert not asked


@pytest.mark.parametrize(
    'body',
    [
        '<DEMPath>{name}</DEMPath>',
        '<Option name="LUT_PATH">{name}</Option>',
        '<ServerURL>{name}</ServerURL>',
        '<SourceDataset relativeToVRT="{relative}">{name}</SourceDataset>',
    ],
)
def test_whatever_names_a_file_is_looked_at(tmp_path, body):
    refused(virtual(tmp_path / 'a/b.vrt', '/etc/passwd', body, 0), '/etc/passwd')


def test_many_ways_to_the_same_part_are_gone_once(tmp_path, part, monkeypatch):
    """Few rasters that name each other often would otherwise be looked at for ever."""
    place = '<{0} xOff="{1}" yOff="0" xSize="1" ySize="1"/>'
    rectangles = [
        place.format('SrcRect', n % 8) + place.format('DstRect', n % 8)
        for n in range(24)
    ]
    inner = part
    for level in range(6):
        source = '</SimpleSource>'.join(
            SIMPLE.removesuffix('</SimpleSource>') + both for both in rectangles
        )
        name = tmp_path / f'mine/{level}.vrt'
        inner = virtual(name, Path(inner).name, f'{source}</SimpleSource>')
    calls = []

    def counted(function):
        def call(*args):
            calls.append(args)
            assert len(calls) < 10_000
            return function(*args)

        return call

    monkeypatch.setattr(os.path, 'isfile', counted(os.path.isfile))
    monkeypatch.setattr(BlocksRead, '_look', counted(BlocksRead._look))
    assert raster_info(inner).width == 8
    assert (read(inner, WHOLE)[0][0] == 7).all()


def beside(path, domain, key, name):
    Path(f'{path}.aux.xml').write_text(
        f'<PAMDataset><Metadata domain="{domain}"><MDI key="{key}">{name}</MDI>'
        f'</Metadata></PAMDataset>'
    )


@pytest.mark.parametrize(
    'domain, key',
    [
        ('OVERVIEWS', 'OVERVIEW_FILE'),
        ('GEOLOCATION', 'X_DATASET'),
        ('GEOLOCATION', 'Y_DATASET'),
        ('RPC', 'RPC_DEM'),
    ],
)
def test_metadata_beside_a_raster_names_no_file_elsewhere(part, domain, key):
    beside(part, domain, key, '/vsicurl/http://127.0.0.1:9/a.ovr')
    refused(part, '127.0.0.1:9/a.ovr')


def test_overviews_of_the_own_folder_may_be_named(part, write_raster, tmp_path):
    write_raster(tmp_path / 'mine/less.tif', np.full((1, 4, 4), 7, 'uint8'))
    beside(part, 'OVERVIEWS', 'OVERVIEW_FILE', ':::BASE:::less.tif')
    assert raster_info(part).width == 8
    beside(part, 'OVERVIEWS', 'OVERVIEW_FILE', ':::BASE:::../more/less.tif')
    refused(part, 'more/less.tif')


@pytest.mark.parametrize('suffix', ['.ovr', '.OVR', '.msk', '.MSK', '.msk.ovr'])
def test_virtual_rasters_as_overviews_and_masks_are_refused(tmp_path, part, suffix):
    """GDAL opens them beside a raster whatever their format is."""
    if suffix == '.msk.ovr':
        shutil.copy(part, f'{part}.msk')
    beside = virtual(f'{part}{suffix}', '/vsicurl/http://127.0.0.1:9/a.tif')
    refused(part, beside, 'contact a server')
    refused(virtual(tmp_path / 'b.vrt', part, relative=0), beside)
    shutil.copy(part, tmp_path / 'mine/sound.tif')
    virtual(beside, 'sound.tif')
    assert raster_info(part).width == 8


def test_overviews_named_within_a_raster_are_refused(tmp_path, part, write_raster):
    elsewhere = write_raster(tmp_path / 'other.tif', np.full((1, 4, 4), 9, 'uint8'))
    with rasterio.open(part, 'r+') as file:
        file.update_tags(ns='OVERVIEWS', OVERVIEW_FILE=elsewhere)
    assert not Path(f'{part}.aux.xml').exists()
    refused(part, elsewhere, SWITCH)
    outer = virtual(tmp_path / 'mine/b.vrt', 'part.tif')
    with pytest.raises(RasterReadError, match=rf'{outer} reads {part}, .*{elsewhere}'):
        read(outer, WHOLE)
    with zipfile.ZipFile(tmp_path / 'a.zip', 'w') as archive:
        archive.write(part, 'a.tif')
    refused(f'/vsizip/{tmp_path}/a.zip/a.tif', 'names a file of overviews', SWITCH)


LABEL = """PDS_VERSION_ID = PDS3
^IMAGE = ("{name}", 1 <BYTES>)
RECORD_TYPE = FIXED_LENGTH
RECORD_BYTES = 8
FILE_RECORDS = 8
OBJECT = IMAGE
 LINES = 8
 LINE_SAMPLES = 8
 SAMPLE_TYPE = UNSIGNED_INTEGER
 SAMPLE_BITS = 8
 BANDS = 1
END_OBJECT = IMAGE
END
"""


def test_a_label_that_names_a_file_elsewhere_is_refused(tmp_path, monkeypatch):
    """Other formats than the virtual one, too, show any file as pixels."""
    label, secret = tmp_path / 'mine/a.lbl', tmp_path / 'secret.txt'
    label.parent.mkdir()
    for file in (secret, label.with_name('own.img')):
        file.write_bytes(b'S' * 64)
    label.write_text(LABEL.format(name='own.img'))
    assert (read(str(label), WHOLE)[0] == ord('S')).all()
    label.with_name('link.img').symlink_to(secret)
    for name in ('../secret.txt', 'link.img'):
        label.write_text(LABEL.format(name=name))
        refused(str(label), Path(name).name, 'outside its own folder tree')
        outer = virtual(tmp_path / 'mine/b.vrt', 'a.lbl')
        with pytest.raises(RasterReadError, match=rf'{outer} reads {label}, which'):
            read(outer, WHOLE)
    monkeypatch.setenv(SWITCH, str(tmp_path))
    assert (read(str(label), WHOLE)[0] == ord('S')).all()


def test_links_to_another_folder_may_be_read(tmp_path):
    """A folder of links to data that lie elsewhere, label and pixels."""
    (tmp_path / 'data').mkdir()
    (tmp_path / 'links').mkdir()
    (tmp_path / 'data/a.lbl').write_text(LABEL.format(name='a.img'))
    (tmp_path / 'data/a.img').write_bytes(b'S' * 64)
    for file in (tmp_path / 'data').iterdir():
        (tmp_path / 'links' / file.name).symlink_to(file)
    assert (read(str(tmp_path / 'links/a.lbl'), WHOLE)[0] == ord('S')).all()


def test_plain_statistics_beside_a_raster_are_no_reason(part):
    Path(f'{part}.aux.xml').write_text(
        '<PAMDataset><Metadata><MDI key="SOURCE_URL">https://example.org/a</MDI>'
        '</Metadata></PAMDataset>'
    )
    assert raster_info(part).width == 8


def test_damaged_and_endless_virtual_rasters_are_named(tmp_path):
    broken = tmp_path / 'broken.vrt'
    broken.write_text('<VRTDataset rasterXSize="8"')
    refused(str(broken), 'no well-formed XML')
    refused(virtual(tmp_path / 'a.vrt', 'a.vrt'), 'virtual raster of virtual rasters')
    entity = '<!DOCTYPE a [<!ENTITY b "/etc/passwd">]>'
    refused(virtual(tmp_path / 'b.vrt', '&b;', head=entity), 'DOCTYPE')


def test_a_long_remark_before_it_hides_no_virtual_raster(tmp_path):
    head = f'<!--{"x" * 20_000}-->'
    refused(virtual(tmp_path / 'a/b.tif', '/etc/passwd', head=head), SWITCH)


def test_in_an_archive_they_need_the_switch(tmp_path, part, monkeypatch):
    path = virtual(tmp_path / 'a.vrt', part, relative=0)
    with zipfile.ZipFile(tmp_path / 'a.zip', 'w') as archive:
        archive.write(path, 'a.vrt')
    name = f'/vsizip/{tmp_path}/a.zip/a.vrt'
    refused(name, 'VRT file in an archive', SWITCH)
    monkeypatch.setenv(SWITCH, '*')
    assert (read(name, WHOLE)[0] == 7).all()


def test_beside_a_raster_of_an_archive_as_well(tmp_path, part):
    overview = virtual(tmp_path / 'a.ovr', part, relative=0)
    with zipfile.ZipFile(tmp_path / 'a.zip', 'w') as archive:
        archive.write(part, 'a.tif')
        archive.write(overview, 'a.tif.ovr')
        archive.write(part, 'b.tif')
        archive.write(part, 'b.tif.msk')
    name = f'/vsizip/{tmp_path}/a.zip/'
    refused(f'{name}a.tif', f'{name}a.tif.ovr beside it', SWITCH)
    assert raster_info(f'{name}b.tif').width == 8


def test_a_description_is_no_file_name():
    text = '<VRTDataset rasterXSize="1" rasterYSize="1"><!-- http://a --></VRTDataset>'
    with pytest.raises(ValueError, match='no file but a text that describes a raster'):
        raster_info(text)
