"""Sends tasks with Celery's client: `send.py TASK COUNT [PAUSE]`, with a pause of so many milliseconds and up to as many again."""

import json
import random
import sys
import time

import tasks

WARM_UP = 100

task = getattr(tasks, sys.argv[1])
count = int(sys.argv[2])
pause = float(sys.argv[3]) if len(sys.argv) > 3 else None

if pause is not None:
    for _ in range(count):
        time.sleep(pause * (1 + random.random()) / 1000)
        task.delay(time.monotonic_ns() / 1e6, "a small payload")
else:
    for number in range(min(WARM_UP, count - 1)):
        task.delay(number, "a small payload")
    begun = time.monotonic()
    for number in range(count):
        task.delay(number, "a small payload")
    print(json.dumps({"one": count / (time.monotonic() - begun)}), flush=True)
