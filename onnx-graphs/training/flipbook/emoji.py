"""Level C of the world: emoji of Debian's package fonts-noto-color-emoji (Noto Color Emoji, SIL Open Font License 1.1).

An emoji is drawn in its own colours, or in one named colour: its luminance goes through that colour from dark to light. Pictures come
from the font's file, or from an atlas made from it (`train.py atlas`) for machines that do not have the font; both give the
same pixels. Which file: the environment variable FLIPBOOK_EMOJI (a .ttf or an .npz), else the font where Debian puts it.
"""
import functools
import os
import pathlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

VARIABLE = 'FLIPBOOK_EMOJI'
FONT = pathlib.Path('/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf')
PACKAGE = 'fonts-noto-color-emoji'
FONT_SIZE = 109  # the one size of the font's bitmaps
SIDE = 128  # pixels of a picture before it is scaled
OWN = 'own'  # the colour of a thing that no caption names
LUMINANCE = np.array((0.299, 0.587, 0.114), np.float32)


@dataclass(frozen=True)
class Emoji:
    code: int
    words: tuple  # of the captions
    facing: str = 'front'  # left and right are mirrored when they move the other way


def left(code, *words):
    return Emoji(code, words, 'left')


def right(code, *words):
    return Emoji(code, words, 'right')


def front(code, *words):
    return Emoji(code, words)


