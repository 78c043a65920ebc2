"""GLCNet on the NAIP series with two dates of one place as the two views.

    python tools/train.py configs/glcnet/glcnet-dates_r18_small_naip.py

A tile's name is that of its place, its UTM zone and resolution and its date:
m_4709963_se_14_1_20090818.tif. Dates are aligned by their geotransforms.
"""

_base_ = './glcnet_r18_small_naip.py'
train_dataloader = dict(
    dataset=dict(type='DatesDataset', place=r'm_(?P<place>\d+_[ns][ew]_\d+)_')
)
