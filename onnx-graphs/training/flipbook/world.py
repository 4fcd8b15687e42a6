"""The world the model learns: one to three things in named colours that move over a few places under a camera, with captions.

Everything is a function of a seed: `Clip(mix, *seed)` draws a Spec, a caption and the frames. The parts are few and meant to be
combined; one combination in nine is held out of training (`held_out`). Levels of things: A flat shapes, B sprites (sprites.py),
C emoji in their own colours or in a named one (emoji.py).

What makes it learnable by a small network on a CPU: positions start on the codec's 8-pixel grid, things and cameras move by two
pixels a frame (one latent cell per group of four frames at 8 fps), horizons lie on the grid, textures repeat from cell to cell,
rain and snowfall fall by one cell a group.
"""
import zlib
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from .emoji import EMOJI, OWN, colours_of
from .sprites import COLOURS, ROUND, SHAPES, SPRITES, UPRIGHT, sprite

CELL = 8
THINGS = {**SHAPES, **SPRITES}  # levels A and B
NAMES = {**THINGS, **{name: emoji.words for name, emoji in EMOJI.items()}}
COLOUR_NAMES = (*COLOURS, OWN)
OWN_SHARE = 0.5  # of the emoji
CLEAREST = 24  # pixels that an emoji takes to be told from the others, where they fit
MOTIONS = {
    'left': ('moves left', 'moves to the left', 'slides left', 'drifts to the left', 'flies left'),
    'right': ('moves right', 'moves to the right', 'slides right', 'drifts to the right', 'flies right'),
    'up': ('rises', 'moves up', 'goes upwards', 'floats up', 'flies up'),
    'down': ('falls', 'moves down', 'goes downwards', 'sinks', 'drops'),
    'bounce': ('bounces', 'bounces up and down', 'jumps', 'bounces', 'hops'),
    'still': ('stays still', 'rests', 'does not move', 'stands still', 'hangs motionless'),
    'grow': ('grows', 'gets bigger', 'becomes larger'),
    'shrink': ('shrinks', 'gets smaller', 'becomes smaller'),
    'orbit': ('moves in a circle', 'flies in circles', 'circles around'),
    'spin': ('spins', 'turns around itself', 'rotates'),
    'appear': ('appears', 'suddenly appears', 'pops up'),
    'away': ('leaves the picture and comes back', 'goes away and comes back', 'disappears at the side and returns'),
    'follow': ('follows', 'goes after', 'chases'),
    'behind': ('passes behind', 'moves behind', 'goes past behind')}
ALONE = ('left', 'right', 'up', 'down', 'bounce', 'still')  # motions that two things may have side by side
TIMES = {  # colours of the sky, top and horizon; tint of the ground
    'day': ((90, 170, 245), (190, 225, 250), (1, 1, 1)),
    'night': ((8, 10, 40), (35, 35, 90), (.25, .3, .45)),
    'sunset': ((90, 50, 130), (250, 170, 130), (1, .72, .68))}
GROUNDS = {  # by day, at the horizon and at the lower edge; height of the texture
    'sea': ((40, 140, 175), (15, 90, 135), 9), 'meadow': ((150, 205, 95), (105, 175, 70), 7),
    'desert': ((235, 200, 130), (215, 170, 95), 6), 'snow': ((225, 235, 248), (195, 212, 235), 4),
    'city': ((120, 120, 125), (80, 80, 88), 3)}
PLAIN = {'white': (240, 240, 240), 'grey': (128, 128, 128), 'black': (12, 12, 12)}
PLACES = [(ground, time) for ground in ('sky', 'sea', 'meadow', 'desert', 'snow') for time in TIMES] \
    + [('plain', colour) for colour in PLAIN] + [('city', time) for time in TIMES]
PLACE_NAMES = {
    'sea': ('over the sea', 'over the ocean', 'above the sea', 'on the water', 'over the sea'),
    'meadow': ('over a green meadow', 'over the grass', 'over a field', 'on the meadow', 'over the meadow'),
    'desert': ('over the desert', 'over the sand', 'in the desert', 'above the dunes'),
    'snow': ('over the snow', 'in the snow', 'over a snowy field', 'above the snow'),
    'city': ('in the city', 'in front of the city', 'over the city', 'in a street', 'before tall houses')}
