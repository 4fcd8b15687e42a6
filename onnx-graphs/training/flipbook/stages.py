"""The stages of training in their order, and how long each lasts by preset."""
import os
from dataclasses import dataclass, field, replace

import torch
from safetensors.torch import save_file

from . import export, train_codec, train_transformer
from .codec import LAYOUT_SCALE, Codec
from .optimizer import Length
from .sample import sizes_of
from .world import ALONE, Mix

SMALL = ((32, 32),) * 3 + ((48, 48), (48, 32), (32, 48), (64, 64), (64, 48), (48, 64))
LARGE = ((48, 48),) * 5 + ((64, 64),) * 4 + ((32, 32),) * 2 + ((64, 48), (48, 64))
LENGTHS = (1,) * 5 + (5,) + (9,) * 4 + (13, 17)
FPS = (8,) * 18 + (4, 16)
COARSE = 16  # pixels between the places where things start: fewer layouts to choose from than on the codec's own grid

# A stage of the transformer: what it draws, learning rate, tokens a step, the stage it starts from.
IMAGES = dict(mix=Mix(SMALL, (1,)), lr=3e-3, budget=3000, start=None)
SHAPES = dict(IMAGES, start='images')
MOTION = dict(mix=Mix(SMALL, (1, 1, 5, 9, 9, 9), grid=COARSE), lr=2.5e-3, budget=4000, start='shapes', count=512, passes=3)
VIDEO = dict(mix=Mix(LARGE, LENGTHS, FPS, grid=COARSE, smallest=0.35), lr=2.5e-3, budget=4500, start='motion', count=448, passes=4, shares=dict(keys=0.04), decay_from=0.4)
MANY = ((64, 64),) * 8 + ((48, 48),) * 7 + ((32, 32), (32, 32), (64, 48), (48, 64), (96, 64), (64, 96), (80, 80), (128, 72), (72, 128)) + ((160, 96), (192, 192)) * 2
LONGER = (1,) * 4 + (5,) * 2 + (9,) * 8 + (13,) * 2 + (17,) * 7 + (25,)
MANY_MOTIONS = ALONE * 4 + ('grow', 'shrink') * 3 + ('orbit', 'spin', 'appear', 'follow') + ('away', 'behind') * 9
TIME_LINE = dict(keys=0.03, gaps=0.05, following=0.03, passing=0.07, way=0.06)  # see data.runs_of
WORLD = dict(mix=Mix(MANY, LONGER, (8,) * 11 + (4, 16, 16, 16), MANY_MOTIONS, COARSE, smallest=0.3, sprites=0.14, cameras=0.45, others=0.15, weather=0.04, speeds=0.12, cuts=0.02, marks=0.4),
             lr=2.2e-3, budget=3600, start='video', count=768, passes=8, shares=TIME_LINE, decay_from=0.1)
EMOJI = dict(WORLD, mix=replace(WORLD['mix'], sprites=0.15, emoji=0.55), start='world')  # level C: for a GPU
TRANSFORMER = dict(images=IMAGES, shapes=SHAPES, motion=MOTION, video=VIDEO, world=WORLD, emoji=EMOJI)


@dataclass(frozen=True)
class Preset:
    """Length of every stage, and what differs from the stages' own settings."""
    lengths: dict
    changes: dict = field(default_factory=dict)  # settings of every stage of the transformer


def steps(**counts):
    return {stage: Length(steps=count) for stage, count in counts.items()}


def minutes(**values):
    return {stage: Length(minutes=value) for stage, value in values.items()}


