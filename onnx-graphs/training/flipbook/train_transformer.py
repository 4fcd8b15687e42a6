"""Trains the transformer on packed segments: images first, then clips with the tasks of the time line.

Every step packs examples of mixed sizes and lengths until a budget of tokens is full. An example's latents get one noise level
per group: usually the same for all; for a reference task some groups stay clean (or lightly noised) and carry the role
`reference`. Loss: error of the predicted clean latent over sigma^2 (velocity error), heavier where the thing is.

Beside it, a linear probe on the hidden state halfway must tell what is where and what the caption names: the generator knows, and
a network that is made to know early paints the right thing sooner. The idea is REPA's (arXiv:2410.06940), with the generator's
own truth in the place of a pretrained encoder. Only training sees the probe.
"""
import copy
import functools
import math
import pathlib
from dataclasses import replace

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from . import bucket_attention, padded_attention
from .codec import LAYOUT, LAYOUT_SCALE, Codec
from .data import LABELS, SCENE, label_counts, shard
from .optimizer import Run, optimizers, rate
from .packing import Segment, pack
from .text import no_text, open_encoder
from .transformer import ROLES, Transformer
from .workers import DrawnAhead, to_arrays, to_tensors

TEXT_DROP = 0.1
BLIND = 0.08  # share of examples whose layout is not known
PROBE_WEIGHT = 0.5
LAYOUT_WEIGHT = 8  # of a channel of the layout against one of the picture
SIGMA_FLOOR = 0.1  # of the loss weight 1/sigma^2
TASKS = {'none': 0.56, 'first': 0.18, 'leading': 0.13, 'any': 0.03, 'own': 0.06, 'free': 0.04}
LEADING = {'leading': 0.8, 'first': 0.1, 'own': 0.1}  # tasks of what a window of a long clip sees: never nothing
WINDOW = dict(run=0.3, passing=0.8, way=0.7)  # share of longer clips that begin in the middle of a run, as windows of a clip that is being extended do


class Probe(nn.Module):
    """Reads the scene from a visual token, and the caption's parts from the first token of a text."""

    def __init__(self, width, counts=LABELS):
        """counts: of the classes of every label, see label_counts"""
        super().__init__()
        self.counts = counts
        self.cell = nn.Linear(width, SCENE + counts[0])
        self.caption = nn.Linear(width, sum(counts))

    def loss(self, hidden, visual, starts, scene, covered, labels, told):
        """hidden [S, width], visual [V] and starts [segments] positions in it, scene [V, SCENE], covered [V], labels [segments, 5],
        told [segments]: whether the segment has its caption"""
        hidden = F.layer_norm(hidden.float(), hidden.shape[-1:])
        cell = self.cell(hidden[visual])
        weight = 1 + 2 * covered
        error = ((cell[:, :16] - scene[:, :16]).pow(2).mean(1) * 2 + (cell[:, 16:SCENE] - scene[:, 16:]).pow(2).mean(1))
        of = torch.repeat_interleave(labels[:, 0], torch.diff(torch.searchsorted(visual, torch.cat([starts, starts.new_tensor([len(hidden)])]))))
        shape = F.cross_entropy(cell[:, SCENE:], of, reduction='none')
        caption = self.caption(hidden[starts]).split(self.counts, 1)
        words = sum((F.cross_entropy(part, labels[:, i], reduction='none') * told).sum() for i, part in enumerate(caption)) / told.sum().clamp(min=1)
        return (weight * (error + 0.1 * shape)).sum() / weight.sum() + 0.05 * words


