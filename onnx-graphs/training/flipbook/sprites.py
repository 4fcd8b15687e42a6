"""Things to draw: flat shapes (level A) and sprites of a few flat layers (level B), any of them in any colour, turned and mirrored;
`sprite` also draws the emoji of level C (emoji.py).

A layer is a region of the square -1..1 (x to the right, y down) and a colour: 'main' is the colour the caption names, the others
are fixed. Regions are functions of x and y that say which points lie inside. Sprites look to the left.
"""
import functools

import numpy as np

from .emoji import EMOJI, OWN, draw_emoji

COLOURS = {
    'red': (225, 40, 40), 'orange': (250, 140, 20), 'yellow': (250, 220, 40), 'green': (20, 130, 50),
    'blue': (45, 90, 230), 'purple': (140, 60, 190), 'pink': (250, 130, 190), 'white': (245, 245, 245)}
SHAPES = {  # level A: words of the captions
    'ball': ('ball', 'ball', 'circle', 'disc'), 'square': ('square', 'square', 'box'), 'triangle': ('triangle',), 'star': ('star',),
    'heart': ('heart',), 'ring': ('ring', 'hoop'), 'cross': ('cross', 'plus sign'), 'moon': ('moon', 'crescent')}
SPRITES = {  # level B
    'car': ('car', 'car', 'automobile'), 'boat': ('boat', 'sailing boat'), 'house': ('house', 'house', 'hut'), 'tree': ('tree',),
    'fish': ('fish',), 'rocket': ('rocket', 'spaceship'), 'mushroom': ('mushroom', 'toadstool'), 'flower': ('flower', 'blossom'),
    'ghost': ('ghost',), 'cat': ('cat', 'cat', 'kitten'), 'balloon': ('balloon',), 'robot': ('robot',)}
ROUND = ('ball', 'ring')  # nobody sees them turn
DARK, PALE, GLASS, WOOD, GOLD = (35, 35, 45), (250, 250, 245), (170, 220, 245), (130, 85, 45), (255, 210, 60)


def disc(cx, cy, rx, ry=None):
    return lambda x, y: ((x - cx) / rx) ** 2 + ((y - cy) / (ry or rx)) ** 2 < 1


def box(x0, y0, x1, y1):
    return lambda x, y: (x > x0) & (x < x1) & (y > y0) & (y < y1)


def polygon(*points):
    """Convex, corners in clockwise order as seen on the screen"""
    def region(x, y):
        out = np.ones(np.broadcast(x, y).shape, bool)
        for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
            out &= (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0
        return out
    return region


def both(a, b):
    return lambda x, y: a(x, y) & b(x, y)


def star(x, y):
    radius, angle = np.hypot(x, y), (np.arctan2(x, -y) / (2 * np.pi) * 5) % 1  # five points, the first one up
    fold = np.minimum(angle, 1 - angle) * 2 * np.pi / 5
    px, py = radius * np.cos(fold), radius * np.sin(fold)
    ax, ay, bx, by = 1.0, 0.0, 0.45 * np.cos(np.pi / 5), 0.45 * np.sin(np.pi / 5)
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax) > 0


def heart(x, y):
    u, v = x * 1.2, -y * 1.2 + 0.1
    return (u * u + v * v - 1) ** 3 - u * u * v ** 3 < 0


def petals(x, y):
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    return radius < 0.72 + 0.24 * np.cos(6 * angle)


