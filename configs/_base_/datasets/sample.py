# The generated sample (tools/make_sample.py): 4 bands of uint16, seven classes.
data_root = 'data/sample'
value_range = (0, 6000)
mean = [1150.0, 1130.0, 990.0, 2020.0]
std = [580.0, 460.0, 400.0, 1080.0]
classes = [
    'water', 'meadow', 'crop rows', 'forest', 'orchard', 'bare soil', 'town'
]  # fmt: skip
palette = [
    (40, 90, 200),
    (190, 220, 120),
    (230, 190, 60),
    (20, 110, 40),
    (150, 90, 190),
    (170, 130, 90),
    (210, 60, 60),
]