EMOJI = {
    # animals
    'dog': left(0x1F415, 'dog', 'dog', 'puppy'), 'pig': left(0x1F416, 'pig'), 'cow': left(0x1F404, 'cow'), 'horse': left(0x1F40E, 'horse', 'horse', 'pony'),
    'elephant': left(0x1F418, 'elephant'), 'rabbit': left(0x1F407, 'rabbit', 'rabbit', 'bunny'), 'tiger': left(0x1F405, 'tiger'), 'monkey': left(0x1F412, 'monkey'),
    'rooster': left(0x1F413, 'rooster', 'cockerel'), 'chick': front(0x1F425, 'chick'), 'duck': left(0x1F986, 'duck'), 'owl': front(0x1F989, 'owl'),
    'penguin': left(0x1F427, 'penguin'), 'parrot': left(0x1F99C, 'parrot'), 'flamingo': left(0x1F9A9, 'flamingo'), 'swan': left(0x1F9A2, 'swan'),
    'turtle': left(0x1F422, 'turtle', 'tortoise'), 'frog': front(0x1F438, 'frog', 'frog', 'toad'), 'panda': front(0x1F43C, 'panda'), 'lion': front(0x1F981, 'lion'),
    'fox': front(0x1F98A, 'fox'), 'koala': front(0x1F428, 'koala'), 'whale': left(0x1F433, 'whale'), 'shark': left(0x1F988, 'shark'),
    'octopus': front(0x1F419, 'octopus'), 'crab': front(0x1F980, 'crab'), 'snail': left(0x1F40C, 'snail'), 'butterfly': front(0x1F98B, 'butterfly'),
    'bee': left(0x1F41D, 'bee', 'bee', 'bumblebee'), 'ladybird': front(0x1F41E, 'ladybird', 'ladybug'), 'giraffe': left(0x1F992, 'giraffe'),
    'zebra': left(0x1F993, 'zebra'), 'dinosaur': left(0x1F995, 'dinosaur', 'dinosaur', 'brontosaurus'), 'unicorn': left(0x1F984, 'unicorn'),
    # food
    'apple': front(0x1F34E, 'apple'), 'banana': front(0x1F34C, 'banana'), 'cherries': front(0x1F352, 'pair of cherries', 'cherry'),
    'strawberry': front(0x1F353, 'strawberry'), 'grapes': front(0x1F347, 'bunch of grapes'), 'watermelon': front(0x1F349, 'watermelon', 'slice of watermelon'),
    'pineapple': front(0x1F34D, 'pineapple'), 'pear': front(0x1F350, 'pear'), 'carrot': front(0x1F955, 'carrot'), 'broccoli': front(0x1F966, 'piece of broccoli'),
    'hamburger': front(0x1F354, 'hamburger', 'burger'), 'pizza': front(0x1F355, 'pizza', 'slice of pizza'), 'doughnut': front(0x1F369, 'doughnut', 'donut'),
    'cake': front(0x1F382, 'cake', 'birthday cake'), 'ice cream': front(0x1F366, 'ice cream', 'ice cream cone'), 'pretzel': front(0x1F968, 'pretzel'),
    # vehicles
    'bus': left(0x1F68C, 'bus'), 'taxi': left(0x1F695, 'taxi', 'cab'), 'fire engine': left(0x1F692, 'fire engine', 'fire truck'), 'ambulance': left(0x1F691, 'ambulance'),
    'tractor': left(0x1F69C, 'tractor'), 'motorcycle': left(0x1F3CD, 'motorcycle', 'motorbike'), 'locomotive': left(0x1F682, 'locomotive', 'steam engine', 'train'),
    'aeroplane': right(0x2708, 'aeroplane', 'airplane', 'plane'), 'helicopter': left(0x1F681, 'helicopter'), 'ship': left(0x1F6A2, 'ship', 'ocean liner'),
    'flying saucer': front(0x1F6F8, 'flying saucer', 'UFO'),
    # objects
    'umbrella': front(0x2602, 'umbrella'), 'guitar': front(0x1F3B8, 'guitar'), 'drum': front(0x1F941, 'drum'), 'bell': front(0x1F514, 'bell'),
    'alarm clock': front(0x23F0, 'alarm clock', 'clock'), 'hourglass': front(0x231B, 'hourglass', 'sand glass'), 'light bulb': front(0x1F4A1, 'light bulb', 'lamp'),
    'key': front(0x1F511, 'key'), 'scissors': front(0x2702, 'pair of scissors'), 'anchor': front(0x2693, 'anchor'), 'crown': front(0x1F451, 'crown'),
    'top hat': front(0x1F3A9, 'top hat', 'hat'), 'teapot': front(0x1FAD6, 'teapot'), 'football': front(0x26BD, 'football'), 'gift': front(0x1F381, 'gift', 'present'),
    'telephone': front(0x260E, 'telephone', 'phone'), 'magnet': front(0x1F9F2, 'magnet'), 'bomb': front(0x1F4A3, 'bomb'), 'trophy': front(0x1F3C6, 'trophy'),
    'cactus': front(0x1F335, 'cactus'), 'palm': front(0x1F334, 'palm', 'palm tree'), 'sunflower': front(0x1F33B, 'sunflower'), 'tulip': front(0x1F337, 'tulip'),
    'pumpkin': front(0x1F383, 'pumpkin'), 'snowman': front(0x26C4, 'snowman'), 'flame': front(0x1F525, 'flame'), 'skull': front(0x1F480, 'skull'),
    'alien': front(0x1F47D, 'alien'), 'television': front(0x1F4FA, 'television', 'TV')}


def source():
    """-> the file the pictures come from"""
    path = pathlib.Path(os.environ.get(VARIABLE) or FONT)
    if not path.is_file():
        raise SystemExit(f'emoji: expected the font of the Debian package {PACKAGE} (or an atlas made by `train.py atlas`), found nothing at {path}; '
                         f'apt-get install {PACKAGE}, or name a file in {VARIABLE}')
    return path