LAYERS = {
    'ball': [(disc(0, 0, 0.95), 'main')],
    'square': [(box(-0.82, -0.82, 0.82, 0.82), 'main')],
    'triangle': [(lambda x, y: (y < 0.8) & (abs(x) < (y + 0.95) * 0.54), 'main')],
    'star': [(star, 'main')],
    'heart': [(heart, 'main')],
    'ring': [(lambda x, y: (np.hypot(x, y) < 0.95) & (np.hypot(x, y) > 0.5), 'main')],
    'cross': [(lambda x, y: (np.minimum(abs(x), abs(y)) < 0.3) & (np.maximum(abs(x), abs(y)) < 0.92), 'main')],
    'moon': [(lambda x, y: (np.hypot(x, y) < 0.95) & (np.hypot(x - 0.5, y + 0.1) > 0.75), 'main')],
    'car': [(polygon((-0.5, -0.1), (-0.25, -0.6), (0.45, -0.6), (0.7, -0.1)), 'main'), (box(-0.98, -0.15, 0.98, 0.42), 'main'),
            (polygon((-0.3, -0.12), (-0.14, -0.45), (0.08, -0.45), (0.08, -0.12)), GLASS), (polygon((0.2, -0.12), (0.2, -0.45), (0.4, -0.45), (0.52, -0.12)), GLASS),
            (disc(-0.55, 0.45, 0.3), DARK), (disc(0.55, 0.45, 0.3), DARK), (box(-0.98, 0.0, -0.82, 0.16), GOLD)],
    'boat': [(box(-0.06, -0.95, 0.08, 0.4), WOOD), (polygon((-0.12, -0.85), (-0.12, 0.25), (-0.8, 0.25)), PALE), (polygon((0.14, -0.7), (0.7, 0.25), (0.14, 0.25)), PALE),
             (polygon((-0.98, 0.35), (0.98, 0.35), (0.65, 0.9), (-0.65, 0.9)), 'main')],
    'house': [(box(-0.72, -0.15, 0.72, 0.92), PALE), (polygon((0, -0.95), (0.98, -0.1), (-0.98, -0.1)), 'main'), (box(-0.2, 0.3, 0.2, 0.92), WOOD),
              (box(-0.58, 0.1, -0.32, 0.4), GLASS), (box(0.32, 0.1, 0.58, 0.4), GLASS)],
    'tree': [(box(-0.16, 0.3, 0.16, 0.96), WOOD), (disc(0, -0.42, 0.5), 'main'), (disc(-0.4, 0.08, 0.45), 'main'), (disc(0.4, 0.08, 0.45), 'main')],
    'fish': [(disc(-0.18, 0, 0.76, 0.5), 'main'), (polygon((0.4, 0), (0.96, -0.52), (0.96, 0.52)), 'main'), (both(disc(-0.18, 0, 0.76, 0.5), box(0.0, -1, 0.2, 1)), PALE),
             (disc(-0.58, -0.12, 0.15), PALE), (disc(-0.6, -0.12, 0.08), DARK)],
    'rocket': [(polygon((-0.35, 0.35), (-0.8, 0.85), (-0.35, 0.7)), DARK), (polygon((0.35, 0.35), (0.35, 0.7), (0.8, 0.85)), DARK), (polygon((-0.2, 0.68), (0.2, 0.68), (0, 0.99)), GOLD),
               (both(disc(0, 0.1, 0.4, 1.05), box(-1, -1, 1, 0.7)), 'main'), (disc(0, -0.2, 0.2), GLASS)],
    'mushroom': [(box(-0.26, 0.0, 0.26, 0.92), PALE), (both(disc(0, 0.15, 0.95, 1.0), box(-1, -1, 1, 0.15)), 'main'), (disc(-0.42, -0.2, 0.17), PALE), (disc(0.1, -0.5, 0.17), PALE), (disc(0.52, -0.12, 0.15), PALE)],
    'flower': [(petals, 'main'), (disc(0, 0, 0.34), GOLD)],
    'ghost': [(both(disc(0, -0.15, 0.75, 0.8), box(-1, -1, 1, 0)), 'main'), (lambda x, y: (abs(x) < 0.75) & (y > -0.16) & (y < 0.72 + 0.2 * np.cos(x * 4 * np.pi / 0.75)), 'main'),
              (disc(-0.3, -0.2, 0.17, 0.22), DARK), (disc(0.22, -0.2, 0.17, 0.22), DARK)],
    'cat': [(polygon((-0.85, -0.95), (-0.1, -0.5), (-0.8, 0.05)), 'main'), (polygon((0.85, -0.95), (0.8, 0.05), (0.1, -0.5)), 'main'), (disc(0, 0.15, 0.85, 0.75), 'main'),
            (disc(-0.36, 0.0, 0.15, 0.2), DARK), (disc(0.36, 0.0, 0.15, 0.2), DARK), (polygon((-0.16, 0.3), (0.16, 0.3), (0, 0.5)), DARK)],
    'balloon': [(box(-0.05, 0.4, 0.05, 0.98), PALE), (disc(0, -0.28, 0.6, 0.7), 'main'), (disc(-0.22, -0.5, 0.14, 0.2), PALE)],
    'robot': [(box(-0.05, -0.98, 0.05, -0.6), DARK), (disc(0, -0.86, 0.14), GOLD), (box(-0.62, -0.62, 0.62, 0.25), 'main'), (box(-0.45, 0.32, 0.45, 0.95), 'main'),
              (box(-0.42, -0.38, -0.12, -0.1), PALE), (box(0.12, -0.38, 0.42, -0.1), PALE), (box(-0.35, 0.02, 0.35, 0.13), DARK), (box(-0.9, 0.35, -0.58, 0.7), DARK), (box(0.58, 0.35, 0.9, 0.7), DARK)]}
SAMPLES = 5  # samples a pixel, each way
UPRIGHT = -1  # degrees of a thing that does not turn; one that does is drawn smaller, so that its corners stay inside


@functools.lru_cache(8192)
def sprite(shape, size, colour, degrees=UPRIGHT, mirrored=False):
    """Colour times coverage, and coverage 0..1, of a thing drawn size x size pixels: [size, size, 4]; degrees clockwise."""
    if shape in EMOJI:
        return draw_emoji(shape, size, None if colour == OWN else COLOURS[colour], None if degrees == UPRIGHT else degrees, mirrored)
    if shape not in LAYERS:
        raise ValueError(f'shape: expected one of {[*LAYERS, *EMOJI]}, found {shape}')
    s = (np.arange(size * SAMPLES) + 0.5) / (size * SAMPLES / 2) - 1
    x, y = np.broadcast_arrays(-s[None, :] if mirrored else s[None, :], s[:, None])
    if degrees != UPRIGHT:
        c, n = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        x, y = 1.2 * (c * x + n * y), 1.2 * (c * y - n * x)
    image = np.zeros((*x.shape, 4), np.float32)
    for region, paint in LAYERS[shape]:
        image[region(x, y)] = (*(COLOURS[colour] if paint == 'main' else paint), 1)
    return image.reshape(size, SAMPLES, size, SAMPLES, 4).mean((1, 3))