def levels(example, rng):
    """Noise level and role of every group of an example."""
    groups, _, h, w = example.latents.shape
    # What goes where is decided above 0.97, outlines between 0.85 and 0.97: below, 48 numbers in each of a dozen cells show them through
    # the noise, and little is left to learn.
    shift = 2.0 + 0.35 * math.log(groups * h * w / 16)

    def draw():
        kind = rng.random()
        if kind < 0.7:
            return 1 / (1 + math.exp(-rng.normal(shift, 1.2)))
        return float(rng.uniform(0.96, 1) if kind < 0.85 else rng.uniform(0.02, 1))

    sigma = draw()
    sigmas, roles = [sigma] * groups, [ROLES['noisy']] * groups
    if groups == 1:
        return sigmas, roles
    if example.kind in ('run', 'passing'):
        tasks = TASKS if example.kind == 'run' else LEADING
        task = str(rng.choice(list(tasks), p=list(tasks.values())))
    else:
        task = example.kind if example.kind != 'keys' else str(rng.choice(['other', 'any', 'none'], p=[0.5, 0.3, 0.2]))
    given = []
    if task == 'first':
        given = [0]
    elif task == 'leading':
        given = list(range(int(rng.integers(1, groups))))
    elif task == 'any':
        given = [g for g in range(groups) if rng.random() < 0.4][:groups - 1]
    elif task in ('other', 'gaps'):
        given = list(range(0, groups, 2))
    elif task == 'following':
        leading = int(rng.integers(example.boundary)) if rng.random() < 0.5 else 0
        given = [*range(leading), *range(example.boundary, groups)]
    elif task == 'way':
        given = [*range(example.leading), *range(example.boundary, groups)]
    elif task == 'own':
        sigmas = [draw() for _ in range(groups)]
    elif task == 'free':  # first group far ahead of the others
        sigmas = [sigma * 0.3] + [sigma] * (groups - 1)
    light = rng.random() < 0.2
    for g in given:
        sigmas[g], roles[g] = float(rng.uniform(0.02, 0.2)) if light else 0.0, ROLES['reference']
    return sigmas, roles


def window_of(example, rng):
    """Of some longer runs only the end, time counted from where it begins: what is before is known no more, or a picture of it is, without a time.
    -> Example, that picture as (latent [1, channels, h, w], coverage, scene) or None"""
    groups = len(example.latents)
    most = example.leading - 1 if example.kind == 'way' else groups - 2  # latents that can be left away
    if most < 1 or rng.random() >= WINDOW.get(example.kind, 0):
        return example, None
    first = int(rng.integers(1, most + 1))
    start = example.seconds[first] - example.spans[first] / 2
    cut = replace(example, latents=example.latents[first:], weight=example.weight[first:], scene=example.scene[first:],
                  seconds=[t - start for t in example.seconds[first:]], spans=example.spans[first:], still_seconds=example.still_seconds - start,
                  boundary=max(0, example.boundary - first), leading=max(0, example.leading - first))
    anchor = (example.latents[:1], example.weight[:1], example.scene[:1]) if rng.random() < 0.5 else None
    return cut, anchor


def segment_of(example, rng, generator):
    """-> Segment with noise; clean latents, loss weights, scene and coverage, all [tokens, ...] in the packed order of visual tokens;
    and whether the segment has its caption"""
    example, anchor = window_of(example, rng)
    sigmas, roles = levels(example, rng)
    clean, covered, scene, seconds, spans = example.latents, example.weight, example.scene, list(example.seconds), list(example.spans)
    extra = []  # latents beside those of the clip's own grid: (latent, coverage, scene), time, span, role
    if example.still is not None:
        at = min(range(len(seconds)), key=lambda g: abs(seconds[g] - example.still_seconds) - spans[g] / 2)
        extra.append(((example.still, covered[at:at + 1], scene[at:at + 1]), example.still_seconds, 1 / example.fps, 'extra_reference'))
    if anchor is not None:
        extra.append((anchor, 0.0, 0.0, 'timeless_reference'))
    for (latent, cover, where), time, span, role in extra:
        clean, covered, scene = torch.cat([clean, latent]), torch.cat([covered, cover]), torch.cat([scene, where])
        seconds.append(time)
        spans.append(span)
        sigmas.append(0.0)
        roles.append(ROLES[role])
    noisy = torch.tensor([r == ROLES['noisy'] for r in roles])
    clean, known = clean.clone(), noisy.clone()
    if rng.random() < BLIND:
        known[:] = False
    if rng.random() < 0.5:  # references from outside come without a layout, those that were sampled have one
        clean[~known, -LAYOUT:] = 0
    sigma = torch.tensor(sigmas)[:, None, None]
    weight = (1 + 2 * covered) * noisy[:, None, None] / sigma.clamp(min=SIGMA_FLOOR) ** 2
    noise = torch.randn(clean.shape, generator=generator)
    noise[:, -LAYOUT:] /= LAYOUT_SCALE
    latents = (1 - sigma[..., None]) * clean + sigma[..., None] * noise
    told = rng.random() >= TEXT_DROP
    states = example.states.float() if told else no_text()
    return Segment(states, latents, seconds, spans, sigmas, roles), clean.permute(0, 2, 3, 1).flatten(0, 2), weight.flatten(), scene.flatten(0, 2), covered.flatten(), told, known[:, None, None].expand(covered.shape).flatten().float()


