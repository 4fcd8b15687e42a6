"""The world the model learns: flat shapes in named colours that move over a few places, with captions.

Everything is a function of a seed: `Clip(seed, ...)` draws a Spec, a caption and the frames. The parts are few and meant to be
combined; one combination in nine is held out of training (`held_out`).

What makes it learnable by a small network on a CPU: positions start on the codec's 8-pixel grid, things move by two pixels a
frame (one latent cell per group of four frames at 8 fps), horizons lie on the grid, textures repeat from cell to cell.
"""
import functools
import zlib
from dataclasses import dataclass

import numpy as np

CELL = 8
COLOURS = {
    'red': (225, 40, 40), 'orange': (250, 140, 20), 'yellow': (250, 220, 40), 'green': (20, 130, 50),
    'blue': (45, 90, 230), 'purple': (140, 60, 190), 'pink': (250, 130, 190), 'white': (245, 245, 245)}
SHAPES = {
    'ball': ('ball', 'ball', 'circle', 'disc'), 'square': ('square', 'square', 'box'), 'triangle': ('triangle',), 'star': ('star',),
    'heart': ('heart',), 'ring': ('ring', 'hoop'), 'cross': ('cross', 'plus sign'), 'moon': ('moon', 'crescent')}
MOTIONS = {
    'left': ('moves left', 'moves to the left', 'slides left', 'drifts to the left', 'flies left'),
    'right': ('moves right', 'moves to the right', 'slides right', 'drifts to the right', 'flies right'),
    'up': ('rises', 'moves up', 'goes upwards', 'floats up', 'flies up'),
    'down': ('falls', 'moves down', 'goes downwards', 'sinks', 'drops'),
    'bounce': ('bounces', 'bounces up and down', 'jumps', 'bounces', 'hops'),
    'still': ('stays still', 'rests', 'does not move', 'stands still', 'hangs motionless'),
    'grow': ('grows', 'gets bigger', 'becomes larger'),
    'shrink': ('shrinks', 'gets smaller', 'becomes smaller')}
TIMES = {  # colours of the sky, top and horizon; tint of the ground
    'day': ((90, 170, 245), (190, 225, 250), (1, 1, 1)),
    'night': ((8, 10, 40), (35, 35, 90), (.25, .3, .45)),
    'sunset': ((90, 50, 130), (250, 170, 130), (1, .72, .68))}
GROUNDS = {  # by day, at the horizon and at the lower edge; height of the texture
    'sea': ((40, 140, 175), (15, 90, 135), 9), 'meadow': ((150, 205, 95), (105, 175, 70), 7),
    'desert': ((235, 200, 130), (215, 170, 95), 6), 'snow': ((225, 235, 248), (195, 212, 235), 4)}
PLAIN = {'white': (240, 240, 240), 'grey': (128, 128, 128), 'black': (12, 12, 12)}
PLACES = [(ground, time) for ground in ('sky', *GROUNDS) for time in TIMES] + [('plain', colour) for colour in PLAIN]
PLACE_NAMES = {
    'sea': ('over the sea', 'over the ocean', 'above the sea', 'on the water', 'over the sea'),
    'meadow': ('over a green meadow', 'over the grass', 'over a field', 'on the meadow', 'over the meadow'),
    'desert': ('over the desert', 'over the sand', 'in the desert', 'above the dunes'),
    'snow': ('over the snow', 'in the snow', 'over a snowy field', 'above the snow')}
TIME_NAMES = {'day': ('', '', 'by day', 'in daylight'), 'night': ('at night', 'at night', 'in the night'), 'sunset': ('at sunset', 'in the evening')}
SKY_NAMES = {
    'day': ('in the sky', 'in a blue sky', 'against a clear sky', 'in the sky by day'),
    'night': ('in the night sky', 'in a starry sky', 'in the sky at night', 'among the stars'),
    'sunset': ('in the evening sky', 'in the sky at sunset', 'against a sunset sky', 'in an orange sky')}
PLAIN_NAMES = ('on a {} background', 'on a plain {} background', 'in front of a {} wall')
CAPTION_VARIANTS = 3  # captions drawn per combination: the text encoder is slow, so captions come back
PIXELS_PER_SECOND = 16  # speed of everything that moves: 2 pixels a frame at 8 fps


@dataclass(frozen=True)
class Spec:
    shape: str
    colour: str
    motion: str
    place: tuple


def held_out(spec):
    """About one combination in nine, in a pattern that leaves every pair of parts in training."""
    parts = (list(SHAPES).index(spec.shape), list(COLOURS).index(spec.colour), list(MOTIONS).index(spec.motion), PLACES.index(spec.place))
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
    """A thing must differ from both halves of its place."""
    bands = band_colours(spec.place)
    return all(np.linalg.norm(bands[i:i + 2].mean(0) - COLOURS[spec.colour]) >= 60 for i in (0, 2))


