"""Training examples: clips of the world as latents, cut into shards that are a function of (seed, stage, shard number).

A shard is drawn and encoded once and used for a few passes with fresh noise each time: drawing, the codec and the text encoder
cost about as much as the training step itself.
"""
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from .codec import LAYOUT
from .packing import clip_times
from .train_codec import to_float
from .world import CAMERAS, COLOUR_NAMES, COLOURS, MOTIONS, NAMES, PLACES, THINGS, Clip, Mix

ENCODE_BATCH = 16


@dataclass
class Example:
    caption: str
    latents: torch.Tensor  # [groups, channels, h, w]
    weight: torch.Tensor  # [groups, h, w], how much of a cell the things cover, 0..1
    scene: torch.Tensor  # [groups, h, w, SCENE], see scene_of
    labels: list  # index of shape, colour, motion, place and camera
    seconds: list
    spans: list
    last_frame: torch.Tensor = None  # [1, channels, h, w], the last frame encoded alone
    fps: int = 8
    sparse: bool = False  # key frames: every latent is a single frame
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


def layout_of(tracks, h, w):
    """Where things are, as channels of the latents [groups, LAYOUT, h, w], every cell knowing it: the first thing's centre from here (x, y in
    units of 4 / 1.5 cells), its size, whether it is seen, its velocity; then the second thing's centre, size and whether it is seen.

    The transformer denoises them with the picture: a few numbers, told by every cell, are settled long before the picture is, which
    then agrees on them. After VideoJAM (arXiv:2502.02492), which does so with optical flow. tracks [things, 1 + 4k frames, 4]"""
    speed = np.gradient(tracks[0, :, :2], axis=0) if tracks.shape[1] > 1 else np.zeros((1, 2))
    rows = np.concatenate([tracks[0], speed, tracks[1] if len(tracks) > 1 else np.zeros_like(tracks[0])], 1)  # [frames, 10]
    rows = by_group(torch.from_numpy(rows.astype(np.float32))).mean(1).T[:, :, None, None]
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


def shard(codec, text, mix, count, sparse_share, *seed):
    """-> list of Examples"""
    clips = [Clip(mix, *seed, i) for i in range(count)]
    rng = np.random.default_rng([*seed, 10_007])
    examples, jobs = [], []  # jobs: (example, attribute, first row or None)
    videos, layouts = [], []
    for clip in clips:
        if clip.frames > 1 and rng.random() < sparse_share:
            step = 4 * int(rng.integers(1, max(2, (clip.frames - 1) // 4)))
            chosen = list(range(0, clip.frames, step))
            cells = F.avg_pool2d(torch.from_numpy(clip.cover[chosen])[:, None], 8)[:, 0]
            scene = torch.cat([scene_of(clip.cover[f:f + 1], clip.tracks[0, f:f + 1]) for f in chosen])
            example = Example(clip.caption, None, cells, scene, labels_of(clip.spec), [(f + 0.5) / clip.fps for f in chosen], [1 / clip.fps] * len(chosen), fps=clip.fps, sparse=True)
            videos += [clip.video[f:f + 1] for f in chosen]
            layouts.append(torch.cat([layout_of(clip.tracks[:, f:f + 1], *cells.shape[1:]) for f in chosen]))
            jobs.append((example, 'keys', len(chosen)))
        else:
            groups = 1 + (clip.frames - 1) // 4
            example = Example(clip.caption, None, cell_cover(clip.cover), scene_of(clip.cover, clip.tracks[0]), labels_of(clip.spec), *clip_times(groups, clip.fps), fps=clip.fps)
            videos.append(clip.video)
            layouts.append(layout_of(clip.tracks, *example.weight.shape[1:]))
            jobs.append((example, 'clip', 1))
            if clip.frames > 1 and rng.random() < 0.25:
                videos.append(clip.video[-1:])
                jobs.append((example, 'last', 1))
    latents = iter(encode_all(codec, videos))
    for example, kind, rows in jobs:
        if kind == 'keys':
            example.latents = torch.cat([next(latents) for _ in range(rows)])
        elif kind == 'clip':
            example.latents = next(latents)
        else:
            example.last_frame = next(latents)
        if kind != 'last':
            examples.append(example)
    for example, layout in zip(examples, layouts):
        example.latents[:, -LAYOUT:] = layout
    for example, states in zip(examples, text.all_states([example.caption for example in examples])):
        example.states = torch.from_numpy(states).half()
    return examples
