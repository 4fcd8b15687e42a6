"""Training examples: clips of the world as latents, cut into shards that are a function of (seed, stage, shard number).

A shard is drawn and encoded once and used for a few passes with fresh noise each time: drawing, the codec and the text encoder
cost about as much as the training step itself.
"""
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F

from .codec import LAYOUT
from .packing import clip_times
from .train_codec import to_float
from .ways import Way
from .world import ALONE, CAMERAS, COLOUR_NAMES, COLOURS, MOTIONS, NAMES, PLACES, THINGS, Clip, Mix

ENCODE_BATCH = 16
PASSING = (*ALONE, 'left', 'right', 'up', 'down', 'orbit', 'spin')


@dataclass
class Example:
    caption: str
    latents: torch.Tensor  # [groups, channels, h, w]
    weight: torch.Tensor  # [groups, h, w], how much of a cell the things cover, 0..1
    scene: torch.Tensor  # [groups, h, w, SCENE], see scene_of
    labels: list  # index of shape, colour, motion, place and camera
    seconds: list
    spans: list
    kind: str = 'run'  # what the latents are, see runs_of
    still: torch.Tensor = None  # [1, channels, h, w], a frame encoded alone, or the one with which a following run begins
    still_seconds: float = 0.0
    boundary: int = 0  # latents of the first run, where another follows
    leading: int = 0  # of them known, where it is said
    fps: int = 8
    states: torch.Tensor = None  # [text tokens, 384], float16


SCENE = 20  # numbers of scene_of a cell


def labels_of(spec):
    return [list(NAMES).index(spec.shape), COLOUR_NAMES.index(spec.colour), list(MOTIONS).index(spec.motion), PLACES.index(spec.place), list(CAMERAS).index(spec.camera)]


def label_counts(mix):
    """Numbers of classes of labels_of; things and colours of level C count only where the mix has them."""
    things, colours = (NAMES, COLOUR_NAMES) if mix.emoji else (THINGS, COLOURS)
    return len(things), len(colours), len(MOTIONS), len(PLACES), len(CAMERAS)


LABELS = label_counts(Mix())


def by_group(frames):
    """[1 + 4k, ...] -> [1 + k, 4, ...], the first frame repeated"""
    return torch.cat([frames[:1]] * 3 + [frames]).unflatten(0, (-1, 4))


def away(x, y, h, w):
    """From every cell to a centre at (x, y) pixels [groups, 1, 1]: x and y in units of four cells, cut off at 2"""
    offset = lambda centre, cells: ((centre / 8 - cells - 0.5) / 4).clamp(-2, 2)
    return offset(x, torch.arange(w)), offset(y, torch.arange(h)[:, None])


def scene_of(cover, track):
    """What is where, for every cell of every group: coverage of its 2x2 parts in four frames, then where the first thing's
    centre is from here (x, y in units of four cells, cut off at 2), its size / 32 pixels and its visible share.
    cover [frames, height, width], track [frames, 4], frames = 1 + 4k -> [groups, h, w, SCENE]"""
    parts = by_group(F.avg_pool2d(torch.from_numpy(cover)[:, None], 4)[:, 0])  # [groups, 4, 2h, 2w]
    h, w = parts.shape[2] // 2, parts.shape[3] // 2
    parts = parts.reshape(-1, 4, h, 2, w, 2).permute(0, 2, 4, 1, 3, 5).reshape(-1, h, w, 16)
    x, y, size, share = by_group(torch.from_numpy(track)).mean(1).T[:, :, None, None]
    return torch.cat([parts, torch.stack([part.expand(-1, h, w) for part in (*away(x, y, h, w), size / 32, share)], -1)], -1)


def layout_of(tracks, h, w, run=slice(None)):
    """Where things are, as channels of the latents [groups, LAYOUT, h, w], every cell knowing it: the first thing's centre from here (x, y in
    units of 4 / 1.5 cells), its size, whether it is seen, its velocity; then the second thing's centre, size and whether it is seen.

    The transformer denoises them with the picture: a few numbers, told by every cell, are settled long before the picture is, which
    then agrees on them. After VideoJAM (arXiv:2502.02492), which does so with optical flow. tracks [things, frames, 4], run: the 1 + 4k of them that are meant"""
    speed = np.gradient(tracks[0, :, :2], axis=0) if tracks.shape[1] > 1 else np.zeros((1, 2))
    rows = np.concatenate([tracks[0], speed, tracks[1] if len(tracks) > 1 else np.zeros_like(tracks[0])], 1)  # [frames, 10]
    rows = by_group(torch.from_numpy(rows[run].astype(np.float32))).mean(1).T[:, :, None, None]
    parts = []
    for x, y, size, share in (rows[:4], rows[6:]):
        there = (size > 0).float()
        parts.append([*(offset * 1.5 * there for offset in away(x, y, h, w)), (size - 28) / 12 * there, 2 * share - 1])
    return torch.stack([part.expand(-1, h, w) for part in (*parts[0], *(rows[4:6] / 2), *parts[1])], 1)


def cell_cover(cover):
    """[frames, height, width] -> [groups, h, w]: the largest cover of a frame of the group"""
    cells = F.avg_pool2d(torch.from_numpy(cover)[:, None], 8)[:, 0]
    rest = cells[1:].reshape(-1, 4, *cells.shape[1:]).amax(1)
    return torch.cat([cells[:1], rest])


