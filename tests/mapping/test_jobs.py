import pytest

from glcnet_mm.mapping import plan_jobs


@pytest.fixture
def scenes(write_scene, tmp_path):
    for folder in ('a', 'b'):
        (tmp_path / folder).mkdir()
    return [write_scene(name=name) for name in ('a/1.tif', 'a/2.tif', 'b/3.tif')]


def test_one_scene_to_a_file(scenes, tmp_path):
    out, shares = str(tmp_path / 'm.tif'), str(tmp_path / 'p.tif')
    (job,) = plan_jobs(scenes[:1], out, shares)
    assert (job.scene, job.out, job.probabilities) == (scenes[0], out, shares)
    with pytest.raises(ValueError, match='one scene only, and there are 3'):
        plan_jobs(scenes, out)


def test_several_scenes_to_folders(scenes, tmp_path):
    folders = [str(tmp_path / name) for name in ('maps', 'shares', 'entropy')]
    jobs = plan_jobs([str(tmp_path / 'a'), scenes[2]], *folders)
    assert [job.scene for job in jobs] == scenes
    assert [job.out for job in jobs] == [f'{folders[0]}/{i}.tif' for i in (1, 2, 3)]
    assert jobs[2].entropy == f'{folders[2]}/3.tif'


def test_scenes_of_one_name_keep_their_folders(scenes, write_scene, tmp_path):
    jobs = plan_jobs([*scenes, write_scene(name='b/1.tif')], str(tmp_path / 'maps'))
    names = [job.out.removeprefix(f'{tmp_path}/maps/') for job in jobs]
    assert names == ['a/1.tif', 'a/2.tif', 'b/3.tif', 'b/1.tif']


def test_two_scenes_of_one_name_in_a_folder_are_refused(scenes, write_scene, tmp_path):
    twin = write_scene(name='a/1.tiff')
    with pytest.raises(ValueError, match=r'a/1\.tif and .*a/1\.tiff would both'):
        plan_jobs([*scenes, twin], str(tmp_path / 'maps'))


def test_no_map_is_taken_for_a_scene_by_the_next_call(scenes, tmp_path):
    folder, elsewhere = str(tmp_path / 'a'), str(tmp_path / 'maps')
    sentence = r'a/maps/1\.tif would lie where .*/a is searched'
    with pytest.raises(ValueError, match=sentence):
        plan_jobs([folder], f'{folder}/maps')
    with pytest.raises(ValueError, match=sentence):
        plan_jobs([folder], elsewhere, entropy=f'{folder}/maps')
    with pytest.raises(ValueError, match=r'b/\*\.tif is searched'):
        plan_jobs([f'{tmp_path}/b/*.tif'], f'{tmp_path}/b/map.tif')
    (tmp_path / 'link').symlink_to(folder)
    with pytest.raises(ValueError, match='is searched'):
        plan_jobs([f'{tmp_path}/link'], f'{folder}/maps')
    assert len(plan_jobs([f'{folder}/*.tif'], f'{folder}/maps')) == 2


def test_no_scene_is_overwritten(scenes, tmp_path):
    for out in (tmp_path / 'a', tmp_path / 'b'):
        with pytest.raises(ValueError, match='would be overwritten'):
            plan_jobs(scenes, str(out))
    with pytest.raises(ValueError, match=r'3\.tif is read for the map'):
        plan_jobs(scenes[:1], scenes[2], inputs=[scenes[2]])
    with pytest.raises(ValueError, match='both to be written'):
        plan_jobs(scenes, str(tmp_path / 'm'), str(tmp_path / 'm'))