def from_font(font, code):
    """One emoji as uint8 RGBA [SIDE, SIDE, 4], its longer side filling the square"""
    canvas = Image.new('RGBA', (2 * SIDE, 2 * SIDE))
    ImageDraw.Draw(canvas).text((SIDE // 2, SIDE // 2), chr(code), font=font, embedded_color=True)
    bounds = canvas.getchannel('A').getbbox()
    if bounds is None:
        raise SystemExit(f'emoji: expected U+{code:X} in {font.path}, found no picture of it; use the font of the Debian package {PACKAGE}')
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    n = max(width, height)
    square = Image.new('RGBA', (n, n))
    square.paste(canvas.crop(bounds), ((n - width) // 2, (n - height) // 2))
    return np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BOX))


@functools.lru_cache(1)
def pictures(path):
    """-> dict of name to uint8 RGBA [SIDE, SIDE, 4]"""
    if path.suffix == '.npz':
        with np.load(path) as atlas:
            missing = [name for name in EMOJI if name not in atlas]
            if missing:
                raise SystemExit(f'emoji: expected {len(EMOJI)} emoji in {path}, found none for {", ".join(missing)}; make the atlas again: train.py atlas')
            return {name: atlas[name] for name in EMOJI}
    font = ImageFont.truetype(str(path), FONT_SIZE, layout_engine=ImageFont.Layout.BASIC)
    return {name: from_font(font, emoji.code) for name, emoji in EMOJI.items()}


def write_atlas(path):
    """Writes all pictures into one .npz. It is made from the font: its licence goes with it."""
    if path.suffix != '.npz':
        raise SystemExit(f'atlas: expected a file name that ends in .npz, found {path}')
    np.savez_compressed(path, **pictures(source()))


@functools.lru_cache(1024)
def master(name, colour, mirrored):
    """float RGB times coverage and coverage 0..1, [SIDE, SIDE, 4], and the distance of the farthest point from the middle (edge: 1)"""
    picture = pictures(source())[name].astype(np.float32)
    rgb, alpha = picture[..., :3], picture[..., 3:] / 255
    if colour is not None:
        rgb = duotone(rgb, alpha[..., 0], np.array(colour, np.float32))
    if mirrored:
        rgb, alpha = rgb[:, ::-1], alpha[:, ::-1]
    s = (np.arange(SIDE) + 0.5) / (SIDE / 2) - 1
    reach = float(np.hypot(s[None, :], s[:, None])[alpha[..., 0] > 0.1].max())
    return np.concatenate([rgb * alpha, alpha], -1), reach


@functools.lru_cache(128)
def colours_of(name):
    """Some of an emoji's own colours, RGB [points, 3]"""
    points = draw_emoji(name, 12, None).reshape(-1, 4)
    return points[points[:, 3] > 0.5, :3] / points[points[:, 3] > 0.5, 3:]


def duotone(rgb, alpha, colour):
    """Luminance through a colour: the picture's median becomes the colour itself, what is darker its shades, what is lighter its tints.
    A pale colour has no room for tints, so there the colour stands halfway between the median and the lightest part."""
    light = rgb @ LUMINANCE
    low, middle, high = np.percentile(light[alpha > 0.5], (4, 50, 96))
    middle += 0.5 * max(0, 1 - (255 - colour @ LUMINANCE) / 100) * (high - middle)
    place = ((light - middle) / max(high - low, 40)).clip(-1, 1)[..., None]
    return np.where(place < 0, colour * (1 + 0.85 * place), colour + 0.6 * place * (255 - colour)).astype(np.float32)


@functools.lru_cache(256)
def area(size):
    """Weights [size, SIDE] of a mean over the part of the picture that a pixel covers"""
    edges = np.arange(size + 1) * SIDE / size
    first, last = np.maximum(edges[:-1, None], np.arange(SIDE)), np.minimum(edges[1:, None], np.arange(SIDE) + 1)
    return ((last - first).clip(0) * size / SIDE).astype(np.float32)


def draw_emoji(name, size, colour, degrees=None, mirrored=False):
    """Colour times coverage, and coverage 0..1, of an emoji drawn size x size pixels: [size, size, 4]; colour: RGB, None: its own;
    degrees clockwise, None: upright; one that is turned is drawn smaller, so that its corners stay inside."""
    image, reach = master(name, colour, mirrored)
    if degrees is not None:
        c, n, scale = np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), max(1.0, reach)
        middle = SIDE / 2
        rows = (scale * c, scale * n, middle - scale * middle * (c + n), -scale * n, scale * c, middle + scale * middle * (n - c))
        turned = [Image.fromarray(np.ascontiguousarray(channel)).transform((SIDE, SIDE), Image.Transform.AFFINE, rows, Image.Resampling.BILINEAR)
                  for channel in image.transpose(2, 0, 1)]
        image = np.stack([np.asarray(channel) for channel in turned], -1)
    weights = area(size)
    return np.einsum('ai,bj,ijc->abc', weights, weights, image, optimize=True)