def with_layout(state, model):
    """Weights of a transformer without the layout's channels, as the start of one with them"""
    state, fresh = dict(state), model.state_dict()
    for key in ('layout_in.weight', 'latent_out.weight', 'latent_out.bias'):
        old = state.get(key, torch.zeros(0, 0))
        if old.shape != fresh[key].shape:
            state[key] = torch.zeros_like(fresh[key])
            state[key][tuple(slice(n) for n in old.shape)] = old
    return state


def tokens_of(example):
    groups, _, h, w = example.latents.shape
    return len(example.states) + groups * h * w


class Batches:
    """What every step is trained on: a function of (seed, stage, step), whoever draws it.

    Examples come from shards, drawn once and used for `passes` passes. Of `workers` that share the steps, number `worker` draws its own
    shards for steps worker, worker + workers, ..."""

    def __init__(self, codec, text, mix, budget, count=768, passes=4, shares=None, seed=0, stage=0, worker=0, workers=1):
        self.draw = lambda number: shard(codec, text, mix, count, shares or {}, seed, stage, number, *([worker] if worker else []))
        self.budget, self.seed, self.stage, self.workers = budget, seed, stage, workers
        self.number, self.examples = 0, self.draw(0)
        self.per_shard = max(1, round(passes * sum(map(tokens_of, self.examples)) / budget))  # steps; the same on resuming

    def __getitem__(self, step):
        """-> inputs of `Transformer.predict` (lengths as a list), targets (see segment_of) by name"""
        number = step // self.workers // self.per_shard
        if number != self.number:
            self.number, self.examples = number, self.draw(number)
        rng, generator = np.random.default_rng([self.seed, self.stage, 5, step]), torch.Generator().manual_seed(self.seed + 7919 * self.stage + 1_000_003 * step)
        chosen, labels, filled = [], [], 0
        for i in rng.permutation(len(self.examples)):
            filled += tokens_of(self.examples[i])
            if filled > self.budget and chosen:
                break
            labels.append(self.examples[i].labels)
            chosen.append(segment_of(self.examples[i], rng, generator))
        packed = pack([c[0] for c in chosen])
        clean, weight, scene, covered = (torch.cat([c[part] for c in chosen]) for part in (1, 2, 3, 4))
        starts = torch.tensor([0, *packed['lengths'][:-1]]).cumsum(0)
        return packed, dict(clean=clean, weight=weight, scene=scene, covered=covered, starts=starts, known=torch.cat([c[6] for c in chosen]),
                            labels=torch.tensor(labels), told=torch.tensor([float(c[5]) for c in chosen]))


def make_batches(codec_config, codec_state, settings, worker=0, workers=1):
    """Batches of a process of its own, from what can be sent there."""
    codec = Codec(**codec_config)
    codec.load_state_dict(to_tensors(codec_state))
    return Batches(codec.eval().requires_grad_(False), open_encoder(), **settings, worker=worker, workers=workers)