TIME_NAMES = {'day': ('', '', 'by day', 'in daylight'), 'night': ('at night', 'at night', 'in the night'), 'sunset': ('at sunset', 'in the evening')}
SKY_NAMES = {
    'day': ('in the sky', 'in a blue sky', 'against a clear sky', 'in the sky by day'),
    'night': ('in the night sky', 'in a starry sky', 'in the sky at night', 'among the stars'),
    'sunset': ('in the evening sky', 'in the sky at sunset', 'against a sunset sky', 'in an orange sky')}
PLAIN_NAMES = ('on a {} background', 'on a plain {} background', 'in front of a {} wall')
WEATHERS = {'rain': ('in the rain', 'on a rainy day', 'while it rains'), 'snowfall': ('while snow falls', 'in falling snow', 'while it snows'),
            'fog': ('in the fog', 'in thick fog', 'in the mist')}
CAMERAS = {
    'static': ('static camera', 'the camera stays still', 'fixed camera'),
    'pan left': ('the camera pans left', 'camera pans to the left', 'pan left'), 'pan right': ('the camera pans right', 'camera pans to the right', 'pan right'),
    'tilt up': ('the camera tilts up', 'tilt up'), 'tilt down': ('the camera tilts down', 'tilt down'),
    'zoom in': ('the camera zooms in', 'zoom in', 'slow zoom in'), 'zoom out': ('the camera zooms out', 'zoom out', 'slow zoom out')}
CAMERA_SPEED = {'pan left': (-1, 0), 'pan right': (1, 0), 'tilt up': (0, -1), 'tilt down': (0, 1)}
PIXELS_PER_SECOND = 16  # speed of everything that moves: 2 pixels a frame at 8 fps
SPEEDS = {'slow': (0.5, ('slowly', 'slowly', 'gently')), '': (1, ('',)), 'fast': (2, ('quickly', 'fast'))}
ZOOM_PER_SECOND, LARGEST_ZOOM = 1.4, 1.8
SECONDS_AWAY = 1.5  # the shortest clip in which a thing can leave and return, or pass behind another
NARROWEST_BEHIND = 48  # pixels of the width in which more than half of a thing shows before and after it was behind another
ORBIT_SECONDS, SPIN_DEGREES_PER_SECOND = 2, 90


@dataclass(frozen=True)
class Thing:
    shape: str
    colour: str
    motion: str


@dataclass(frozen=True)
class Spec:
    shape: str
    colour: str
    motion: str
    place: tuple
    camera: str = 'static'
    others: tuple = ()  # of Thing; the first belongs to the motion `behind`, `follow` or (if there is one) `orbit`
    weather: str = ''
    speed: str = ''


def held_out(spec):
    """About one combination in nine, in a pattern that leaves every pair of parts in training."""
    parts = (list(NAMES).index(spec.shape), COLOUR_NAMES.index(spec.colour), list(MOTIONS).index(spec.motion), PLACES.index(spec.place))
    return sum(a * b for a, b in zip(parts, (2, 5, 4, 7))) % 9 == 1


def band_colours(place):
    """Four RGB colours: sky at the top and at the horizon, ground at the horizon and at the lower edge."""
    kind, variant = place
    if kind == 'plain':
        return np.array([PLAIN[variant]] * 4, np.float32)
    top, horizon, tint = (np.array(c, np.float32) for c in TIMES[variant])
    if kind == 'sky':
        return np.stack([top, horizon, horizon, horizon])
    near, far = (np.array(c, np.float32) * tint for c in GROUNDS[kind][:2])
    return np.stack([top, horizon, near, far])


def visible(spec):
    """Things must differ from both halves of their place, and from each other in colour (or in name, where they have their own colours)."""
    bands, things = band_colours(spec.place), [spec, *spec.others]
    distance = lambda band, thing: np.linalg.norm(band - (colours_of(thing.shape) if thing.colour == OWN else [COLOURS[thing.colour]]), axis=-1)
    clear = all((distance(bands[i:i + 2].mean(0), thing) >= 60).mean() > 0.6 for i in (0, 2) for thing in things)
    different = {thing.shape if thing.colour == OWN else thing.colour for thing in things}
    return clear and len(different) == len(things) and not (spec.motion == 'spin' and spec.shape in ROUND)