PRESETS = {
    'cpu': Preset(minutes(codec=12, refine=10, images=14, shapes=12, motion=14, video=50, world=120)),
    'smoke': Preset(steps(codec=100, refine=20, images=200, shapes=100, motion=100, video=100, world=100),
                    dict(sizes=dict(width=96, depth=3, heads=3), budget=1500, count=128, passes=6)),
    # 18 minutes of a GPU, with the codec given; every process draws its own shards
    'gpu': Preset(minutes(images=1.5, shapes=0.5, motion=1.5, video=3, world=4, emoji=7.5),
                  dict(sizes=dict(width=256, depth=10, heads=8), budget=60_000, count=512, passes=6, device='cuda', workers=max(1, (os.cpu_count() or 2) - 1))),
    # the same road on a CPU, to see that it holds
    'gpu-trial': Preset(steps(images=3, shapes=2, motion=2, video=2, world=2, emoji=2),
                        dict(sizes=dict(width=64, depth=2, heads=2), budget=800, count=12, passes=2, bucketed=True, workers=2)),
}


def road(preset):
    """The stages of `train.py all`, in their order; `refine` is extra."""
    return [stage for stage in ('codec', *TRANSFORMER) if stage in preset.lengths]


def chain(stage):
    """The stages of the transformer up to this one"""
    before = TRANSFORMER[stage]['start']
    return [*(chain(before) if before else ()), stage]


def on_device(changes):
    """Refuses a device that is not there."""
    if changes.get('device') == 'cuda' and not torch.cuda.is_available():
        raise SystemExit('device: expected a GPU that PyTorch can use, found none; take --preset cpu')
    return changes


def world_mix():
    """What `train.py sheet` draws."""
    return WORLD['mix']


def save_atomically(save, value, path):
    part = path.with_suffix('.part')
    save(value, part)
    os.replace(part, path)


def prepare(folder, source):
    """Writes the parts of the model folder `source` as if they had been trained here: codec.safetensors, unless there is one, and
    shipped.pt, the transformer. -> shipped.pt"""
    codec, transformer = export.load_shipped(source)
    if codec.config['latent_channels'] > Codec().config['latent_channels']:
        codec = codec.narrowed()
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / 'codec.safetensors').exists():
        save_atomically(save_file, {k: v.contiguous() for k, v in codec.state_dict().items()}, folder / 'codec.safetensors')
    save_atomically(torch.save, dict(average=transformer.scale_layout(1 / LAYOUT_SCALE).state_dict()), folder / 'shipped.pt')
    return folder / 'shipped.pt'


def start_of(name, folder, source=None):
    """Where a stage takes its first weights from: the checkpoint of the stage before it, else the model folder `source`, else (the
    first stage) nothing."""
    before = TRANSFORMER[name]['start']
    if before and (folder / f'{before}.pt').exists():
        return folder / f'{before}.pt'
    if source:
        return prepare(folder, source)
    if before:
        raise SystemExit(f'{name}: expected {before}.pt in {folder}, found none; train {before} first, or name a model folder to start '
                         'from: --from ../models/flipbook')
    return None


def train(stage, folder, length, source=None, **changes):
    """One stage; goes on from its checkpoint. source: a model folder for what is missing in `folder`; changes: settings that differ from
    the stage's own."""
    if stage == 'codec':
        return train_codec.train(folder, length)
    started, codec = (folder / f'{stage}.pt').exists(), folder / 'codec.safetensors'
    if source and not codec.exists():
        prepare(folder, source)
    if stage == 'refine':
        return train_codec.refine(folder, length)
    if not codec.exists():
        raise SystemExit(f'{stage}: expected {codec}, found nothing; run train.py codec first, or name a model folder to take it from: --from ../models/flipbook')
    start = folder / f'{stage}.pt' if started else start_of(stage, folder, source)
    settings = {**TRANSFORMER[stage], **changes, 'start': None if started else start}
    if start:  # what is there decides
        settings['sizes'] = sizes_of(torch.load(start, weights_only=True, map_location='cpu')['average'])
    return train_transformer.train(folder, stage, train_codec.load_codec(codec), length=length, **settings)


def newest(folder):
    """The last stage that has a checkpoint."""
    found = [name for name in TRANSFORMER if (folder / f'{name}.pt').exists()]
    if not found:
        raise SystemExit(f'checkpoints: expected one of {", ".join(TRANSFORMER)}.pt in {folder}, found none; train first')
    return found[-1]