def train(folder, name, codec, mix, length, lr, budget, start=None, count=768, passes=4, shares=None, seed=0, sizes=None, decay_from=0.55,
          device='cpu', workers=0, bucketed=False):
    """One stage. budget: tokens a step; start: checkpoint of an earlier stage; workers: processes that draw clips (0: this one does, between
    the steps); bucketed: on a CPU, attention as on a GPU. -> the averaged model"""
    folder, device = pathlib.Path(folder), torch.device(device)
    torch.manual_seed(seed)
    model = Transformer(**(sizes or {})).to(device)
    average = copy.deepcopy(model).requires_grad_(False)
    probe = Probe(model.width, label_counts(mix)).to(device)
    made = optimizers(model, lr)
    made[1].add_param_group(dict(params=list(probe.parameters()), weight_decay=0.01))
    run = Run(folder, name, length, dict(model=model, average=average, probe=probe), made)
    if start and run.step == 0:
        state = torch.load(start, weights_only=True, map_location='cpu')
        weights = with_layout(state['average'], model)
        model.load_state_dict(weights)
        average.load_state_dict(weights)
        if 'probe' in state and len(state['probe']['caption.bias']) == sum(probe.counts):  # a stage with other things starts a new one
            probe.load_state_dict(state['probe'])
    fast = bucket_attention if bucketed or device.type == 'cuda' else padded_attention
    fast.install(model)
    middle = []
    model.blocks[len(model.blocks) // 2 - 1].register_forward_hook(lambda block, inputs, output: middle.append(output))
    settings = dict(mix=mix, budget=budget, count=count, passes=passes, shares=shares, seed=seed, stage=sum(name.encode()))
    if workers:
        make = functools.partial(make_batches, codec.config, to_arrays(codec.state_dict()), settings)
        batches = DrawnAhead(make, workers, run.step)
    else:
        batches = Batches(codec, open_encoder(), **settings)
    try:
        steps(run, model, average, probe, middle, batches, fast.buckets, device, lambda progress: lr * rate(progress, run.step, 60, decay_from))
    finally:
        if workers:
            batches.close()
    return average


def steps(run, model, average, probe, middle, batches, buckets, device, learning_rate):
    """The steps of a stage from where `run` is to its end. middle: takes the hidden state halfway, put there by a hook"""
    losses, probes = [], []
    progress = run.tick()
    while progress < 1:
        packed, target = batches[run.step]
        lengths = packed.pop('lengths')
        tokens, plan = sum(lengths), buckets(lengths, device)
        packed, target = ({key: value.to(device, non_blocking=True) for key, value in part.items()} for part in (packed, target))
        run.learning_rate(learning_rate(progress))
        with torch.autocast(device.type, torch.bfloat16):
            predicted = model.predict(**packed, lengths=plan).float()
        guess = probe.loss(middle.pop(), packed['visual'], *(target[part] for part in ('starts', 'scene', 'covered', 'labels', 'told')))
        square = (predicted - target['clean']).pow(2)
        error = (square[:, :-LAYOUT].sum(1) + target['known'] * LAYOUT_WEIGHT * square[:, -LAYOUT:].sum(1)) / square.shape[1]
        loss = (target['weight'] * error).sum() / (target['weight'] > 0).sum()
        for optimizer in run.optimizers:
            optimizer.zero_grad(set_to_none=True)
        (loss + PROBE_WEIGHT * guess).backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        if not math.isfinite(norm):
            raise ArithmeticError(f'step {run.step}: expected finite gradients, found norm {norm}; resume with a smaller learning rate')
        for optimizer in run.optimizers:
            optimizer.step()
        run.step, run.samples = run.step + 1, run.samples + len(target['labels'])
        decay = min(0.998, (1 + run.step) / (10 + run.step))
        with torch.no_grad():
            for a, b in zip(average.parameters(), model.parameters()):
                a.lerp_(b, 1 - decay)
        losses.append(loss.item())
        probes.append(guess.item())
        progress = run.tick()
        if run.due():
            run.log(loss=round(float(np.mean(losses)), 4), probe=round(float(np.mean(probes)), 4), norm=round(float(norm), 2), tokens=tokens, progress=round(progress, 3))
            losses, probes = [], []
        run.save(120)
    run.save()