# ---- drawing --------------------------------------------------------------------------------------------------------------
def marks(image, y0, y1, density, rng, colour, rows, columns):
    """Adds small marks in the middle of some cells between the rows y0 and y1 of the image: stars, puffs, flowers, foam."""
    first, last = -(-y0 // CELL), y1 // CELL
    chosen = rng.random((max(0, last - first), image.shape[1] // CELL)) < density
    for row, column in zip(*np.nonzero(chosen)):
        y, x = (first + row) * CELL + 4 - rows // 2, column * CELL + 4 - columns // 2
        part = image[y:y + rows, x:x + columns]
        part += 0.75 * (np.array(colour, np.float32) - part)


def skyline(image, line, night, rng):
    """Houses of one to three cells on the horizon"""
    for column in range(0, image.shape[1], 2 * CELL):
        top = max(0, line - CELL * int(rng.integers(1, 4)))
        image[top:line, column:column + 2 * CELL] = np.array((45, 45, 60) if night else (100, 105, 120)) + 22 * int(rng.integers(0, 2))
        for y in range(top, line, CELL):
            for x in (column + 3, column + CELL + 3):
                image[y + 3:y + 6, x:x + 3] = (250, 220, 110) if night else (190, 215, 235)


def background(place, width, height, rng, extra=(0, 0, 0, 0), density=0.1):
    """[height, width, 3] float RGB of a frame, continued by `extra` pixels to the left, top, right and bottom."""
    kind, variant = place
    left, above, right, below = extra
    top, horizon, near, far = band_colours(place) + rng.uniform(-4, 4, 3).astype(np.float32)
    full_width, full_height = width + left + right, height + above + below
    y, x = np.arange(-above, height + below, dtype=np.float32)[:, None, None], np.arange(full_width, dtype=np.float32)[None, :, None]
    if kind == 'plain':
        return np.broadcast_to(top, (full_height, full_width, 3)).copy()
    line = height if kind == 'sky' else int(height // CELL * rng.choice((0.4, 0.6)) + 0.5) * CELL
    ramp = (y / max(line, 1)).clip(0, 1)
    image = np.broadcast_to(top * (1 - ramp) + horizon * ramp, (full_height, full_width, 3)).copy()
    edge = line + above  # of the ground, in rows of the image
    if kind != 'sky':
        ramp = ((y[edge:] - line) / (height - line)).clip(0, 1)
        strength = GROUNDS[kind][2] * TIMES[variant][2][1]
        wave = np.sin(2 * np.pi * y[edge:] / CELL + 1.2 * np.sin(2 * np.pi * x / (2 * CELL)))
        image[edge:] = near * (1 - ramp) + far * ramp + strength * wave
    else:
        edge = full_height
    if variant == 'night':
        marks(image, 0, edge - CELL, 0.15, rng, (200, 200, 215), 2, 2)
    elif density:
        marks(image, 0, edge - CELL, density, rng, (250, 245, 240), 3, 7)
    if kind == 'city':
        skyline(image, edge, variant == 'night', rng)
    elif density and kind != 'sky':
        colour = {'sea': (210, 230, 235), 'meadow': (240, 240, 120), 'desert': (140, 100, 70), 'snow': (120, 140, 175)}[kind]
        marks(image, edge, full_height, density, rng, np.array(colour) * TIMES[variant][2][1], 2, 5 if kind == 'sea' else 3)
    return image


def weather_over(frame, weather, row):
    """Rain and snowfall repeat from cell to cell and fall `row` pixels"""
    if weather == 'fog':
        frame += 0.45 * (np.array((190, 195, 200), np.float32) - frame)
    elif weather:
        y, x = (np.arange(frame.shape[0])[:, None] - row) % CELL, np.arange(frame.shape[1])[None, :]
        drop = (y < 4) & (x % (2 * CELL) == 4) if weather == 'rain' else (y < 2) & (x % CELL // 2 == 1) & (x // CELL % 2 == 0)
        frame[drop] += 0.6 * (np.array((200, 215, 235) if weather == 'rain' else (255, 255, 255), np.float32) - frame[drop])


def turn(length, size):
    """Pixels after which a thing that passes again and again is where it was: it leaves the frame wholly, then comes in"""
    return -(-(length + size) // CELL) * CELL


class Stage:
    """Size of the frame, clock and camera of a clip. passing: things that leave the frame come in again from the other side"""

    def __init__(self, spec, width, height, times, rng, grid, passing=False):
        self.width, self.height, self.frames, self.rng, self.grid, self.passing = width, height, len(times), rng, grid, passing
        self.t = times
        self.velocity = np.array(CAMERA_SPEED.get(spec.camera, (0, 0))) * PIXELS_PER_SECOND
        growth = np.minimum(ZOOM_PER_SECOND ** self.t, LARGEST_ZOOM)
        self.scale = growth if spec.camera == 'zoom in' else growth[::-1] if spec.camera == 'zoom out' else np.ones(len(times))

    def start(self, length, extent):
        """A grid position for a thing of this extent; where it does not fit, it sticks out on both sides."""
        free = length - extent
        return int(self.rng.integers(0, free // self.grid + 1)) * self.grid if free >= 0 else -int(-free / 2 / self.grid + 0.5) * self.grid

    def line(self, length, size, speed):
        """Positions [frames] of a thing that moves evenly along one axis, in the frame as long as it fits"""
        shift = np.rint(speed * self.t)
        if self.passing and speed:
            round_ = turn(length, size)
            return (int(self.rng.integers(0, round_ // CELL)) * CELL + shift) % round_ - size
        travel = int(abs(shift[-1]))
        return self.start(length, size + travel) + (shift if speed >= 0 else travel + shift)

    def straight(self, motion, size, factor):
        x, y = {'left': (-1, 0), 'right': (1, 0), 'up': (0, -1), 'down': (0, 1)}.get(motion, (0, 0))
        vx, vy = np.array((x, y)) * PIXELS_PER_SECOND * factor - self.velocity
        return self.line(self.width, size, vx), self.line(self.height, size, vy)

    def path(self, motion, size, factor=1):
        """-> top left corners x, y [frames] in pixels, sizes [frames], degrees [frames], seen [frames]"""
        t, rng = self.t, self.rng
        sizes, degrees, seen = np.full(self.frames, size), np.full(self.frames, UPRIGHT), np.ones(self.frames, bool)
        x, y = self.straight(motion, size, factor)
        if motion == 'bounce':
            u = (t * factor + rng.choice((0, 0.5))) % 1  # a bounce a second, from the floor or from the top
            y = self.start(self.height, size + 16) + 16 - 16 * 4 * u * (1 - u)
        elif motion in ('grow', 'shrink'):
            change = np.minimum(t * PIXELS_PER_SECOND * factor, size - 8 if motion == 'shrink' else 24)
            sizes = (size - change if motion == 'shrink' else size - 8 + change).astype(int)
            x, y = x + (size - sizes) / 2, y + (size - sizes) / 2
        elif motion == 'orbit':
            radius, angle = size / 2, 2 * np.pi * (t * factor / ORBIT_SECONDS + rng.integers(4) / 4)
            x, y = self.start(self.width, 2 * size) + radius * (1 + np.cos(angle)), self.start(self.height, 2 * size) + radius * (1 + np.sin(angle))
        elif motion == 'spin':
            degrees = (np.rint(t * SPIN_DEGREES_PER_SECOND * factor / 5) * 5).astype(int)
        elif motion == 'appear' and self.frames > 4:
            seen = np.arange(self.frames) >= 1 + 4 * int(rng.integers(0, (self.frames - 1) // 4))
            seen[-4:] = True
        elif motion == 'away':
            right = rng.random() < 0.5
            near = self.grid * int(rng.integers(0, 2))  # distance from the side that it leaves by
            way = np.minimum(t, t[-1] - t) / max(t[-1], 1e-9) / 0.42 * (near + size)
            x = self.width - size - near + np.minimum(way, near + size + CELL) if right else near - np.minimum(way, near + size + CELL)
        return np.rint(x).astype(int), np.rint(y).astype(int), sizes, degrees, seen

    def behind(self, size, other):
        """A thing crosses the frame behind a resting one: paths of both"""
        x, y = (self.width - other) // 2 // CELL * CELL, self.start(self.height, other)
        reach = min(self.width - size, 2 * (size + other) // 2 + CELL)
        way = self.t / max(self.t[-1], 1e-9) * reach + x + other / 2 - size / 2 - reach / 2
        first = list(self.path('still', size))
        first[0] = np.rint(way if self.rng.random() < 0.5 else way[::-1]).astype(int)
        first[1][:] = y + (other - size) // 2
        second = list(self.path('still', other))
        second[0][:], second[1][:] = x, y
        return first, second

    def following(self, size, other, motion, factor):
        """One thing runs after the other"""
        second = self.path(motion, other, factor)
        gap = (CELL + other) if motion == 'left' else -(CELL + size)
        first = (second[0] + gap, second[1] + (other - size), np.full(self.frames, size), *second[3:])
        shift = max(0, -int(first[0][0])) if motion == 'right' else -max(0, int(first[0][0]) + size - self.width)
        return (first[0] + shift, *first[1:]), (second[0] + shift, *second[1:])

    def around(self, size, other):
        """One thing circles around a resting one"""
        radius, phase = (size + other) / 2 + 2, self.rng.integers(4) / 4
        extent = int(2 * radius + size)
        angle = 2 * np.pi * (self.t / ORBIT_SECONDS + phase)
        cx, cy = self.start(self.width, extent) + extent / 2, self.start(self.height, extent) + extent / 2
        first, second = list(self.path('still', size)), list(self.path('still', other))
        first[0], first[1] = np.rint(cx + radius * np.cos(angle) - size / 2).astype(int), np.rint(cy + radius * np.sin(angle) - size / 2).astype(int)
        second[0][:], second[1][:] = int(cx - other / 2), int(cy - other / 2)
        return first, second

    def paths(self, spec, sizes):
        """Path of every thing, the captions' first thing first"""
        factor = SPEEDS[spec.speed][0]
        if spec.motion == 'behind':
            return self.behind(sizes[0], sizes[1])
        if spec.motion == 'follow':
            return self.following(sizes[0], sizes[1], spec.others[0].motion, factor)
        if spec.motion == 'orbit' and spec.others:
            return self.around(sizes[0], sizes[1])
        out = [self.path(spec.motion, sizes[0], factor)]
        for thing, size in zip(spec.others, sizes[1:]):
            tries = [self.path(thing.motion, size) for _ in range(12)]
            out.append(min(tries, key=lambda p: sum(overlap(p, other) for other in out)))
        return out


def overlap(a, b):
    """Mean common area of two paths' squares, in pixels"""
    width = np.minimum(a[0] + a[2], b[0] + b[2]) - np.maximum(a[0], b[0])
    height = np.minimum(a[1] + a[2], b[1] + b[2]) - np.maximum(a[1], b[1])
    return float((width.clip(0) * height.clip(0)).mean())


def paste(frame, cover, image, x, y):
    """Draws a sprite [n, n, 4] with its top left corner at (x, y); -> share of its area inside the frame"""
    n, (height, width) = len(image), cover.shape
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + n, width), min(y + n, height)
    if x1 <= x0 or y1 <= y0:
        return 0.0
    part = image[y0 - y:y1 - y, x0 - x:x1 - x]
    alpha = part[..., 3:]
    frame[y0:y1, x0:x1] += part[..., :3] - alpha * frame[y0:y1, x0:x1]
    cover[y0:y1, x0:x1] = np.maximum(cover[y0:y1, x0:x1], alpha[..., 0])
    return float(alpha.sum() / image[..., 3].sum())


def mirrored(motion, shape, spec, x):
    """Things look where they go. Sprites are drawn looking to the left; emoji say where they look. x [frames]: where it goes"""
    heading = spec.others[0].motion if motion == 'follow' else motion
    if shape in EMOJI:
        if motion == 'behind':
            heading = 'right' if x[-1] > x[0] else 'left'
        return heading in ('left', 'right') and EMOJI[shape].facing not in ('front', heading)
    return shape in SPRITES and heading == 'right'


def draw(spec, sizes, width, height, times, rng, grid=CELL, density=0.1, passing=False):
    """times [frames]: seconds -> frames uint8 [frames, height, width, 3], coverage of the things float [frames, height, width], and the tracks: centre x,
    centre y and size in pixels and the visible share of every thing, [things, frames, 4]"""
    frames, stage = len(times), Stage(spec, width, height, times, rng, grid, passing)
    shift = np.rint(stage.velocity[:, None] * stage.t).astype(int)
    extra = [max(0, -int(shift[0, -1])), max(0, -int(shift[1, -1])), max(0, int(shift[0, -1])), max(0, int(shift[1, -1]))]
    extra = [-(-e // CELL) * CELL for e in extra]
    still = background(spec.place, width, height, rng, extra, density)
    things = [Thing(spec.shape, spec.colour, spec.motion), *spec.others]
    paths = stage.paths(spec, sizes)
    flipped = [mirrored(t.motion, t.shape, spec, path[0]) for t, path in zip(things, paths)]
    video, cover, tracks = np.empty((frames, height, width, 3), np.uint8), np.zeros((frames, height, width), np.float32), np.zeros((len(things), frames, 4), np.float32)
    for i in range(frames):
        s = float(stage.scale[i])
        ox, oy = extra[0] + shift[0, i], extra[1] + shift[1, i]
        frame = still[oy:oy + height, ox:ox + width].copy() if s == 1 else zoomed(still, s)
        for j in reversed(range(len(things))) if spec.motion != 'behind' else range(len(things)):
            x, y, n, degrees, seen = (int(part[i]) for part in paths[j])
            if s != 1:
                cx, cy = ((x + n / 2 - width / 2) * s + width / 2, (y + n / 2 - height / 2) * s + height / 2)
                n = int(round(n * s))
                x, y = int(round(cx - n / 2)), int(round(cy - n / 2))
            share = paste(frame, cover[i], sprite(things[j].shape, n, things[j].colour, degrees, flipped[j]), x, y) if seen else 0.0
            tracks[j, i] = x + n / 2, y + n / 2, n, share
        weather_over(frame, spec.weather, int(PIXELS_PER_SECOND * times[i]))
        video[i] = (frame + 0.5).clip(0, 255)
    if spec.motion == 'behind':
        hide(tracks)
    return video, cover, tracks


def hide(tracks):
    """Lowers the visible share of the first thing by what the second, in front of it, covers (as squares)."""
    a, b = tracks[0], tracks[1]
    width = np.minimum(a[:, 0] + a[:, 2] / 2, b[:, 0] + b[:, 2] / 2) - np.maximum(a[:, 0] - a[:, 2] / 2, b[:, 0] - b[:, 2] / 2)
    a[:, 3] *= 1 - width.clip(0) / a[:, 2]


def zoomed(image, scale):
    """The middle of the image, enlarged to the image's size"""
    height, width = image.shape[:2]
    w, h = width / scale, height / scale
    frame = Image.fromarray((image + 0.5).clip(0, 255).astype(np.uint8))
    corner = ((width - w) / 2, (height - h) / 2)
    return np.asarray(frame.resize((width, height), Image.Resampling.BILINEAR, (*corner, corner[0] + w, corner[1] + h))).astype(np.float32)


# ---- words ----------------------------------------------------------------------------------------------------------------
def article(words):
    return ('an ' if words[0] in 'aeiou' and not words.startswith('uni') else 'a ') + words


def caption(spec, size_word, image, rng, plain=False):
    """A caption of the scene, short or descriptive; `image` leaves the motion out, `plain` always names everything in the short form."""
    pick = lambda words: words[int(rng.integers(len(words)))]

    def named(shape, colour, word=''):
        colour = 'violet' if colour == 'purple' and rng.random() < 0.3 else colour
        return ' '.join(filter(None, (word, '' if colour == OWN else colour, pick(NAMES[shape]))))

    kind, time = spec.place
    if kind == 'sky':
        place = pick(SKY_NAMES[time])
    elif kind == 'plain':
        place = pick(PLAIN_NAMES).format(time)
    else:
        place = ' '.join(filter(None, (pick(PLACE_NAMES[kind]), pick(TIME_NAMES[time]))))
    if spec.weather:
        place += ' ' + pick(WEATHERS[spec.weather])
    thing = named(spec.shape, spec.colour, size_word)
    act = ' '.join(filter(None, (pick(MOTIONS[spec.motion]), pick(SPEEDS[spec.speed][1]))))
    others = [(named(o.shape, o.colour), pick(MOTIONS[o.motion])) for o in spec.others]
    if spec.motion in ('behind', 'follow') or (spec.motion == 'orbit' and others):
        verb = 'circles around' if spec.motion == 'orbit' else pick(MOTIONS[spec.motion])
        act = f'{verb} {article(others[0][0])}'
        if spec.motion == 'follow':
            act += ' to the ' + spec.others[0].motion
        others = []
    tail = ''
    if spec.camera != 'static' or (not plain and not image and rng.random() < 0.06):
        tail = ', ' + pick(CAMERAS[spec.camera])
        if spec.motion == 'still' and rng.random() < 0.7:
            act = ''
    if image:
        things = ' and '.join(article(t) for t in (thing, *(o for o, _ in others)))
        if spec.motion in ('behind', 'follow', 'orbit') and spec.others:
            things = f'{article(thing)} and {article(named(spec.others[0].shape, spec.others[0].colour))}'
        return f'{things} {place}' if rng.random() < 0.6 else f'{pick(("an image of", "a picture of"))} {things} {place}'
    scene = ' and '.join(' '.join(filter(None, (article(t), a))) for t, a in ((thing, act), *others))
    form = rng.random() * (0.72 if plain else 1)
    if form < 0.55 or (others and form < 0.72):
        text = f'{scene} {place}'
    elif form < 0.64:
        text = f'{thing} {act} {place}'
    elif form < 0.72:
        text = f'{place}, {scene}'
    elif form < 0.80:
        text = f'{pick(("a video of", "an animation of"))} {article(thing)} {"that " if act else ""}{act}'.strip() + ''.join(f' and {article(o)} that {a}' for o, a in others) + f' {place}'
    elif form < 0.93:
        style = ('emoji style', 'a cartoon of emoji', 'drawn with emoji', 'emoji style') if spec.shape in EMOJI else \
            ('flat colours, simple shapes', 'a simple cartoon in flat colours', 'drawn in flat colours', 'plain and simple style')
        text = pick((f'{place}. {scene}. {style[0]}', f'{style[1]}: {scene} {place}',
                     f'{scene}. the scene is {place}, {style[2]}', f'a short clip, {scene}, {place}, {style[3]}'))
    else:
        text = scene if form < 0.97 else f'{article(thing)} {place}'
    return ' '.join(text.split()) + tail


# ---- one clip -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Mix:
    """What a stage of training draws from. Shares are of all clips."""
    sizes: tuple = ((32, 32),)  # (width, height)
    frames: tuple = (1,)
    fps: tuple = (8,)
    motions: tuple = ('left', 'right', 'up', 'down', 'bounce', 'still')
    grid: int = CELL
    hold_out: bool = True
    smallest: float = 0.25  # size of the thing over the frame's shorter side
    sprites: float = 0.0  # of the things: level B instead of A
    emoji: float = 0.0  # of the things: level C
    cameras: float = 0.0  # a camera that moves
    others: float = 0.0  # a second, sometimes a third thing
    weather: float = 0.0
    speeds: float = 0.0  # slow or fast
    cuts: float = 0.0  # a second scene in the second half
    marks: float = 0.5  # share of places with small marks all over
    cells: int = 1200  # most latent cells of a clip: larger frames get shorter clips


class Clip:
    """One clip of a mix. video uint8 [frames, height, width, 3], cover float [frames, height, width], tracks (see draw), caption, spec, fps.
    drawn=False: caption and spec alone. passing: see Stage."""

    def __init__(self, mix, *seed, spec=None, width=None, height=None, frames=None, fps=None, plain=False, drawn=True, passing=False):
        rng = np.random.default_rng(seed)
        pick = lambda items: items[int(rng.integers(len(items)))]
        if width is None:
            width, height = pick(mix.sizes)
        self.frames, self.fps = frames or pick(mix.frames), fps or pick(mix.fps)
        while not frames and self.frames > 1 and (1 + (self.frames - 1) // 4) * width * height > mix.cells * CELL * CELL:
            self.frames -= 4
        self.spec = spec or self.choose(mix, width, pick, rng)
        self.sizes, word = self.measure(mix, min(width, height), pick, rng, 1 + len(self.spec.others))
        density = 0.12 if self.spec.camera != 'static' or rng.random() < mix.marks else 0.0
        image = self.frames == 1 and rng.random() < 0.8
        self.caption = caption(self.spec, word if rng.random() < 0.4 else '', image, rng, plain)
        cut = self.frames >= 9 and rng.random() < mix.cuts and not self.spec.others
        first = 1 + (self.frames - 1) // 4 // 2 * 4 if cut else self.frames  # frames before the cut: whole groups
        self.width, self.height, self.density, clock = width, height, density, np.arange(self.frames) / self.fps
        parts = [draw(self.spec, self.sizes, width, height, clock[:first], rng, mix.grid, density, passing)] if drawn else []
        if cut:
            second = self.choose(replace(mix, others=0.0, motions=ALONE), width, pick, rng)
            self.caption += f', {pick(("cut to", "then cut to"))} {caption(second, "", False, rng, True)}'
            if drawn:
                parts.append(draw(second, self.sizes[:1], width, height, clock[:self.frames - first], rng, mix.grid, density))
        if drawn:
            self.video, self.cover, self.tracks = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]), np.concatenate([p[2] for p in parts], 1)

    def choose(self, mix, width, pick, rng):
        spec, seconds = None, (self.frames - 1) / self.fps
        fits = lambda motion: motion not in ('away', 'behind') or (seconds >= SECONDS_AWAY and (motion == 'away' or width >= NARROWEST_BEHIND))
        if not any(map(fits, mix.motions)):
            raise ValueError(f'motions: expected one for {seconds} s in {width} pixels, found {mix.motions}; make the clip {SECONDS_AWAY} s long and '
                             f'{NARROWEST_BEHIND} pixels wide')

        def named():
            level = rng.random()
            shape = pick(list(EMOJI if level < mix.emoji else SPRITES if level < mix.emoji + mix.sprites else SHAPES))
            return shape, OWN if shape in EMOJI and rng.random() < OWN_SHARE else pick(list(COLOURS))

        while spec is None or not visible(spec) or (mix.hold_out and held_out(spec)):
            motion, camera, others, speed = pick(mix.motions), 'static', (), ''
            if not fits(motion):
                continue
            place = pick(PLACES)
            if rng.random() < mix.cameras and place[0] != 'plain':
                camera, motion = pick(list(CAMERAS)[1:]), 'still'
            if motion == 'behind':
                others = (Thing(pick(('square', 'square', 'ball', 'heart')), pick(list(COLOURS)), 'still'),)
            elif motion == 'follow':
                others = (Thing(*named(), pick(('left', 'right'))),)
            elif motion == 'orbit' and rng.random() < 0.3:
                others = (Thing(*named(), 'still'),)
            elif rng.random() < mix.others and motion in ALONE and camera == 'static':
                others = tuple(Thing(*named(), pick(ALONE) if rng.random() < 0.6 else 'still') for _ in range(1 if rng.random() < 0.8 else 2))
            elif motion in ('left', 'right', 'up', 'down', 'bounce') and rng.random() < mix.speeds:
                speed = pick(('slow', 'fast')) if motion != 'bounce' else 'slow'
            weather = pick(list(WEATHERS)) if place[0] != 'plain' and rng.random() < mix.weather else ''
            spec = Spec(*named(), motion, place, camera, others, weather, speed)
        return spec

    def measure(self, mix, side, pick, rng, things):
        """-> size of every thing in pixels and the word for the first one's: small up to 0.3 of the shorter side, big from a half on"""
        reference = min(side, 96)
        fitting = [n for n in (16, 24, 32, 40, 48, 64) if mix.smallest * reference <= n <= max(16, side * 0.6)]
        fitting = (fitting[-3:] if side < 128 else fitting[-4:]) or [-(-int(mix.smallest * reference) // CELL) * CELL]
        clear = [n for n in fitting if n >= CLEAREST]
        if self.spec.shape in EMOJI and clear and (self.spec.motion != 'behind' or side >= 64):  # else there is no room beside the one in front
            fitting = clear
        size = pick(fitting)
        word = 'small' if size <= 0.3 * reference else 'big' if size >= 0.5 * reference and size >= 24 else ''
        if self.spec.motion == 'behind':  # the one in front is the larger one
            size = fitting[0] if len(fitting) > 1 else size
            return [size, fitting[-1] if fitting[-1] > size else size + CELL], ''
        if things > 1:
            room = [n for n in (16, 24, 32, 40) if n <= max(16, side * 0.42)]
            return [pick(room[-2:]) for _ in range(things)], ''
        return [size], word
