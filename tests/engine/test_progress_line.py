"""What a line of progress says of the loss."""

from types import SimpleNamespace

from mmengine.logging import HistoryBuffer

from glcnet_mm.engine.hooks.progress import losses


def test_figures_keep_their_zeros():
    values = {'train/loss': 5.0, 'train/loss_global': 2.4, 'train/loss_local': 2.604}
    scalars = {name: HistoryBuffer([value], [1]) for name, value in values.items()}
    runner = SimpleNamespace(message_hub=SimpleNamespace(log_scalars=scalars))
    assert losses(runner) == 'loss 5.00 (global 2.40, local 2.60)'
    scalars['train/loss'] = HistoryBuffer([1234.5], [1])
    assert losses(runner).startswith('loss 1.23e+03 ')
    scalars['train/loss'] = HistoryBuffer([123.0], [1])
    assert losses(runner).startswith('loss 123 ')
