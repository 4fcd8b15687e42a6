"""Scores the operations of the time line as a user gets them: clips of held-out prompts are rendered by the `zoetrope` command, measured by
`zoetrope metrics`, and judged.

    python -m flipbook.line_scores --zoetrope ../../zoetrope --judge runs/judge --folder line --parts extension,loop

Parts: extension (10 prompts, 60 s each), continuity (what keeps a long clip from drifting, each alone and together), interpolation (against
a cross-fade), loop, connect, shots, mask (the thing is replaced, the place kept), picture (one in the middle of a clip). Writes line.json, line.md and the clips into the folder; clips that are there are not rendered again.
"""
import argparse
import json
import pathlib
import subprocess
from dataclasses import replace

import cv2
import numpy as np
import torch

from . import metrics
from .classifier import NAMES, Judge
from .scores import draw_prompts, share
from .train_codec import load_codec, to_bytes, to_float
from .world import Clip, Mix, caption, visible

MOVING = ('left', 'right', 'bounce', 'up', 'down')
WINDOW = 16  # frames that are judged together
CONTINUITY = {'nothing': '--context-noise 0 --no-anchor --matching 0', 'noise': '--context-noise 0.1 --no-anchor --matching 0',
              'anchor': '--context-noise 0 --anchor --matching 0', 'matching': '--context-noise 0 --no-anchor --matching 0.5',
              'noise and anchor': '--context-noise 0.1 --anchor --matching 0', 'all': '--context-noise 0.1 --anchor --matching 0.5'}


def read_video(path):
    """uint8 [frames, height, width, 3]"""
    capture, frames = cv2.VideoCapture(str(path)), []
    while True:
        there, frame = capture.read()
        if not there:
            return np.stack(frames)
        frames.append(frame[..., ::-1])


def write_video(path, video, fps):
    """Lossless"""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'FFV1'), fps, video.shape[2:0:-1])
    for frame in video:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()


