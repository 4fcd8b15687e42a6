"""Training examples: clips of the world as latents, cut into shards that are a function of (seed, stage, shard number).

A shard is drawn and encoded once and used for a few passes with fresh noise each time: drawing, the codec and the text encoder
cost about as much as the training step itself. Captions come back, so their states are kept.
"""
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from .packing import clip_times
from .train_codec import to_float
from .world import Clip

ENCODE_BATCH = 16


@dataclass
class Example:
    caption: str
    latents: torch.Tensor  # [groups, channels, h, w]
    weight: torch.Tensor  # [groups, h, w], how much of a cell the thing covers, 0..1
    seconds: list
    spans: list
    last_frame: torch.Tensor = None  # [1, channels, h, w], the last frame encoded alone
    fps: int = 8
    sparse: bool = False  # key frames: every latent is a single frame


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


def shard(codec, mix, count, sparse_share, *seed):
    """-> list of Examples"""
    clips = [Clip(mix, *seed, i) for i in range(count)]
    rng = np.random.default_rng([*seed, 10_007])
    examples, jobs = [], []  # jobs: (example, attribute, first row or None)
    videos = []
    for clip in clips:
        if clip.frames > 1 and rng.random() < sparse_share:
            step = 4 * int(rng.integers(1, max(2, (clip.frames - 1) // 4)))
            chosen = list(range(0, clip.frames, step))
            cells = F.avg_pool2d(torch.from_numpy(clip.cover[chosen])[:, None], 8)[:, 0]
            example = Example(clip.caption, None, cells, [(f + 0.5) / clip.fps for f in chosen], [1 / clip.fps] * len(chosen), fps=clip.fps, sparse=True)
            videos += [clip.video[f:f + 1] for f in chosen]
            jobs.append((example, 'keys', len(chosen)))
        else:
            groups = 1 + (clip.frames - 1) // 4
            example = Example(clip.caption, None, cell_cover(clip.cover), *clip_times(groups, clip.fps), fps=clip.fps)
            videos.append(clip.video)
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
    return examples
