"""The command line: train.py <stage> [--preset cpu|smoke] [--folder runs] ..."""
import argparse
import json
import pathlib

import torch

from . import evaluate, export, train_codec, train_transformer
from .world import Clip, Mix

SMALL = ((32, 32),) * 3 + ((48, 48), (48, 32), (32, 48), (64, 64), (64, 48), (48, 64))
LARGE = ((48, 48),) * 5 + ((64, 64),) * 4 + ((32, 32),) * 2 + ((64, 48), (48, 64))
LENGTHS = (1,) * 5 + (5,) + (9,) * 4 + (13, 17)
FPS = (8,) * 18 + (4, 16)
COARSE = 16  # pixels between the places where things start: fewer layouts to choose from than on the codec's own grid

# A stage of the transformer: what it draws, how long (minutes of wall time), learning rate, tokens a step, the stage it starts from.
IMAGES = dict(mix=Mix(SMALL, (1,)), lr=3e-3, budget=3000, start=None)
SHAPES = dict(IMAGES, start='images')
MOTION = dict(mix=Mix(SMALL, (1, 1, 5, 9, 9, 9), grid=COARSE), lr=2.5e-3, budget=4000, start='shapes', count=512, passes=3)
VIDEO = dict(mix=Mix(LARGE, LENGTHS, FPS, grid=COARSE, smallest=0.35), lr=2.5e-3, budget=4500, start='motion', count=448, passes=4, sparse_share=0.04, decay_from=0.4)
STAGES = dict(images=IMAGES, shapes=SHAPES, motion=MOTION, video=VIDEO)

PRESETS = {  # minutes a stage
    'cpu': dict(codec=12, decoder=10, images=14, shapes=12, motion=14, video=50),
    'smoke': dict(codec=0.5, decoder=0.5, images=0.5, shapes=0.5, motion=0.5, video=0.5),
}


def train_stage(name, folder, minutes):
    stage = dict(STAGES[name])
    start = stage.pop('start')
    codec = train_codec.load_codec(folder / 'codec.safetensors')
    train_transformer.train(folder, name, codec, minutes=minutes, start=start and folder / f'{start}.pt', **stage)


def newest_stage(folder):
    stages = [name for name in STAGES if (folder / f'{name}.pt').exists()]
    if not stages:
        raise SystemExit(f'checkpoints: expected one of {", ".join(STAGES)}.pt in {folder}, found none; train first')
    return stages[-1]


def export_model(folder, stage, target, **settings):
    codec = train_codec.load_codec(folder / 'codec.safetensors')
    export.write_model(codec, evaluate.load_transformer(folder / f'{stage}.pt'), target, **settings)
    size = sum(f.stat().st_size for f in target.rglob('*') if f.is_file())
    print(f'{target}: {stage}, {size / 1e6:.1f} MB')


def write_world_sheet(folder):
    clips = [Clip(VIDEO['mix'], 0, i) for i in range(16)]
    folder.mkdir(parents=True, exist_ok=True)
    evaluate.write_sheet([c.video for c in clips], [c.caption for c in clips], folder / 'world.png')


def main():
    parser = argparse.ArgumentParser(prog='train.py', description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument('command', choices=['sheet', 'codec', 'decoder', *STAGES, 'all', 'sample', 'export'],
                        help='sheet: draw the world; a stage of training, or all of them; sample: score and draw; export: write the model folder')
    parser.add_argument('--preset', choices=PRESETS, default='cpu', help='how long each stage takes')
    parser.add_argument('--folder', type=pathlib.Path, default=pathlib.Path('runs'), help='checkpoints, logs and sheets')
    parser.add_argument('--minutes', type=float, help='a stage of training: instead of what the preset says')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--stage', choices=list(STAGES), help='sample, export: whose checkpoint (default: the newest)')
    parser.add_argument('--target', type=pathlib.Path, default=pathlib.Path('../models/flipbook'), help='export: the model folder')
    parser.add_argument('--count', type=int, default=24, help='sample: clips a score')
    parser.add_argument('--frames', type=int, default=9, help='sample: frames a clip')
    parser.add_argument('--steps', type=int, default=export.DEFAULTS['default_steps'])
    parser.add_argument('--guidance', type=float, default=export.DEFAULTS['default_guidance'])
    parser.add_argument('--shift', type=float, default=export.SHIFT)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)  # dead activations would make convolutions several times slower
    minutes, folder = dict(PRESETS[options.preset]), options.folder
    if options.minutes:
        minutes[options.command] = options.minutes
    if options.command == 'sheet':
        write_world_sheet(folder)
    elif options.command == 'sample':
        result = evaluate.evaluate(folder, options.stage or newest_stage(folder), options.count, options.frames,
                                   steps=options.steps, guidance=options.guidance, shift=options.shift)
        print(json.dumps(result))
    elif options.command == 'decoder':
        train_codec.train_decoder(folder, minutes['decoder'])
    elif options.command in ('codec', *STAGES, 'all'):
        for stage in ['codec', *STAGES] if options.command == 'all' else [options.command]:
            if stage == 'codec':
                train_codec.train(folder, minutes['codec'])
            else:
                train_stage(stage, folder, minutes[stage])
    if options.command in ('export', 'all'):
        export_model(folder, options.stage or newest_stage(folder), options.target, shift=options.shift,
                     default_steps=options.steps, default_guidance=options.guidance)