class Scorer:
    def __init__(self, options):
        self.options, self.folder, self.judge = options, options.folder, Judge(options.judge)
        self.folder.mkdir(parents=True, exist_ok=True)

    def call(self, *arguments):
        done = subprocess.run([str(self.options.zoetrope), *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f'{" ".join(map(str, arguments))}: {done.stderr}')
        return done.stdout

    def make(self, name, *arguments):
        """-> the file, made by this command unless it is there, and the frames at which its pieces join"""
        file, plan = self.folder / f'{name}.mp4', self.folder / f'{name}.plan.json'
        if not file.exists():
            plan.write_text(self.call(*arguments, '--plan', '--json'))
            self.call(*arguments, '--keep-latents', '-o', file)
        return file, json.loads(plan.read_text())['joins']

    def measured(self, file, joins=()):
        arguments = ['--joins', ','.join(map(str, joins))] if joins else []
        return json.loads(self.call('metrics', file, '--json', *arguments))['clips'][0]

    def named(self, video, spec):
        """Share of windows in which the thing in its colour, and its background, are recognised"""
        starts = range(0, len(video) - WINDOW + 1, WINDOW)
        true = NAMES.index(spec.shape)
        seen = [int(self.judge.colour(video[s:s + WINDOW:4], spec.colour).mean(0).argmax()) == true for s in starts]
        places = [tuple(self.judge.scene(video[s:s + 9])[2]) == tuple(spec.place) for s in starts]
        return np.mean(seen), np.mean(places)

    def long(self, name, clip, seed, seconds, *settings):
        file, joins = self.make(name, 'render', clip.caption, '--seconds', seconds, '--seed', seed, *settings)
        found, video = self.measured(file, joins), read_video(file)
        part = 80  # 10 s
        first, last = self.named(video[:part], clip.spec), self.named(video[-part:], clip.spec)
        return dict(prompt=clip.caption, joins=len(joins), seam=found['seams']['median_ratio'], worst_seam=found['seams']['largest_ratio'], drift=found['colour_drift']['last'],
                    still=found['motion']['still'], moving=found['motion']['moving_share'], thing=(first[0], last[0]), place=(first[1], last[1]))

    def summed(self, rows):
        thing, place = np.mean([r['thing'] for r in rows], 0), np.mean([r['place'] for r in rows], 0)
        return dict(clips=len(rows), joins=min(r['joins'] for r in rows), median_seam=round(float(np.median([r['seam'] for r in rows])), 3), worst_seam=max(r['worst_seam'] for r in rows),
                    median_drift=round(float(np.median([r['drift'] for r in rows])), 2), worst_drift=max(r['drift'] for r in rows), still=sum(r['still'] for r in rows),
                    thing_first_last=thing.round(3).tolist(), place_first_last=place.round(3).tolist(), rows=rows)

    def extension(self):
        clips = draw_prompts(self.options.count, MOVING, 971)
        return self.summed([self.long(f'long{i}', c, i + 1, self.options.seconds) for i, c in enumerate(clips)])

    def continuity(self):
        clips = draw_prompts(max(2, self.options.count // 2), MOVING, 971)
        return {name: self.summed([self.long(f'{name.replace(" ", "-")}{i}', c, i + 1, self.options.seconds / 2, *settings.split()) for i, c in enumerate(clips)])
                for name, settings in CONTINUITY.items()}

    def short(self, count, seed):
        for i, clip in enumerate(draw_prompts(count, MOVING, seed)):
            yield i, clip, self.make(f'short{seed}-{i}', 'render', clip.caption, '--seconds', 2, '--seed', i + 1)[0]

    def loop(self):
        rows = []
        for i, clip, file in self.short(self.options.count, 972):
            for kind, arguments in (('clip', ('loop', file, '--by', '2s')), ('prompt', ('loop', clip.caption, '--seconds', 2))):
                found = self.measured(self.make(f'loop-{kind}{i}', *arguments, '--seed', i + 1)[0])
                rows.append(dict(kind=kind, prompt=clip.caption, closure=found['loop']['closure'], still=found['motion']['still'], jump=found['jumps']['largest_ratio']))
        return {kind: dict(within=share(r['closure'] <= 1.3 and not r['still'] for r in rows if r['kind'] == kind),
                           median_closure=float(np.median([r['closure'] for r in rows if r['kind'] == kind]))) for kind in ('clip', 'prompt')} | dict(rows=rows)

    def connect(self):
        files, rows = list(self.short(self.options.count + 1, 973)), []
        for (i, clip, a), (_, _, b) in zip(files, files[1:]):
            file, joins = self.make(f'connect{i}', 'connect', a, b, '--seconds', 3, '--seed', i + 1)
            found, video = self.measured(file, joins), read_video(file).astype(int)
            difference = np.abs(np.diff(video, axis=0)).mean((1, 2, 3))
            from_, to = joins[0], joins[-1]
            rows.append(dict(prompt=clip.caption, jump=round(float(difference[from_ - 1:to].max() / np.median(difference)), 2), seam=found['seams']['largest_ratio']))
        return dict(within=share(r['jump'] <= 1.5 for r in rows), median_jump=float(np.median([r['jump'] for r in rows])), rows=rows)

    def shots(self):
        rows, clips = [], draw_prompts(2 * self.options.count, MOVING, 974)
        for i, (a, b) in enumerate(zip(clips[::2], clips[1::2])):
            for transition in ('cut', 'blend'):
                board = self.folder / f'board-{transition}{i}.yaml'
                board.write_text(json.dumps(dict(seed=i + 1, shots=[dict(prompt=a.caption, seconds=3), dict(prompt=b.caption, seconds=3, transition=transition)])))
                video = read_video(self.make(f'shots-{transition}{i}', 'storyboard', board)[0])
                first, second = self.named(video[:24], a.spec), self.named(video[-16:], b.spec)
                rows.append(dict(transition=transition, prompts=[a.caption, b.caption], thing=[bool(first[0] > 0), bool(second[0] > 0)], place=[bool(first[1] > 0), bool(second[1] > 0)]))
        of = lambda t, key, shot: share(r[key][shot] for r in rows if r['transition'] == t)
        return {t: {key: [of(t, key, 0), of(t, key, 1)] for key in ('thing', 'place')} for t in ('cut', 'blend')} | dict(rows=rows)

    def mask(self):
        """A hole where the thing of a clip was, in which another is to be; all else is kept. The clip has edges of its own at the hole's boundary, horizons
        above all, which lie on the same grid: `own` is its ratio there, `seam` that of what was made."""
        rows, clips = [], [*draw_prompts(3 * self.options.count, MOVING, 977)]
        for i, (_, clip, file) in enumerate(self.short(self.options.count, 976)):
            video = read_video(file).astype(int)
            moving = (video.max(0) - video.min(0)).max(-1) > 60
            rows_, columns = (np.flatnonzero(moving.any(axis)) for axis in (1, 0))
            if not len(rows_):
                continue
            kept, (height, width) = np.full(moving.shape, 255, np.uint8), moving.shape
            kept[max(0, rows_[0] // 8 * 8 - 8):rows_[-1] // 8 * 8 + 16, max(0, columns[0] // 8 * 8 - 8):columns[-1] // 8 * 8 + 16] = 0
            picture = self.folder / f'kept{i}.png'
            cv2.imwrite(str(picture), kept)
            if (kept == 255).mean() < 0.15:
                continue
            other = next(c.spec for c in clips if c.spec.shape != clip.spec.shape and visible(replace(clip.spec, shape=c.spec.shape, colour=c.spec.colour)))
            spec = replace(clip.spec, shape=other.shape, colour=other.colour)
            words = caption(spec, '', False, np.random.default_rng(i), True)
            made = self.make(f'mask{i}', 'restyle', file, words, '--strength', 0.97, '--mask', picture, '--seed', i + 1)[0]
            ratio = lambda of: json.loads(self.call('metrics', of, '--against', file, '--mask', picture, '--feather', 8, '--json'))['clips'][0]['region']['seam_ratio']
            rows.append(dict(prompt=words, seam=ratio(made), own=ratio(file), thing=bool(self.named(read_video(made), spec)[0] > 0), hole=round(float((kept == 0).mean()), 2)))
        return dict(clips=len(rows), within=share(r['seam'] <= 1.5 * r['own'] for r in rows), median_over=float(np.median([r['seam'] / r['own'] for r in rows])), median_seam=float(np.median([r['seam'] for r in rows])), thing=share(r['thing'] for r in rows), rows=rows)

    def picture(self):
        """Frame 8 of one clip in the middle of another one of the same prompt"""
        rows = []
        for i, clip, file in self.short(self.options.count, 978):
            given = self.folder / f'given{i}.png'
            cv2.imwrite(str(given), read_video(file)[8][..., ::-1])
            made = self.make(f'around{i}', 'render', clip.caption, '--seconds', 2, '--image', f'{given}@1', '--seed', i + 101)[0]
            error = np.square(read_video(made).astype(float) - read_video(file)[8]).mean((1, 2, 3))
            rows.append(dict(prompt=clip.caption, psnr=round(float(10 * np.log10(255 ** 2 / error[8])), 2), elsewhere=round(float(10 * np.log10(255 ** 2 / np.median(error))), 2)))
        return dict(median_psnr=float(np.median([r['psnr'] for r in rows])), median_elsewhere=float(np.median([r['elsewhere'] for r in rows])), rows=rows)

    @torch.no_grad()
    def interpolation(self):
        """Every fourth frame of clips at 16 a second is given; the others are compared where something moves"""
        codec, rows = load_codec(self.options.codec), []
        again = lambda frames: np.concatenate([to_bytes(codec.decode(codec.encode(to_float([f[None]])))) for f in frames])[:, 0]
        for i, clip in enumerate(draw_clips(self.options.count)):
            source = self.folder / f'keys{i}.mkv'
            write_video(source, clip.video[::4], 4)
            file = self.folder / f'between{i}.mkv'
            if not file.exists():
                self.call('interpolate', source, clip.caption, '--fps', 16, '--seed', i + 1, '-o', self.folder / f'between{i}-%05d.png')
            made = np.stack([cv2.imread(str(f))[..., ::-1] for f in sorted(self.folder.glob(f'between{i}-*.png'))]).astype(float)
            real, keys = again(clip.video).astype(float), again(clip.video[::4]).astype(float)
            errors = []
            for f in range(len(made)):
                a, share_ = f // 4, f % 4 / 4
                if share_ == 0:
                    continue
                region = np.maximum.reduce([clip.cover[4 * a], clip.cover[f], clip.cover[4 * a + 4]]) > 0.3
                if region.any():
                    mixed = (1 - share_) * keys[a] + share_ * keys[a + 1]
                    errors.append([np.square(x[region] - real[f][region]).mean() for x in (made[f], mixed)])
            made_error, mixed_error = np.mean(errors, 0)
            rows.append(dict(prompt=clip.caption, made=round(float(made_error), 1), mixed=round(float(mixed_error), 1)))
        psnr = lambda key: round(float(10 * np.log10(255 ** 2 / np.mean([r[key] for r in rows]))), 2)
        return dict(better=share(r['made'] < r['mixed'] for r in rows), made_db=psnr('made'), mixed_db=psnr('mixed'), rows=rows)


def draw_clips(count):
    prompts = draw_prompts(count, MOVING, 975)
    mix = Mix(((64, 64),), (33,), (16,), grid=16, hold_out=False)
    return [Clip(mix, 975, i, spec=c.spec, width=64, height=64, frames=33, fps=16, plain=True) for i, c in enumerate(prompts)]


PARTS = ('extension', 'continuity', 'interpolation', 'loop', 'connect', 'shots', 'mask', 'picture')


def main():
    parser = argparse.ArgumentParser(prog='python -m flipbook.line_scores', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--zoetrope', type=pathlib.Path, default=pathlib.Path('../../zoetrope'))
    parser.add_argument('--judge', type=pathlib.Path, required=True, help='folder of the networks')
    parser.add_argument('--codec', type=pathlib.Path, default=pathlib.Path('runs/codec.safetensors'))
    parser.add_argument('--folder', type=pathlib.Path, default=pathlib.Path('line'))
    parser.add_argument('--parts', default=','.join(PARTS))
    parser.add_argument('--count', type=int, default=10)
    parser.add_argument('--seconds', type=float, default=60, help='of the long clips')
    options = parser.parse_args()
    torch.set_num_threads(1)
    scorer, file = Scorer(options), options.folder / 'line.json'
    out = json.loads(file.read_text()) if file.exists() else {}
    for part in options.parts.split(','):
        out[part] = getattr(scorer, part)()
        file.write_text(json.dumps(out, indent=1, default=float))
        print(part, json.dumps({k: v for k, v in out[part].items() if k != 'rows'} if part != 'continuity' else {n: {k: v for k, v in x.items() if k != 'rows'} for n, x in out[part].items()}, default=float), flush=True)


if __name__ == '__main__':
    main()
