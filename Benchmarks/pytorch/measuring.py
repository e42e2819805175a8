"""How the baselines measure: each setting in a process of its own, whose peak of memory is its own too."""

import multiprocessing
import resource
import statistics
import time
from concurrent.futures import ProcessPoolExecutor


def peak_bytes():
    """The most memory that this process has had at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def alone(function, *arguments):
    """What a function gives in a fresh process; PyTorch's caches and its peak of memory end with it."""
    # Not a Pool, whose processes may have no children: DataLoader's workers are some.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        return executor.submit(function, *arguments).result()


def rates(work, images, rounds, warm_up=1):
    """Images a second of `rounds` calls of `work`, each of which does `images`; the first `warm_up` do not count.

    `processorSeconds` are those of all threads for one call, which other programs on the machine disturb less.
    """
    for _ in range(warm_up):
        work()
    seconds, processor = [], []
    for _ in range(rounds):
        start, start_processor = time.perf_counter(), time.process_time()
        work()
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - start_processor)
    return {"imagesPerSecond": round(images / statistics.median(seconds), 1),
            "fastestRound": round(images / min(seconds), 1),
            "processorSeconds": round(statistics.median(processor), 3), "peakBytes": peak_bytes()}