@torch.no_grad()
def encode_all(codec, videos):
    """Encodes clips of mixed sizes, equal ones together. -> list of latents [groups, channels, h, w]"""
    by_shape, out = defaultdict(list), [None] * len(videos)
    for i, video in enumerate(videos):
        by_shape[video.shape].append(i)
    for indices in by_shape.values():
        for start in range(0, len(indices), ENCODE_BATCH):
            chosen = indices[start:start + ENCODE_BATCH]
            for i, z in zip(chosen, codec.encode(to_float([videos[j] for j in chosen]))):
                out[i] = z
    return out


def runs_of(kind, frames, rng):
    """The runs of the codec, as lists of frames, that stand for a clip in a task of the time line.

    run: all of it. keys: single frames, evenly spaced. gaps: single frames, from each a latent of four frames to the next.
    following: a run, and another that begins with the first one's last frame.
    way: the same, where it is said what is known (ways.py).
    """
    if kind == 'keys':
        step = min(int(rng.choice([1, 2, 4, 8])), frames - 1)
        return [[f] for f in range(0, frames, step)[:9]]
    if kind == 'gaps':
        keys = range(0, frames - 1, 4)[:4]
        return [list(range(f, f + 5)) for f in keys] + [[keys[-1] + 4]]
    if kind == 'following':
        meeting = 4 * int(rng.integers(1, (frames - 1) // 4 + 1))
        return [list(range(meeting + 1)), list(range(meeting, frames))]
    return [list(range(frames))]


def clip_of(kind, mix, *seed):
    """The clip that a task is about"""
    if kind == 'way':
        return Way(mix, *seed)
    if kind == 'passing':  # what a window of a long clip sees
        return Clip(replace(mix, motions=PASSING, frames=(17, 25, 33), cameras=0.0, cuts=0.0), *seed, passing=True)
    if kind == 'gaps':
        return Clip(replace(mix, fps=(*mix.fps, *(16,) * len(mix.fps))), *seed)
    return Clip(mix, *seed)


def times_of(run, fps):
    """Centre and span in seconds of the latents of a run that begins at its first frame"""
    seconds, spans = clip_times(1 + (len(run) - 1) // 4, fps)
    return [run[0] / fps + t for t in seconds], spans


def example_of(kind, clip, rng):
    """-> an Example without latents and texts, its layout [groups, LAYOUT, h, w], and the runs to encode; with `still`, another one"""
    runs, fps, first = [list(range(clip.to + 1)), list(range(clip.to, clip.frames))] if kind == 'way' else runs_of(kind, clip.frames, rng), clip.fps, clip.tracks[0]
    cover = torch.cat([cell_cover(clip.cover[run]) for run in runs])
    scene = torch.cat([scene_of(clip.cover[run], first[run]) for run in runs])
    layout = torch.cat([layout_of(clip.tracks, *cover.shape[1:], run) for run in runs])
    times = [times_of(run, fps) for run in runs]
    example = Example(clip.caption, None, cover, scene, labels_of(clip.spec), [t for part in times for t in part[0]], [t for part in times for t in part[1]], kind, fps=fps)
    if kind in ('following', 'way'):
        example.leading = clip.leading if kind == 'way' else 0
        example.boundary = 1 + (len(runs[0]) - 1) // 4
        example.still_seconds = (runs[1][0] + 0.5) / fps
    elif kind == 'run' and clip.frames > 1 and rng.random() < 0.25:  # a single frame beside the latent that holds it
        at = clip.frames - 1 if rng.random() < 0.7 else int(rng.integers(clip.frames))
        example.still_seconds = (at + 0.5) / fps
        runs.append([at])
    return example, layout, runs


def take_still(example):
    """Moves the first latent of the following run aside: the frame it stands for is also the last one of the run before."""
    at = example.boundary
    example.still = example.latents[at:at + 1].clone()
    for name in ('latents', 'weight', 'scene'):
        value = getattr(example, name)
        setattr(example, name, torch.cat([value[:at], value[at + 1:]]))
    for values in (example.seconds, example.spans):
        del values[at]


def shard(codec, text, mix, count, shares, *seed):
    """shares: of the kinds of runs_of that are not plain runs. -> list of Examples"""
    rng = np.random.default_rng([*seed, 10_007])
    made = []
    for i in range(count):
        chosen, kinds = rng.random(), np.cumsum(list(shares.values()) or [0])
        kind = list(shares)[int((chosen >= kinds).sum())] if chosen < kinds[-1] else 'run'
        clip = clip_of(kind, mix, *seed, i)
        if clip.frames == 1:
            kind = 'run'
        made.append((clip, *example_of(kind, clip, rng)))
    latents = iter(encode_all(codec, [clip.video[run] for clip, _, _, runs in made for run in runs]))
    examples = []
    for _, example, layout, runs in made:
        parts = [next(latents) for _ in runs]
        if len(torch.cat(parts)) > len(layout):
            example.still = parts.pop()
        example.latents = torch.cat(parts)
        example.latents[:, -LAYOUT:] = layout
        if example.boundary:
            take_still(example)
        examples.append(example)
    for example, states in zip(examples, text.all_states([example.caption for example in examples])):
        example.states = torch.from_numpy(states).half()
    return examples
