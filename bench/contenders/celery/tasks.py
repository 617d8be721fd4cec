"""The tasks for Celery, and how it is set up: see bench/README.md for where that comes from."""

import os
import time
from functools import cached_property

from celery import Celery

BROKER = os.environ["BENCH_BROKER"]



class SharingCelery(Celery):
    """Shares one backend among all threads, as `result_backend_thread_safe` makes later versions (5.3) do."""

    @cached_property
    def backend(self):
        # Else each green thread makes one of its own, which is each task: that takes 2 ms.
        return self._get_backend()


app = SharingCelery("bench", broker=BROKER, backend=BROKER)
app.conf.worker_prefetch_multiplier = int(os.environ.get("BENCH_PREFETCH", "128"))
# Results are stored only where the task says so.
app.conf.task_ignore_result = True


@app.task(name="bench.noop")
def noop(number, text):
    """Does nothing; nobody wants its result."""


@app.task(name="bench.kept", ignore_result=False)
def kept(number, text):
    """Does nothing; its result is stored."""
    return number


@app.task(name="bench.wait")
def wait(number, text):
    """Waits for 100 ms, which the pools of green threads use for other tasks."""
    time.sleep(0.1)


@app.task(name="bench.stamp")
def stamp(sent_at, text):
    """Tells how long it took from sending to here, in milliseconds of the shared clock (CLOCK_MONOTONIC)."""
    waited = time.monotonic_ns() / 1e6 - sent_at
    os.write(1, b'{"waited":%f}\n' % waited)
