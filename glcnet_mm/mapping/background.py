"""Work done ahead in a thread, while its results are used."""

from collections.abc import Generator
from queue import SimpleQueue
from threading import Event, Semaphore, Thread
from typing import TypeVar

T = TypeVar('T')
Items = Generator[T, None, None]


def in_background(items: Items[T], ahead: int = 1) -> Items[T]:
    """The items, made by a thread while earlier ones are used.

    An error of the thread is raised where its item is asked for. A consumer that stops
    early stops the thread.

    Args:
        items: A generator; it runs, and is closed, in the thread.
        ahead: Items that may be made or wait beside the one in use, which bounds the
            memory.
    """
    queue: SimpleQueue = SimpleQueue()
    slots, stopped = Semaphore(ahead), Event()
    thread = Thread(target=_produce, args=(items, queue, slots, stopped), daemon=True)
    thread.start()
    try:
        while True:
            item, error = queue.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            slots.release()
            yield item
            del item  # else it would live on while the next one is waited for
    finally:
        stopped.set()
        slots.release()
        thread.join()


def _produce(
    items: Items, queue: SimpleQueue, slots: Semaphore, stopped: Event
) -> None:
    try:
        while True:
            slots.acquire()
            if stopped.is_set():
                return
            queue.put((next(items), None))
    except BaseException as error:  # also the StopIteration at the end
        queue.put((None, error))
    finally:
        items.close()
