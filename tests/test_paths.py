from glcnet_mm.paths import common_folder, names_below


def test_names_lose_what_all_paths_share_and_their_suffix():
    paths = ['/a/b/north/1.tif', '/a/b/south/far/1.v2.tif']
    assert common_folder(paths) == '/a/b'
    assert names_below(paths) == ['north/1', 'south/far/1.v2']


def test_one_file_is_called_by_its_name():
    assert names_below(['/a/b/1.tif']) == ['1']
    assert names_below(['1.tif']) == ['1']


def test_folders_whose_names_begin_alike_are_not_the_same():
    assert common_folder(['/a/img/1.tif', '/a/img2/1.tif']) == '/a'
