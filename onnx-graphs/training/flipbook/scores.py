"""Scores a model against the bars, each share with its 95 % interval.

    python -m flipbook.scores --folder runs                       the newest checkpoint, all parts
    python -m flipbook.scores --folder runs --parts text,camera --count 24
    python -m flipbook.scores --folder runs --write-prompts clips  prompts.jsonl for `zoetrope batch`, specs.jsonl for the line below
    python -m flipbook.scores --folder runs --clips clips          scores clips that were rendered elsewhere

`train.py judge` must have run before. Every clip has a prompt and a seed of its own. Writes scores.json, scores.md, one line a clip in
scores.jsonl, and a sheet a part.
"""
import argparse
import dataclasses
import json
import math
import pathlib
import subprocess
import time

import numpy as np
import torch
from PIL import Image

from . import export, metrics
from .classifier import NAMES, NOTHING, Judge
from .sample import load_transformer, sample
from .sheet import write_sheet
from .stages import newest
from .text import TextEncoder
from .train_codec import load_codec, measure, to_bytes, to_float
from .world import COLOURS, MOTIONS, PLACES, SHAPES, SPRITES, Clip, Mix, Spec, Thing, held_out, visible

LEVEL_A = ('left', 'right', 'up', 'down', 'bounce', 'still', 'grow', 'shrink')
TRAVELLING = ('left', 'right', 'up', 'down', 'bounce')
CAMERA_WORDS = ('static', 'pan left', 'pan right', 'zoom in', 'zoom out')
GATE, GATED = (28, 22), ((64, 64), (128, 96))  # decibels of the codec's round trip, and at which sizes
NATIVE = ((128, 72), (72, 128), (160, 96), (192, 192))  # beside 64x64
PARTS = ('codec', 'judge', 'text', 'trained', 'sprites', 'camera', 'permanence', 'animate', 'sizes')
NAMED_FRAMES = 5  # frames of a clip that vote on its thing
GONE = 0.2  # of the thing's area at the ends: less in the middle, and it was hidden


# ---- what is asked for ----------------------------------------------------------------------------------------------------
def draw_prompts(count, motions, seed, held=True, names=tuple(SHAPES), cameras=('static',), width=64, height=64, frames=9):
    """Real clips to compare with; their captions are the prompts. Motions (or cameras) in turn, everything else at random. held: whether
    the combinations were held out of training; None for either."""
    rng, out = np.random.default_rng([seed, 71]), []
    mix = Mix(((width, height),), (frames,), grid=16, hold_out=False, marks=0.4)
    pick = lambda items: items[int(rng.integers(len(items)))]
    while len(out) < count:
        motion, camera = motions[len(out) % len(motions)], cameras[len(out) % len(cameras)]
        others = (Thing(pick(('square', 'ball', 'heart')), pick(list(COLOURS)), 'still'),) if motion == 'behind' else ()
        spec = Spec(pick(list(names)), pick(list(COLOURS)), motion, pick(PLACES), camera, others)
        if not visible(spec) or (held is not None and held_out(spec) != held) or (len(cameras) > 1 and spec.place[0] == 'plain'):
            continue
        if motion == 'behind' and others[0].shape == spec.shape:
            continue
        clip = Clip(mix, seed, len(out), spec=spec, width=width, height=height, frames=frames, fps=8, plain=True)
        if len(cameras) > 1 and camera == 'static':
            clip.caption += ', static camera'
        out.append(clip)
    return out


# ---- what came ------------------------------------------------------------------------------------------------------------
def spread(frames, count=NAMED_FRAMES):
    return np.linspace(0, frames - 1, min(count, frames)).round().astype(int)


