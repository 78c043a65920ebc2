# Batches of views for small machines.
train_dataloader = dict(
    batch_size=64,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='InfinitePerSampleSampler'),
    collate_fn=dict(type='stack_samples'),
)
