"""Draws the steps of a stage ahead of training, in processes of their own."""
import multiprocessing
import queue
import threading

import numpy as np
import torch

AHEAD = 2  # steps that wait in each process's queue


def to_arrays(value):
    """Tensors as arrays: they go through a pipe, without files or shared memory, which may be scarce."""
    if isinstance(value, dict):
        return {key: to_arrays(part) for key, part in value.items()}
    return value.numpy() if isinstance(value, torch.Tensor) else value


def to_tensors(value):
    if isinstance(value, dict):
        return {key: to_tensors(part) for key, part in value.items()}
    return torch.from_numpy(value) if isinstance(value, np.ndarray) else value


def draw(make, worker, workers, step, target):
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    batches = make(worker, workers)
    while True:
        if step % workers == worker and not put(target, to_arrays(batches[step])):
            return
        step += 1


def put(target, value):
    """-> whether somebody is still there to take it"""
    while multiprocessing.parent_process().is_alive():
        try:
            target.put(value, timeout=5)
            return True
        except queue.Full:
            pass
    return False


class DrawnAhead:
    """`batches[step]` for rising steps from `step` on. make(worker, workers): what draws the steps of one process; it can be pickled."""

    def __init__(self, make, workers, step):
        context = multiprocessing.get_context('spawn')
        self.queues = [context.Queue(AHEAD) for _ in range(workers)]
        self.processes = [context.Process(target=draw, args=(make, worker, workers, step, self.queues[worker]), daemon=True) for worker in range(workers)]
        for process in self.processes:
            process.start()
        self.step, self.closed, self.ready = step, False, queue.Queue(AHEAD)
        threading.Thread(target=self.fetch, daemon=True).start()

    def fetch(self):
        """Takes the steps off the pipes in their order, while the steps before are trained on."""
        while not self.closed:
            worker = self.step % len(self.queues)
            try:
                value = to_tensors(self.queues[worker].get(timeout=1))
            except queue.Empty:
                if not self.processes[worker].is_alive():
                    self.ready.put(None)
                    return
                continue
            except (EOFError, OSError):  # closed
                return
            self.ready.put((self.step, value))
            self.step += 1

    def __getitem__(self, step):
        found = self.ready.get()
        if found is None:
            raise ChildProcessError('a process that draws clips ended; its own message is above')
        if found[0] != step:
            raise ValueError(f'steps: expected {found[0]}, found {step}; they are drawn in their order')
        return found[1]

    def close(self):
        self.closed = True
        for process in self.processes:
            process.terminate()
        while self.ready.qsize():
            self.ready.get()
        for process in self.processes:
            process.join(10)