# ---- drawing --------------------------------------------------------------------------------------------------------------
def inside(shape, x, y):
    """Whether points lie inside the shape; x to the right, y down, the shape fills about -1..1."""
    radius = np.hypot(x, y)
    if shape == 'ball':
        return radius < 0.95
    if shape == 'square':
        return np.maximum(abs(x), abs(y)) < 0.82
    if shape == 'triangle':
        return (y < 0.8) & (abs(x) < (y + 0.95) * 0.54)
    if shape == 'star':
        angle = (np.arctan2(x, -y) / (2 * np.pi) * 5) % 1  # five points, the first one up
        fold = np.minimum(angle, 1 - angle) * 2 * np.pi / 5
        px, py = radius * np.cos(fold), radius * np.sin(fold)
        ax, ay, bx, by = 1.0, 0.0, 0.45 * np.cos(np.pi / 5), 0.45 * np.sin(np.pi / 5)
        return (bx - ax) * (py - ay) - (by - ay) * (px - ax) > 0
    if shape == 'heart':
        u, v = x * 1.2, -y * 1.2 + 0.1
        return (u * u + v * v - 1) ** 3 - u * u * v ** 3 < 0
    if shape == 'ring':
        return (radius < 0.95) & (radius > 0.5)
    if shape == 'cross':
        return (np.minimum(abs(x), abs(y)) < 0.3) & (np.maximum(abs(x), abs(y)) < 0.92)
    if shape == 'moon':
        return (radius < 0.95) & (np.hypot(x - 0.5, y + 0.1) > 0.75)
    raise ValueError(f'shape: expected one of {list(SHAPES)}, found {shape}')


@functools.lru_cache(4096)
def alpha(shape, size):
    """Coverage 0..1 of each pixel of a shape drawn size x size pixels, 6x6 samples a pixel. [size, size]"""
    s = (np.arange(size * 6) + 0.5) / (size * 3) - 1
    return inside(shape, s[None, :], s[:, None]).reshape(size, 6, size, 6).mean((1, 3)).astype(np.float32)