def read(video, spec, judge):
    """Everything that is measured of a clip, as a dict"""
    frames = video[spread(len(video))]
    grey, colour = judge.grey(frames).mean(0), judge.colour(frames, spec.colour).mean(0)
    motion, camera, place, _ = judge.scene(video)
    true, followed = NAMES.index(spec.shape), metrics.motion(video, spec)
    return dict(shape=spec.shape, motion=spec.motion, grey=_name(grey), colour=_name(colour), forced=NAMES[int(grey[:NOTHING].argmax())],
                p_grey=float(grey[true]), nothing=float(grey[NOTHING]), seen_motion=followed, network_motion=motion, seen_camera=camera, seen_place=list(place),
                object_grey=int(grey.argmax()) == true, object_colour=int(colour.argmax()) == true, object_forced=int(grey[:NOTHING].argmax()) == true,
                motion_right=followed == spec.motion, motion_network=motion == spec.motion, background=tuple(place) == tuple(spec.place), sharpness=metrics.sharpness(video, spec),
                reach=metrics.reach(video, spec), jerk=metrics.jerk(video, spec), flicker=metrics.flicker(video))


def _name(probabilities):
    best = int(probabilities.argmax())
    return 'nothing' if best == NOTHING else NAMES[best]


def read_all(videos, specs, judge):
    return [read(v, s, judge) for v, s in zip(videos, specs)]


def read_return(video, spec, judge):
    """Of a thing that goes and comes back: is it recognised before, was it gone in the middle, is it recognised after"""
    true, seen = NAMES.index(spec.shape), judge.colour(video, spec.colour)
    area = metrics.thing_pixels(video, spec.colour, spec.place).sum((1, 2))
    ends = max(1.0, float(np.median(np.concatenate([area[:2], area[-2:]]))))
    named = lambda part: bool(int(part.mean(0).argmax()) == true)
    return dict(shape=spec.shape, motion=spec.motion, before=named(seen[:2]), hidden=bool(area[3:-3].min() < GONE * ends), after=named(seen[-2:]),
                after_as=_name(seen[-2:].mean(0)))


# ---- shares and their intervals -------------------------------------------------------------------------------------------
def wilson(hits, count, z=1.96):
    """95 % interval of a share (Wilson 1927)"""
    if not count:
        return 0.0, 1.0
    p, q = hits / count, z * z / count
    middle, half = (p + q / 2) / (1 + q), z / (1 + q) * math.sqrt(p * (1 - p) / count + q / count / 4)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(values):
    values = [bool(v) for v in values]
    low, high = wilson(sum(values), len(values))
    return dict(value=round(sum(values) / max(1, len(values)), 3), low=round(low, 3), high=round(high, 3), clips=len(values))


def ratio(a, b, seed=0):
    """Ratio of two means over the same clips, with a bootstrap interval"""
    pairs = np.array([(x, y) for x, y in zip(a, b) if not (math.isnan(x) or math.isnan(y))]).reshape(-1, 2)
    if not len(pairs):
        return dict(value=0.0, low=0.0, high=0.0, clips=0, plain=True)
    drawn = pairs[np.random.default_rng(seed).integers(0, len(pairs), (1000, len(pairs)))].mean(1)
    low, high = np.quantile(drawn[:, 0] / np.maximum(drawn[:, 1], 1e-9), (0.025, 0.975))
    value = pairs[:, 0].mean() / max(pairs[:, 1].mean(), 1e-9)
    return dict(value=round(float(value), 3), low=round(float(low), 3), high=round(float(high), 3), clips=len(pairs), plain=True)


def mean(rows, key):
    values = [r[key] for r in rows if not math.isnan(r[key])]
    return round(float(np.mean(values)), 3) if values else None


ACCURACIES = ('object_colour', 'object_grey', 'object_forced', 'motion_right', 'motion_network', 'background')


def accuracies(rows):
    return {key: share(r[key] for r in rows) for key in ACCURACIES}


def per_motion(rows):
    return {m: share(r['motion_right'] for r in rows if r['motion'] == m) for m in dict.fromkeys(r['motion'] for r in rows)}


def compare(made, again):
    """What needs the round trip of the same prompts: rows of the model's clips, rows of the round trips"""
    still = lambda rows: [r for r in rows if r['motion'] == 'still']
    return dict(p_grey=ratio([r['p_grey'] for r in made], [r['p_grey'] for r in again]), sharpness=ratio([r['sharpness'] for r in made], [r['sharpness'] for r in again]),
                p_grey_made=mean(made, 'p_grey'), p_grey_round_trip=mean(again, 'p_grey'), nothing=mean(made, 'nothing'),
                flicker_of_still_clips=[mean(still(made), 'flicker'), mean(still(again), 'flicker')], jerk=[mean(made, 'jerk'), mean(again, 'jerk')])


