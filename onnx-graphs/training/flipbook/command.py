"""The command line: train.py <stage> [--preset cpu|smoke] [--folder runs] ..."""
import argparse
import pathlib

import torch

from . import train_codec, train_transformer
from .world import Mix

SMALL = ((32, 32),) * 3 + ((48, 48), (48, 32), (32, 48), (64, 64), (64, 48), (48, 64))
LARGE = ((64, 64),) * 4 + ((32, 32), (48, 48), (64, 48), (48, 64), (96, 64), (64, 96), (80, 48))
FPS = (8,) * 8 + (4, 16)

# A stage of the transformer: what it draws, how long (minutes of wall time), learning rate, tokens a step, the stage it starts from.
IMAGES = dict(mix=Mix(SMALL, (1,)), lr=3e-3, budget=3000, start=None)
MOTION = dict(mix=Mix(SMALL, (5, 9, 9, 9)), lr=2.5e-3, budget=4000, start='images', count=512, passes=3)
VIDEO = dict(mix=Mix(LARGE, (1, 1, 5, 9, 9, 9, 13, 17), FPS), lr=2.5e-3, budget=5000, start='motion', count=384, passes=2.5, sparse_share=0.06)
FINISH = dict(VIDEO, lr=2e-3, start='video')
STAGES = dict(images=IMAGES, motion=MOTION, video=VIDEO, finish=FINISH)

PRESETS = {  # minutes a stage
    'cpu': dict(codec=12, images=14, motion=14, video=32, finish=32),
    'smoke': dict(codec=0.5, images=0.5, motion=0.5, video=0.5, finish=0.5),
}


def train_stage(name, folder, minutes):
    stage = dict(STAGES[name])
    start = stage.pop('start')
    codec = train_codec.load_codec(folder / 'codec.safetensors')
    train_transformer.train(folder, name, codec, minutes=minutes, start=start and folder / f'{start}.pt', **stage)


def main():
    parser = argparse.ArgumentParser(prog='train.py', description=__doc__)
    parser.add_argument('stage', choices=['codec', *STAGES, 'all'])
    parser.add_argument('--preset', choices=PRESETS, default='cpu')
    parser.add_argument('--folder', type=pathlib.Path, default=pathlib.Path('runs'), help='checkpoints, logs and sheets')
    parser.add_argument('--threads', type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)  # dead activations would make convolutions several times slower
    minutes = PRESETS[options.preset]
    for stage in ['codec', *STAGES] if options.stage == 'all' else [options.stage]:
        if stage == 'codec':
            train_codec.train(options.folder, minutes['codec'])
        else:
            train_stage(stage, options.folder, minutes[stage])
