"""The command line: train.py <stage> [--preset cpu|smoke] [--folder runs] ..."""
import argparse
import dataclasses
import math
import os
import pathlib
import time

import torch

from . import check, classifier, emoji, export, pack, plot, stages, train_codec
from .optimizer import Length, Paused
from .sample import load_transformer
from .world_sheet import LEVELS, write_world

STARTED = time.time()
SHIPPED = pathlib.Path('../models/flipbook')
PAUSED = 75  # exit code: saved and stopped before its end; the same command goes on


def export_model(folder, stage, target, **settings):
    codec = train_codec.load_codec(folder / 'codec.safetensors')
    export.write_model(codec, load_transformer(folder / f'{stage}.pt'), target, stage=stage, **settings)
    size = sum(f.stat().st_size for f in target.rglob('*') if f.is_file())
    print(f'{target}: {stage}, {size / 1e6:.1f} MB')


def train(options, preset, stage):
    """One stage; the length is the preset's unless the command line names one."""
    length = preset.lengths[stage]
    if options.command == stage and (options.minutes or options.steps):
        length = Length(minutes=options.minutes or 0, steps=options.steps or 0)
    length = dataclasses.replace(length, pause_at=STARTED + 60 * options.pause_minutes)
    stages.train(stage, options.folder, length, options.source, **stages.on_device(preset.changes))


def parse():
    parser = argparse.ArgumentParser(prog='train.py', description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument('command', choices=['sheet', 'atlas', 'codec', 'refine', *stages.TRANSFORMER, 'all', 'judge', 'score', 'export', 'plot', 'check', 'pack'],
                        help='sheet: draw the world; atlas: write the emoji to --target, an .npz for machines without the font; '
                             'a stage of training, or all of them; judge: train the networks that score; score: hold a checkpoint to the bars; export: write the model folder; '
                             'plot: draw the losses; check: of a short run, whether losses fell and the export holds; pack: write a bundle to --target for training on another machine')
    parser.add_argument('--preset', choices=stages.PRESETS, default='cpu', help='how long each stage takes')
    parser.add_argument('--folder', type=pathlib.Path, default=pathlib.Path('runs'), help='checkpoints, logs and sheets')
    parser.add_argument('--from', dest='source', type=pathlib.Path, help='a stage of training: the model folder to start from when the checkpoint of the stage before it is gone; pack: the one to take along')
    parser.add_argument('--level', choices=LEVELS, help='sheet: one level of the world, with a table of its things')
    parser.add_argument('--emoji', type=pathlib.Path, help=f'the emoji\'s font or atlas (default: what {emoji.VARIABLE} names, else the font where Debian puts it)')
    parser.add_argument('--minutes', type=float, help='a stage of training: instead of what the preset says')
    parser.add_argument('--steps', type=int, help='a stage of training: its length in steps, so that its result is a function of the seed')
    parser.add_argument('--pause-minutes', type=float, default=math.inf, help=f'training: save and stop when the command has run for so long, exit code {PAUSED}; the same command goes on')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--stage', choices=list(stages.TRANSFORMER), help='score, export: whose checkpoint (default: the newest)')
    parser.add_argument('--target', type=pathlib.Path, default=SHIPPED, help='export: the model folder; atlas: the .npz; pack: a folder')
    parser.add_argument('--count', type=int, default=48, help='score: clips a part')
    parser.add_argument('--parts', help='score: some of its parts; judge: some of its networks; with commas between (default: all)')
    parser.add_argument('--sampler-steps', type=int, default=export.DEFAULTS['default_steps'], help='score, export: steps of the sampler')
    parser.add_argument('--guidance', type=float, default=export.DEFAULTS['default_guidance'], help='score, export')
    parser.add_argument('--shift', type=float, default=export.SHIFT, help='score, export')
    return parser.parse_args()


def run(options):
    preset, folder = stages.PRESETS[options.preset], options.folder
    if options.command == 'sheet':
        write_world(stages.world_mix(), folder, options.level)
    elif options.command == 'atlas':
        emoji.write_atlas(options.target)
    elif options.command == 'judge':
        classifier.train_all(folder, names=options.parts.split(',') if options.parts else list(classifier.NETWORKS))
    elif options.command == 'score':
        from . import scores  # needs OpenCV, which training does without
        scores.score(folder, folder / f'{options.stage or stages.newest(folder)}.pt', options.parts, options.count,
                     steps=options.sampler_steps, guidance=options.guidance, shift=options.shift)
    elif options.command == 'plot':
        plot.write_plot(folder, ['codec', 'refine', *stages.TRANSFORMER], folder / 'loss.png')
    elif options.command == 'pack':
        pack.pack(folder, options.source or SHIPPED, options.target)
    elif options.command == 'check':
        check.check(folder, options.target)
    elif options.command != 'export':
        for stage in stages.road(preset) if options.command == 'all' else [options.command]:
            train(options, preset, stage)
    if options.command in ('export', 'all'):
        export_model(folder, options.stage or stages.newest(folder), options.target, shift=options.shift,
                     default_steps=options.sampler_steps, default_guidance=options.guidance)


def main():
    options = parse()
    if options.emoji:
        os.environ[emoji.VARIABLE] = str(options.emoji)
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)  # dead activations would make convolutions several times slower
    try:
        run(options)
    except Paused as pause:
        print(pause)
        raise SystemExit(PAUSED)
