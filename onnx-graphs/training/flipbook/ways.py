"""Ways from one known piece of a clip to another, as they are asked for by loops, connections and cross-overs.

Where the thing can get from its end to the later beginning by moving at another speed, it does: its clock runs slower or faster on the way.
Where it cannot, and between two scenes, one picture goes over into the other while both move on.
"""
from dataclasses import replace

import numpy as np

from .world import ALONE, ORBIT_SECONDS, PIXELS_PER_SECOND, SPEEDS, SPIN_DEGREES_PER_SECOND, Clip, draw, turn

MOTIONS = (*ALONE, 'left', 'right', 'orbit', 'spin')
LEADING, BETWEEN, FOLLOWING = 3, 4, 2  # most latents
SLOWEST, FASTEST = 0.4, 2.5  # share of its own speed at which a thing moves on the way
OTHER_SCENE = 0.35
MOST_CELLS = 200  # of a frame: a way takes three latents and more


def period(spec, size, width, height):
    """Seconds after which a thing that passes again and again is as it was; None = it never changes"""
    factor = SPEEDS[spec.speed][0]
    pixels = {'left': width, 'right': width, 'up': height, 'down': height}.get(spec.motion)
    if pixels:
        return turn(pixels, size) / (PIXELS_PER_SECOND * factor)
    return {'bounce': 1 / factor, 'orbit': ORBIT_SECONDS / factor, 'spin': 360 / SPIN_DEGREES_PER_SECOND / factor}.get(spec.motion)


def share_of(frames, from_, to):
    """[frames]: how far frame `to` has been reached on the way from frame `from_`, 0 to 1"""
    return ((np.arange(frames) - from_) / (to - from_)).clip(0, 1)


class Way:
    """A clip whose frames up to `from_` and from `to` on are known, and a way between; else it has the members of a Clip. leading: latents known before; over: whether one picture goes over into another."""

    def __init__(self, mix, *seed):
        rng = np.random.default_rng([*seed, 20_011])
        mix = replace(mix, sizes=tuple(size for size in mix.sizes if size[0] * size[1] // 64 <= MOST_CELLS), motions=MOTIONS, frames=(33,), cameras=0.0, others=0.0, cuts=0.0)
        one = Clip(mix, *seed, drawn=False)
        most = max(3, mix.cells * 64 // (one.width * one.height))
        self.leading, between, following = int(rng.integers(1, LEADING + 1)), int(rng.integers(1, BETWEEN + 1)), int(rng.integers(1, FOLLOWING + 1))
        while self.leading + between + following > most:
            self.leading, between, following = (max(1, n - 1) for n in (self.leading, between, following))
        self.from_ = 4 * (self.leading - 1)
        self.to = self.from_ + 4 * between
        self.frames, self.fps, self.caption, self.spec = self.to + 4 * (following - 1) + 1, one.fps, one.caption, one.spec
        drawn = lambda clip, times, number: draw(clip.spec, clip.sizes, one.width, one.height, times, np.random.default_rng([*seed, number]), mix.grid, clip.density, True)
        times = np.arange(self.frames) / self.fps
        other, later = None, None  # what is gone over into, its times
        if rng.random() < OTHER_SCENE:
            other, later = Clip(mix, *seed, 1, width=one.width, height=one.height, drawn=False), times
            self.caption = other.caption if rng.random() < 0.3 else self.caption
        else:
            every, way = period(one.spec, one.sizes[0], one.width, one.height), (self.to - self.from_) / self.fps
            if every:
                step = 4 / self.fps  # seconds of a latent: what is known on either side lies where a clip would have it
                on = step * int(rng.integers(round(every / step)))  # how much later it is to be there
                on += every * max(0, np.ceil((SLOWEST * way - on) / every))
                if on <= FASTEST * way:
                    times = np.where(np.arange(self.frames) < self.to, np.minimum(times, times[self.from_]) + on * share_of(self.frames, self.from_, self.to), times - times[self.to] + times[self.from_] + on)
                else:
                    other, later = one, times - way + on
        video, cover, tracks = drawn(one, times, 1)
        self.over = other is not None
        if self.over:
            second, again = drawn(other, later, 1 if other is one else 2), share_of(self.frames, self.from_, self.to)[:, None, None]
            video = ((1 - again[..., None]) * video + again[..., None] * second[0] + 0.5).astype(np.uint8)
            cover = np.maximum(cover * (again < 1), second[1] * (again > 0))
            tracks = np.where(again[:, 0] < 0.5, tracks, second[2])
        self.video, self.cover, self.tracks = video, cover, tracks
