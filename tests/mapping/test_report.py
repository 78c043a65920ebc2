import csv

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_origin
from scipy.integrate import quad

from glcnet_mm.mapping import map_scene
from glcnet_mm.mapping.report import class_areas, report_lines, write_report
from glcnet_mm.rasters.georeference import Georeference
from glcnet_mm.rasters.pixel_areas import line_hectares

WGS84 = 6378137.0, 0.0818191908426


def place(crs, transform, width=3, height=4):
    crs = None if crs is None else rasterio.CRS.from_user_input(crs)
    return Georeference(width, height, crs, transform, ([], None), None, [])


def zone_area(latitude, axis, e):
    """Square metres per radian from the equator on (Snyder 1987, equation 3-12)."""
    sine = np.sin(latitude)
    if not e:
        return axis**2 * sine
    product = e * sine
    term = sine / (1 - product**2) + np.arctanh(product) / e
    return axis**2 * (1 - e**2) / 2 * term


@pytest.mark.parametrize(
    ('crs', 'axis', 'inverse_flattening'),
    [
        ('EPSG:4326', 6378137, 298.257223563),
        ('EPSG:4314', 6377397.155, 299.1528128),  # Bessel
        ('+proj=longlat +R=6371000', 6371000, np.inf),
    ],
)
def test_cells_of_a_degree_equal_the_closed_form(crs, axis, inverse_flattening):
    flattening = 1 / inverse_flattening
    edges = zone_area(
        np.radians(np.arange(90, -91, -1)),
        axis,
        np.sqrt(flattening * (2 - flattening)),
    )
    expected = -np.diff(edges) * np.radians(1) / 1e4
    found = line_hectares(place(crs, from_origin(-180, 90, 1, 1), 360, 180))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def cell(south, north, axis=WGS84[0], e2=WGS84[1] ** 2):
    """Numeric integral of the product of both radii of curvature."""

    def density(latitude):
        return (
            axis**2
            * (1 - e2)
            * np.cos(latitude)
            / (1 - e2 * np.sin(latitude) ** 2) ** 2
        )

    return quad(density, south, north, epsabs=0, epsrel=1e-12)[0]


def test_degrees_are_measured_on_the_ellipsoid():
    transform = from_origin(10, 60, 0.01, 0.02)
    found = line_hectares(place('EPSG:4326', transform))
    edges = np.radians(60 - 0.02 * np.arange(5))
    expected = [
        cell(south, north) * np.radians(0.01) / 1e4
        for north, south in zip(edges[:-1], edges[1:], strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    whole = place('EPSG:4326', from_origin(-180, 90, 1, 1), 360, 180)
    total = line_hectares(whole).sum() * 360 / 100
    assert total == pytest.approx(510065621.7, abs=0.1)


def test_metres_of_web_mercator_are_none():
    """Pixels that cover the same ground in degrees and in Web Mercator."""
    height = 6378137 * np.log(np.tan(np.pi / 4 + np.radians(50) / 2))
    found = line_hectares(place('EPSG:3857', from_origin(1e6, height, 10, 10)))
    low = 2 * np.arctan(np.exp((height - 10) / 6378137)) - np.pi / 2
    expected = cell(low, np.radians(50)) * 10 / 6378137 / 1e4
    assert found[0] == pytest.approx(expected, rel=1e-6)
    assert 0.3 < found[0] / 0.01 < 0.5  # the cosine squared of 50 degrees


def test_units_and_rotation_of_a_projection():
    turned = Affine(0.8 * 2, 0.6 * 2, 7, 0.6 * 2, -0.8 * 2, 9)
    np.testing.assert_allclose(line_hectares(place('EPSG:32633', turned)), 4e-4)
    feet = line_hectares(place('EPSG:2263', from_origin(0, 0, 10, 10)))
    np.testing.assert_allclose(feet, (10 * 1200 / 3937) ** 2 / 1e4)


def test_unknown_sizes_are_none():
    assert line_hectares(place(None, from_origin(0, 0, 2, 2))) is None
    assert line_hectares(place('EPSG:32633', Affine.identity())) is None
    across = Affine(0.01, 0.002, 10, 0.002, -0.01, 50)
    assert line_hectares(place('EPSG:4326', across)) is None


@pytest.mark.parametrize('crs', ['EPSG:32633', 'EPSG:4326', None])
def test_areas_equal_a_count_by_hand(segmentor, write_scene, tmp_path, crs):
    scene = write_scene(600, 90, crs=crs, transform=from_origin(12, 48, 0.5, 0.25))
    out = str(tmp_path / 'map.tif')
    map_scene(segmentor, scene, out)
    areas = class_areas(out)
    with rasterio.open(out) as file:
        classes = file.read(1)
    assert [(a.number, a.name) for a in areas] == [
        (0, 'water'),
        (1, 'field & forest'),
        (2, 'town'),
        (255, 'nodata'),
    ]
    assert sum(a.pixels for a in areas) == classes.size
    for area in areas:
        rows = np.nonzero(classes == area.number)[0]
        assert area.pixels == len(rows)
        if crs == 'EPSG:32633':
            assert area.hectares == pytest.approx(len(rows) * 0.125 / 1e4)
        elif crs is None:
            assert area.hectares is None
        else:
            tops = np.clip(np.radians(48 - 0.25 * np.arange(601)), -np.pi / 2, None)
            lines = np.array([cell(tops[i + 1], tops[i]) for i in range(600)])
            expected = (lines[rows] * np.radians(0.5) / 1e4).sum()
            assert area.hectares == pytest.approx(expected, rel=1e-6)

    write_report(tmp_path / 'report.csv', {'map.tif': areas})
    with open(tmp_path / 'report.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [int(row['pixels']) for row in rows] == [a.pixels for a in areas]
    assert rows[1]['name'] == 'field & forest'
    known = [f'{a.hectares:.4f}' if crs else '' for a in areas]
    assert [row['hectares'] for row in rows] == known
    assert f'{areas[2].pixels:,} px' in report_lines(areas)[2]