def background(place, width, height, rng):
    """[height, width, 3] float RGB"""
    kind, variant = place
    top, horizon, near, far = band_colours(place) + rng.uniform(-4, 4, 3).astype(np.float32)
    y, x = np.arange(height, dtype=np.float32)[:, None, None], np.arange(width, dtype=np.float32)[None, :, None]
    if kind == 'plain':
        return np.broadcast_to(top, (height, width, 3)).copy()
    line = height if kind == 'sky' else int(height // CELL * rng.choice((0.4, 0.6)) + 0.5) * CELL
    ramp = (y / max(line, 1)).clip(0, 1)
    image = np.broadcast_to(top * (1 - ramp) + horizon * ramp, (height, width, 3)).copy()
    if line < height:
        ramp = (y[line:] - line) / (height - line)
        strength = GROUNDS[kind][2] * TIMES[variant][2][1]
        wave = np.sin(2 * np.pi * y[line:] / CELL + 1.2 * np.sin(2 * np.pi * x / (2 * CELL)))
        image[line:] = near * (1 - ramp) + far * ramp + strength * wave
    if variant == 'night':  # a star in the middle of some cells
        rows, columns = max(1, line // CELL - 1), width // CELL
        for row, column in zip(*np.nonzero(rng.random((rows, columns)) < 0.15)):
            image[row * CELL + 3:row * CELL + 5, column * CELL + 3:column * CELL + 5] += 110
    return image


def path(motion, size, width, height, frames, fps, rng, grid):
    """Top left corner (x, y) [frames] in pixels and size [frames] of the thing."""
    t = np.arange(frames) / fps * PIXELS_PER_SECOND
    travel = int(t[-1])

    def start(length, extent):
        """A grid position for a thing of this extent; where it does not fit, it sticks out on both sides."""
        free = length - extent
        return int(rng.integers(0, free // grid + 1)) * grid if free >= 0 else -int(-free / 2 / grid + 0.5) * grid

    sizes = np.full(frames, size)
    if motion in ('left', 'right'):
        x, y = start(width, size + travel) + t, start(height, size) + 0 * t
        if motion == 'left':
            x = x[0] + travel - t
    elif motion in ('up', 'down'):
        x, y = start(width, size) + 0 * t, start(height, size + travel) + t
        if motion == 'up':
            y = y[0] + travel - t
    elif motion == 'bounce':
        u = (np.arange(frames) / fps + rng.choice((0, 0.5))) % 1  # a bounce a second, from the floor or from the top
        x, y = start(width, size) + 0 * t, start(height, size + 16) + 16 - 16 * 4 * u * (1 - u)
    elif motion in ('grow', 'shrink'):
        change = np.minimum(t, size - 8 if motion == 'shrink' else 24)
        sizes = (size - change if motion == 'shrink' else size - 8 + change).astype(int)
        x, y = start(width, size) + (size - sizes) / 2, start(height, size) + (size - sizes) / 2
    else:
        x, y = start(width, size) + 0 * t, start(height, size) + 0 * t
    return np.rint(x).astype(int), np.rint(y).astype(int), sizes


def draw(spec, size, width, height, frames, fps, rng, grid=CELL):
    """-> frames uint8 [frames, height, width, 3], coverage of the thing float [frames, height, width]"""
    still = background(spec.place, width, height, rng)
    colour = np.array(COLOURS[spec.colour], np.float32)
    video, cover = np.empty((frames, height, width, 3), np.uint8), np.zeros((frames, height, width), np.float32)
    for i, (x, y, n) in enumerate(zip(*path(spec.motion, size, width, height, frames, fps, rng, grid))):
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + n, width), min(y + n, height)
        frame = still.copy()
        if x1 > x0 and y1 > y0:
            a = alpha(spec.shape, int(n))[y0 - y:y1 - y, x0 - x:x1 - x]
            cover[i, y0:y1, x0:x1] = a
            frame[y0:y1, x0:x1] += a[..., None] * (colour - frame[y0:y1, x0:x1])
        video[i] = (frame + 0.5).clip(0, 255)
    return video, cover


# ---- words ----------------------------------------------------------------------------------------------------------------
def article(words):
    return ('an ' if words[0] in 'aeiou' else 'a ') + words


def caption(spec, size_word, image, variant):
    """One of CAPTION_VARIANTS captions of the combination; `image` leaves the motion out."""
    rng = np.random.default_rng(zlib.crc32(repr((spec, size_word, image, variant)).encode()))
    pick = lambda words: words[int(rng.integers(len(words)))]
    colour = 'violet' if spec.colour == 'purple' and rng.random() < 0.3 else spec.colour
    thing = ' '.join(filter(None, (size_word, colour, pick(SHAPES[spec.shape]))))
    kind, time = spec.place
    if kind == 'sky':
        place = pick(SKY_NAMES[time])
    elif kind == 'plain':
        place = pick(PLAIN_NAMES).format(time)
    else:
        place = ' '.join(filter(None, (pick(PLACE_NAMES[kind]), pick(TIME_NAMES[time]))))
    act, form = pick(MOTIONS[spec.motion]), rng.random()
    if image:
        if form < 0.5:
            return f'{article(thing)} {place}'
        return f'{thing} {place}' if form < 0.65 else f'{pick(("an image of", "a picture of"))} {article(thing)} {place}'
    if form < 0.62:
        return f'{article(thing)} {act} {place}'
    if form < 0.72:
        return f'{thing} {act} {place}'
    if form < 0.80:
        return f'{place}, {article(thing)} {act}'
    if form < 0.86:
        return f'the {thing} {act} {place}'
    if form < 0.92:
        return f'{pick(("a video of", "an animation of"))} {article(thing)} that {act} {place}'
    return f'{article(thing)} {act}' if form < 0.96 else f'{article(thing)} {place}'


# ---- one clip -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Mix:
    """What a stage of training draws from."""
    sizes: tuple = ((32, 32),)  # (width, height)
    frames: tuple = (1,)
    fps: tuple = (8,)
    motions: tuple = ('left', 'right', 'up', 'down', 'bounce', 'still')
    grid: int = CELL
    hold_out: bool = True
    smallest: float = 0.25  # size of the thing over the frame's shorter side


class Clip:
    """One clip of a mix. video uint8 [frames, height, width, 3], cover float [frames, height, width], caption, spec, fps."""

    def __init__(self, mix, *seed, spec=None, width=None, height=None, frames=None, fps=None):
        rng = np.random.default_rng(seed)
        pick = lambda items: items[int(rng.integers(len(items)))]
        if width is None:
            width, height = pick(mix.sizes)
        self.frames, self.fps = frames or pick(mix.frames), fps or pick(mix.fps)
        while spec is None or (not visible(spec)) or (mix.hold_out and held_out(spec)):
            spec = Spec(pick(list(SHAPES)), pick(list(COLOURS)), pick(mix.motions), pick(PLACES))
        self.spec = spec
        side = min(width, height)
        size = pick([n for n in (16, 24, 32, 40, 48) if mix.smallest * side <= n <= max(16, side * 0.6)][-3:])
        word = 'small' if size <= 0.3 * side else 'big' if size >= 0.5 * side and size >= 24 else ''
        word = word if rng.random() < 0.4 else ''
        image = self.frames == 1 and rng.random() < 0.7
        self.caption = caption(spec, word, image, int(rng.integers(CAPTION_VARIANTS)))
        self.video, self.cover = draw(spec, size, width, height, self.frames, self.fps, rng, mix.grid)
