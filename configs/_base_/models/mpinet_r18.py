# MPINet for small machines; see glcnet_r18.py.
_base_ = './mpinet_r50.py'
model = dict(
    backbone=dict(depth=18, base_channels=32),
    neck=dict(
        in_channels=(32, 64, 128, 256),
        channels=64,
        grid=12,
        hidden_channels=256,
        embedding_channels=64,
    ),
    queue_len=2048,
    # A short run needs a copy that follows sooner.
    momentum=0.01,
)
