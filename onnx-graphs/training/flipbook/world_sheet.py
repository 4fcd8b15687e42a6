"""Contact sheets of the world: a table of a level's things, and clips of it."""
import dataclasses

import numpy as np
from PIL import Image, ImageDraw

from .emoji import EMOJI, OWN
from .sheet import write_sheet
from .sprites import COLOURS, SHAPES, SPRITES, sprite
from .world import Clip

LEVELS = {  # things, and what a mix needs to draw nothing else
    'a': (SHAPES, dict(sprites=0.0, emoji=0.0)), 'b': (SPRITES, dict(sprites=1.0, emoji=0.0)), 'c': (EMOJI, dict(sprites=0.0, emoji=1.0))}
SIZES = (48, 40, 32, 24)  # pixels
PAPER = (120, 180, 200)
COLUMNS, NAME_WIDTH, GAP = 3, 90, 4


def tile(name, size, colour, flipped=False):
    image = sprite(name, size, colour, mirrored=flipped)
    return Image.fromarray((image[..., :3] + (1 - image[..., 3:]) * np.array(PAPER, np.float32)).clip(0, 255).astype(np.uint8))


def write_table(names, path):
    """Every thing in four sizes, then in four more colours and mirrored"""
    colours = list(COLOURS)
    width, height = NAME_WIDTH + sum(SIZES) + 5 * 32 + 10 * GAP, SIZES[0] + GAP
    page = Image.new('RGB', (COLUMNS * width, -(-len(names) // COLUMNS) * height), PAPER)
    for i, name in enumerate(names):
        x, y = i % COLUMNS * width, i // COLUMNS * height
        ImageDraw.Draw(page).text((x + GAP, y + height // 2 - 5), name, fill=(0, 0, 0))
        first = OWN if name in EMOJI else colours[i % len(colours)]
        tiles = [tile(name, size, first) for size in SIZES] + [tile(name, 32, colours[(i + 2 * j + 1) % len(colours)]) for j in range(4)] + [tile(name, 32, first, True)]
        x += NAME_WIDTH
        for image in tiles:
            page.paste(image, (x, y + (height - image.height) // 2))
            x += image.width + GAP
    page.save(path)


def write_world(mix, folder, level=None):
    """world.png, or things_<level>.png and world_<level>.png"""
    folder.mkdir(parents=True, exist_ok=True)
    if level:
        things, shares = LEVELS[level]
        mix = dataclasses.replace(mix, **shares)
        write_table(list(things), folder / f'things_{level}.png')
    clips = [Clip(mix, 0, i) for i in range(16)]
    write_sheet([c.video for c in clips], [c.caption for c in clips], folder / (f'world_{level}.png' if level else 'world.png'))
