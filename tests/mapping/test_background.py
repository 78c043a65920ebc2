import threading
import time

import pytest

from glcnet_mm.mapping.background import in_background


def numbers(log, stop=10):
    try:
        for i in range(stop):
            log.append(i)
            yield i
    finally:
        log.append('closed')


def test_items_come_in_order_from_another_thread():
    def names():
        for _ in range(5):
            yield threading.current_thread()

    log = []
    assert list(in_background(numbers(log))) == list(range(10))
    assert log[-1] == 'closed'
    assert threading.current_thread() not in set(in_background(names()))


@pytest.mark.parametrize('ahead', [1, 3])
def test_no_more_than_so_many_are_made_ahead(ahead):
    log = []
    items = in_background(numbers(log), ahead)
    next(items)
    time.sleep(0.2)
    assert log == list(range(1 + ahead))
    items.close()


def test_an_error_is_raised_where_its_item_is_due():
    def failing():
        yield 1
        raise ValueError('scene.tif is damaged')

    items = in_background(failing())
    assert next(items) == 1
    with pytest.raises(ValueError, match='scene.tif is damaged'):
        next(items)


def test_a_consumer_that_stops_ends_the_thread():
    log = []
    before = threading.active_count()
    items = in_background(numbers(log, 1000))
    next(items)
    items.close()
    assert threading.active_count() == before
    assert log[-1] == 'closed'
    assert len(log) < 5
