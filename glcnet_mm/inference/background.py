"""Work done ahead in a thread, while its results are used."""

from collections.abc import Generator
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar('T')
Items = Generator[T, None, None]
CHECK_SECONDS = 0.1


def in_background(
    items: Generator[T, None, None], ahead: int = 1
) -> Generator[T, None, None]:
    """The items, made by a thread while earlier ones are used.

    An error of the thread is raised where its item is asked for. A consumer that stops
    early stops the thread.

    Args:
        items: A generator; it runs, and is closed, in the thread.
        ahead: Items that may wait, which bounds the memory.
    """
    queue: Queue = Queue(ahead)
    stopped = Event()
    thread = Thread(target=_produce, args=(items, queue, stopped), daemon=True)
    thread.start()
    try:
        while True:
            item, error = queue.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item
            del item  # else it would live on while the next one is waited for
    finally:
        stopped.set()
        thread.join()


def _produce(items: Items[T], queue: Queue, stopped: Event) -> None:
    end: BaseException = StopIteration()
    try:
        for item in items:
            if not _put(queue, stopped, (item, None)):
                break
    except BaseException as error:  # the consumer raises it
        end = error
    finally:
        items.close()
        _put(queue, stopped, (None, end))


def _put(queue: Queue, stopped: Event, pair: tuple) -> bool:
    """Waits for room; gives up when nobody takes any more."""
    while not stopped.is_set():
        try:
            queue.put(pair, timeout=CHECK_SECONDS)
            return True
        except Full:
            pass
    return False