# ---- parts ----------------------------------------------------------------------------------------------------------------
class Scorer:
    """A model's codec and transformer, the judge, and the settings of the sampler."""

    def __init__(self, folder, transformer, count, seed, settings, name, judge):
        self.folder, self.count, self.seed, self.settings, self.name = pathlib.Path(folder), count, seed, settings, name
        self.codec, self.judge, self.text = load_codec(self.folder / 'codec.safetensors'), Judge(judge or self.folder / 'judge'), TextEncoder()
        self.model = load_transformer(transformer)
        self.lines, self.out = [], {}

    @torch.no_grad()
    def decode(self, latents):
        return np.concatenate([to_bytes(self.codec.decode(part)) for part in latents.split(4)])

    @torch.no_grad()
    def round_trip(self, clips):
        return np.concatenate([to_bytes(self.codec.decode(self.codec.encode(to_float([c.video])))) for c in clips])

    def render(self, clips, first=None):
        context = '' if first is None else 'context_'
        usual = {key: export.DEFAULTS[f'default_{context}{key}'] for key in ('steps', 'guidance')}
        settings = usual | {key: value for key, value in self.settings.items() if value is not None}
        frames, height, width = clips[0].video.shape[:3]
        limit = max(1, 16 * 3 * 64 * 64 // ((1 + (frames - 1) // 4) * height * width))
        latents = sample(self.model, [self.text(c.caption) for c in clips], 1 + (frames - 1) // 4, height, width, seed=self.seed, first=first, limit=limit, **settings)
        return self.decode(latents)

    def note(self, part, clips, videos, rows, sheet=14):
        self.lines += [dict(part=part, prompt=c.caption, **r) for c, r in zip(clips, rows)]
        write_sheet(list(videos[:sheet]), [c.caption for c in clips[:sheet]], self.folder / f'{self.name}_{part}.png')

    def judged(self):
        """The judge itself, on real clips of held-out combinations and on what the codec makes of them"""
        clips = draw_prompts(max(96, 2 * self.count), LEVEL_A, 901)
        specs = [c.spec for c in clips]
        real = read_all([c.video for c in clips], specs, self.judge)
        half = clips[:max(48, self.count)]
        again = read_all(self.round_trip(half), specs, self.judge)
        frozen = read_all([np.repeat(c.video[:1], len(c.video), 0) for c in clips], specs, self.judge)
        backwards = [(c.spec.motion, metrics.motion(c.video[::-1], c.spec)) for c in clips if c.spec.motion in ('left', 'right')]
        b = draw_prompts(96, LEVEL_A, 902, names=tuple(SPRITES))
        level_b = read_all([c.video for c in b], [c.spec for c in b], self.judge)
        shifted = read_all([c.video for c in clips], specs[1:] + specs[:1], self.judge)
        cameras = draw_prompts(100, ('still',), 903, None, cameras=CAMERA_WORDS)
        return dict(real=accuracies(real), round_trip=accuracies(again), real_level_b=accuracies(level_b), shuffled=accuracies(shifted),
                    frozen_first_frame=per_motion(frozen), backwards_flips=share(a != b and b in ('left', 'right') for a, b in backwards),
                    p_grey=[mean(real, 'p_grey'), mean(again, 'p_grey')], camera_by_flow=share(metrics.camera_of(c.video) == c.spec.camera for c in cameras))

    def told(self, part, held, names, seed, count, **size):
        clips = draw_prompts(count, LEVEL_A, seed, held, names, **size)
        videos, specs = self.render(clips), [c.spec for c in clips]
        rows = read_all(videos, specs, self.judge)
        self.note(part, clips, videos, rows)
        again = read_all(self.round_trip(clips), specs, self.judge)
        return dict(**accuracies(rows), **compare(rows, again), motions=per_motion(rows), round_trip=accuracies(again),
                    shuffled=accuracies(read_all(videos, specs[1:] + specs[:1], self.judge)))

    def camera(self):
        clips = draw_prompts(self.count, ('still',), 911, None, cameras=CAMERA_WORDS)
        videos = self.render(clips)
        rows = [dict(asked=c.spec.camera, seen=metrics.camera_of(v), network=self.judge.scene(v)[1], motion=[round(float(x), 3) for x in metrics.camera_motion(v)])
                for c, v in zip(clips, videos)]
        self.note('camera', clips, videos, rows)
        return dict(all=share(r['asked'] == r['seen'] for r in rows), words={w: share(r['seen'] == w for r in rows if r['asked'] == w) for w in CAMERA_WORDS},
                    by_network=share(r['asked'] == r['network'] for r in rows))

    def permanence(self):
        clips = draw_prompts(self.count, ('away', 'behind'), 921, None, frames=17)
        videos = self.render(clips)
        rows = [read_return(v, c.spec, self.judge) for c, v in zip(clips, videos)]
        self.note('permanence', clips, videos, rows)
        real = [read_return(v, c.spec, self.judge) for c, v in zip(clips, self.round_trip(clips))]
        shares = lambda rows: {k: share(r[k] for r in rows) for k in ('before', 'hidden', 'after')} | dict(hidden_and_after=share(r['hidden'] and r['after'] for r in rows))
        return dict(**shares(rows), of_which={m: shares([r for r in rows if r['motion'] == m]) for m in ('away', 'behind')}, round_trip=shares(real))

    @torch.no_grad()
    def animate(self):
        clips = draw_prompts(self.count, TRAVELLING, 931, frames=17)
        first = [self.codec.encode(to_float([c.video[:1]]))[0] for c in clips]
        videos = self.render(clips, first)
        rows = []
        for clip, video in zip(clips, videos):
            p = self.judge.grey(video[[0, 16]])
            reach = metrics.reach(video, clip.spec)
            rows.append(dict(shape=clip.spec.shape, motion=clip.spec.motion, at_0=_name(p[0]), at_16=_name(p[1]), reach=reach, seen_motion=metrics.motion(video, clip.spec)))
        self.note('animate', clips, videos, rows)
        known = [r['at_16'] == r['shape'] for r in rows]
        return dict(at_0=share(r['at_0'] == r['shape'] for r in rows), at_16=share(known), moved=share(r['reach'] > metrics.MOTION_FLOOR for r in rows),
                    at_16_and_moved=share(k and r['reach'] > metrics.MOTION_FLOOR for k, r in zip(known, rows)), motion=share(r['seen_motion'] == r['motion'] for r in rows))

    def gate(self):
        """PSNR of the codec's round trip on held-out combinations, 17 frames: whole clips, and inside the things from frame 1 on; then with
        the sprites of level B, and with cameras and several things"""
        whole = Mix(hold_out=False, motions=tuple(MOTIONS), sprites=0.3, cameras=0.3, others=0.3, weather=0.1, speeds=0.2)
        draws = {f'{w}x{h}': draw_prompts(24, LEVEL_A, 961, width=w, height=h, frames=17) for w, h in GATED}
        draws['64x64, sprites'] = draw_prompts(24, LEVEL_A, 962, names=tuple(SPRITES), frames=17)
        draws['64x64, the whole world'] = [Clip(whole, 963, i, width=64, height=64, frames=17) for i in range(24)]
        return {name: measure(self.codec, clips)[1:] for name, clips in draws.items()}

    def sizes(self):
        count = max(8, self.count // 3)
        return {f'{w}x{h}': self.told(f'{w}x{h}', True, tuple(SHAPES), 941, count, width=w, height=h) for w, h in NATIVE}

    def run(self, part):
        started = time.time()
        work = dict(codec=self.gate, judge=self.judged, text=lambda: self.told('text', True, tuple(SHAPES), 951, self.count),
                    trained=lambda: self.told('trained', False, tuple(SHAPES), 952, max(8, self.count // 2)),
                    sprites=lambda: self.told('sprites', True, tuple(SPRITES), 953, max(8, self.count // 2)),
                    camera=self.camera, permanence=self.permanence, animate=self.animate, sizes=self.sizes)
        self.out[part] = dict(work[part](), seconds=round(time.time() - started))


# ---- clips from elsewhere -------------------------------------------------------------------------------------------------
def write_prompts(folder, count, seed):
    """prompts.jsonl, rows of `zoetrope batch` with a PNG file a frame, and specs.jsonl, what they ask for"""
    folder.mkdir(parents=True, exist_ok=True)
    clips = draw_prompts(count, LEVEL_A, 951)
    with open(folder / 'prompts.jsonl', 'w') as prompts, open(folder / 'specs.jsonl', 'w') as specs:
        for i, clip in enumerate(clips):
            height, width = clip.video.shape[1:3]
            name = f'{i:04}-%05d.png'
            prompts.write(json.dumps(dict(prompt=clip.caption, seed=seed * 1000 + i, size=f'{width}x{height}', frames=len(clip.video), fps=8, output=name)) + '\n')
            specs.write(json.dumps(dict(output=name, prompt=clip.caption, width=width, height=height, frames=len(clip.video), spec=dataclasses.asdict(clip.spec))) + '\n')


def read_clip(folder, row):
    """uint8 [frames, height, width, 3] of PNG files (a pattern or a folder) or of a video file, by ffmpeg"""
    path = folder / row['output']
    if '%' in row['output'] or path.is_dir():
        head = row['output'].split('%')[0] if '%' in row['output'] else row['output'] + '/'
        files = sorted(folder.glob(head + '*.png'))
        if not files:
            raise FileNotFoundError(f'clip: expected PNG files {path}, found none; render them: zoetrope batch prompts.jsonl -o {folder}')
        return np.stack([np.asarray(Image.open(f).convert('RGB')) for f in files])
    raw = subprocess.run(['ffmpeg', '-v', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, row['height'], row['width'], 3)


def spec_of(fields):
    others = tuple(Thing(**t) for t in fields.get('others', ()))
    return Spec(**{**fields, 'place': tuple(fields['place']), 'others': others})


def score_clips(folder, judge):
    """-> accuracies of the clips that specs.jsonl names, and a row for each"""
    wanted = [json.loads(line) for line in (folder / 'specs.jsonl').read_text().splitlines()]
    rows = [read(read_clip(folder, w), spec_of(w['spec']), judge) for w in wanted]
    return dict(clips=dict(**accuracies(rows), motions=per_motion(rows), p_grey_made=mean(rows, 'p_grey'), sharpness_made=mean(rows, 'sharpness'))), \
        [dict(output=w['output'], prompt=w['prompt'], **r) for w, r in zip(wanted, rows)]


# ---- the table ------------------------------------------------------------------------------------------------------------
BARS = (  # what, where it stands in the result, the bar
    ('object in colour, held out', ('text', 'object_colour'), 0.90), ('object in grey, held out', ('text', 'object_grey'), 0.90),
    ('motion, held out', ('text', 'motion_right'), 0.85), ('background, held out', ('text', 'background'), 0.95),
    ('p(true object, grey) over the round trip\'s', ('text', 'p_grey'), 0.80), ('sharpness over the round trip\'s', ('text', 'sharpness'), (0.85, 1.15)),
    ('camera words', ('camera', 'all'), 0.80), ('object permanence: recognised after', ('permanence', 'after'), 0.70),
    ('object permanence: hidden, and recognised after', ('permanence', 'hidden_and_after'), 0.70),
    ('from a first frame: recognised at frame 16, and moved', ('animate', 'at_16_and_moved'), 0.80))


def cell(value):
    """A share in per cent, or a ratio; its interval; number of clips"""
    scale = lambda x: f'{x:.2f}' if value.get('plain') else f'{100 * x:.0f}'
    return f'{scale(value["value"])} ({scale(value["low"])}–{scale(value["high"])}), {value["clips"]}'


def shares_of(value, path=()):
    """Every share in a nested dict, with its path"""
    for key, item in value.items():
        if isinstance(item, dict) and 'low' in item:
            yield (*path, key), item
        elif isinstance(item, dict):
            yield from shares_of(item, (*path, key))


def table(out):
    """Markdown: the bars, then every share. Shares in per cent, 95 % interval, number of clips."""
    lines = ['| bar | asked | found | |', '|---|---|---|---|']
    for name, (part, key), bar in BARS:
        if part in out:
            v = out[part][key]
            good = bar[0] <= v['value'] <= bar[1] if isinstance(bar, tuple) else v['value'] >= bar
            asked = f'{bar[0]:.2f}–{bar[1]:.2f}' if isinstance(bar, tuple) else f'≥ {bar:.2f}' if v.get('plain') else f'≥ {100 * bar:.0f}'
            lines.append(f'| {name} | {asked} | {cell(v)} | {"holds" if good else "missed"} |')
    if 'text' in out and 'sizes' in out:
        for size, part in out['sizes'].items():
            if isinstance(part, dict):
                lost = max(out['text'][k]['value'] - part[k]['value'] for k in ('object_colour', 'object_grey', 'motion_right', 'background'))
                lines.append(f'| {size}: largest loss against 64x64 | ≤ 10 | {100 * lost:.0f} | {"holds" if lost <= 0.1 else "missed"} |')
    for name, psnr in out.get('codec', {}).items():
        if name != 'seconds':
            good = all(found >= asked for found, asked in zip(psnr, GATE))
            lines.append(f'| codec, {name}: dB, and inside the thing | ≥ {GATE[0]} and {GATE[1]} | {psnr[0]:.1f} and {psnr[1]:.1f} | {"holds" if good else "missed"} |')
    lines += ['', '| share | per cent (95 %), clips |', '|---|---|'] + [f'| {" / ".join(path)} | {cell(v)} |' for path, v in shares_of(out)]
    return '\n'.join(lines) + '\n'


def parse():
    parser = argparse.ArgumentParser(prog='python -m flipbook.scores', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--folder', type=pathlib.Path, default=pathlib.Path('runs'), help='codec, checkpoints and judge')
    parser.add_argument('--checkpoint', type=pathlib.Path, help='the transformer (default: the newest stage of the folder)')
    parser.add_argument('--parts', help=f'with commas between (default: all): {", ".join(PARTS)}')
    parser.add_argument('--count', type=int, default=48, help='clips of a part; half as many of trained and sprites, a third of every size')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--steps', type=int, help='default: those of the model, also below')
    parser.add_argument('--guidance', type=float)
    parser.add_argument('--shift', type=float, default=export.SHIFT)
    parser.add_argument('--name', default='scores', help='of the files that are written')
    parser.add_argument('--judge', type=pathlib.Path, help='folder of the networks (default: judge in the folder)')
    parser.add_argument('--clips', type=pathlib.Path, help='a folder of clips rendered elsewhere, with specs.jsonl')
    parser.add_argument('--write-prompts', type=pathlib.Path, help='a folder for prompts.jsonl and specs.jsonl')
    return parser.parse_args()


def write(folder, name, out, lines):
    (folder / f'{name}.json').write_text(json.dumps(out, indent=1))
    (folder / f'{name}.md').write_text(table(out))
    (folder / f'{name}.jsonl').write_text(''.join(json.dumps(line) + '\n' for line in lines))


def score(folder, checkpoint, parts=None, count=48, seed=0, name='scores', judge=None, **settings):
    """Scores a checkpoint and writes what came after every part. parts: names with commas between; judge: folder of its networks; settings: of the sampler"""
    scorer = Scorer(folder, checkpoint, count, seed, settings, name, judge)
    scorer.out['settings'] = dict(settings, checkpoint=checkpoint.name, seed=seed)
    for part in parts.split(',') if parts else PARTS:
        scorer.run(part)
        write(folder, name, scorer.out, scorer.lines)
        print(f'{part}: {scorer.out[part]["seconds"]} s', flush=True)
    print(table(scorer.out).split('\n\n')[0])  # all of it is in scores.md


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    if options.write_prompts:
        write_prompts(options.write_prompts, options.count, options.seed)
        return
    if options.clips:
        out, lines = score_clips(options.clips, Judge(options.judge or options.folder / 'judge'))
        write(options.clips, options.name, out, lines)
        print(table(out))
        return
    score(options.folder, options.checkpoint or options.folder / f'{newest(options.folder)}.pt', options.parts, options.count, options.seed, options.name, options.judge,
          steps=options.steps, guidance=options.guidance, shift=options.shift)


if __name__ == '__main__':
    main()
