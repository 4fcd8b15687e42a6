"""Muon for weight matrices, AdamW for everything else, and what both stages of training share: schedule, checkpoints, log."""
import json
import math
import os
import pathlib
import signal
import threading
import time
from dataclasses import dataclass

import torch


class Muon(torch.optim.Optimizer):
    """Momentum, then the nearest orthogonal matrix by Newton-Schulz steps (Jordan et al. 2024, kellerjordan.github.io/posts/muon).

    Convolution kernels [out, in, k, k] are seen as matrices [out, in*k*k]. The update's RMS is about 0.2 x lr, as AdamW's
    (arXiv:2502.16982 §2.2), so both share one learning rate.
    """

    def __init__(self, parameters, lr, momentum=0.95, weight_decay=0.01, iterations=4):
        super().__init__(parameters, dict(lr=lr, momentum=momentum, weight_decay=weight_decay, iterations=iterations))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group['params']:
                state = self.state[p]
                if 'momentum' not in state:
                    state['momentum'] = torch.zeros_like(p)
                buffer = state['momentum'].lerp_(p.grad, 1 - group['momentum'])
                x = p.grad.lerp(buffer, group['momentum']).reshape(len(p), -1).bfloat16()
                rows, columns = x.shape
                x = (x.T if rows > columns else x).contiguous()
                x = x / (x.norm() + 1e-7)
                for _ in range(group['iterations']):
                    a = x @ x.T
                    x = torch.addmm(x, torch.addmm(a, a, a, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
                x = (x.T if rows > columns else x).reshape(p.shape)
                p.mul_(1 - group['lr'] * group['weight_decay']).add_(x.to(p.dtype), alpha=-0.2 * group['lr'] * max(rows, columns) ** 0.5)


def optimizers(module, lr):
    """Matrices inside the network go to Muon; first and last layers, biases, gains, tables and thin matrices to AdamW."""
    edges = ('latent_in', 'layout_in', 'text_in', 'pooled_in', 'position_in', 'latent_out', 'role', 'conv_out', 'modulation')
    muon, rest = [], []
    for name, p in module.named_parameters():
        inner = p.ndim >= 2 and min(p.shape[:2]) >= 64 and not any(edge in name for edge in edges)
        (muon if inner else rest).append(p)
    return [Muon(muon, lr), torch.optim.AdamW(rest, lr=lr, betas=(0.9, 0.98), weight_decay=0)]


def rate(progress, step, warmup, decay_from=0.55, last=0.03):
    """Factor on the learning rate: warm-up, constant, then a cosine to `last` at the end of the stage."""
    if progress < decay_from:
        return min(1, (step + 1) / warmup)
    x = min(1, (progress - decay_from) / (1 - decay_from))
    return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * x))


class Paused(Exception):
    """A stage saved its state and stopped before its end; started again, it goes on."""


@dataclass(frozen=True)
class Length:
    """How long a stage lasts: minutes of wall time over all its runs, or steps: then its result is a function of the seed alone.

    A run pauses at the time `pause_at`, or at step `pause_step`, or on SIGTERM: it saves and raises Paused."""
    minutes: float = 0.0
    steps: int = 0  # instead of minutes
    pause_at: float = math.inf  # as time.time() counts
    pause_step: int = 0

    def progress(self, step, seconds):
        """How much of the stage is over, 0..1"""
        return min(1.0, step / self.steps if self.steps else seconds / (60 * self.minutes))


def on_cpu(value):
    """Tensors of a state as any machine can read them"""
    if isinstance(value, torch.Tensor):
        return value.cpu()
    if isinstance(value, dict):
        return {key: on_cpu(part) for key, part in value.items()}
    return [on_cpu(part) for part in value] if isinstance(value, list) else value


class Run:
    """One stage of training: its clock, its log (JSON lines) and its checkpoint.

    All randomness of a step is drawn from generators seeded by (seed, stage, step), so model, optimisers, average and
    counters are the whole state and a resumed run goes on exactly where it stopped. length: a Length, or minutes.
    """

    def __init__(self, folder, name, length, modules, optimizers):
        self.folder, self.name = pathlib.Path(folder), name
        self.length = length if isinstance(length, Length) else Length(minutes=length)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.modules, self.optimizers = modules, optimizers
        self.step, self.samples, self.seconds, self.cpu_seconds = 0, 0, 0.0, 0.0
        self.path = self.folder / f'{name}.pt'
        if self.path.exists():
            state = torch.load(self.path, weights_only=True, map_location='cpu')
            for key, module in modules.items():
                module.load_state_dict(state[key])
            for optimizer, saved in zip(optimizers, state['optimizers']):
                optimizer.load_state_dict(saved)
            self.step, self.samples, self.seconds, self.cpu_seconds = state['counters']
        self.saved = time.time()
        self.mark = (self.saved, time.process_time())
        self.stopping = False
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self.stop)

    def stop(self, *_):
        self.stopping = True

    def tick(self):
        """Advances the clock between two steps; -> how much of the stage is over, 0..1."""
        now = (time.time(), time.process_time())
        self.seconds += now[0] - self.mark[0]
        self.cpu_seconds += now[1] - self.mark[1]
        self.mark = now
        progress, length = self.length.progress(self.step, self.seconds), self.length
        due = now[0] > length.pause_at or self.step == length.pause_step > 0
        if progress < 1 and (due or self.stopping):
            self.save()
            raise Paused(f'{self.name}: paused at step {self.step}, {progress:.0%} of the stage; the same command goes on')
        return progress

    def learning_rate(self, value):
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group['lr'] = value

    def log(self, **values):
        line = dict(stage=self.name, step=self.step, samples=self.samples, seconds=round(self.seconds), cpu_seconds=round(self.cpu_seconds), **values)
        with open(self.folder / f'{self.name}.jsonl', 'a') as file:
            file.write(json.dumps(line) + '\n')
        print(json.dumps(line), flush=True)

    def due(self):
        """Whether this step is one to log: every 50th, or a dozen of a stage bounded by steps"""
        every = min(50, max(1, self.length.steps // 12)) if self.length.steps else 50
        return self.step % every == 0

    def save(self, every_seconds=0.0):
        if time.time() - self.saved < every_seconds:
            return
        self.saved = time.time()
        state = {key: module.state_dict() for key, module in self.modules.items()}
        state['optimizers'] = [optimizer.state_dict() for optimizer in self.optimizers]
        state['counters'] = (self.step, self.samples, self.seconds, self.cpu_seconds)
        part = self.path.with_suffix('.part')
        torch.save(on_cpu(state), part)
        os.replace(part, self.path)
