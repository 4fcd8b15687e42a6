"""The judge's networks: which thing does a frame show, and what happens in a clip? Trained on the world that the model learns.

Four small convolutional networks, for frames of any size:
  grey    a frame in luminance, contrast and brightness jittered in training -> thing; a patch of the right colour is not enough
  colour  a frame in RGB and how near every pixel is to a named colour -> the thing of that colour, among several
  scene   a clip -> place and colour of the thing
  motion  a clip -> motion of the thing, motion of the camera
Half of what they see went through the codec, as everything that a model makes does.

Two classes of mistakes are trained against. Frames whose thing is torn apart (its cells shuffled, or bent out of shape), and frames
without a thing, belong to a class of their own, NOTHING: else a network has to call a blob something. And the motion must not be read
from where a thing stands: clips are also shown backwards (left is then right, growing is shrinking) and frozen (then everything is
still), so that one frame says nothing about the motion.
"""
import pathlib
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from .train_codec import load_codec, to_bytes, to_float
from .world import ALONE, CAMERAS, COLOURS, MOTIONS, PLACES, THINGS, Clip, Mix

NAMES, COLOUR_NAMES, MOTION_NAMES, CAMERA_NAMES = list(THINGS), list(COLOURS), list(MOTIONS), list(CAMERAS)
NOTHING = len(NAMES)
LUMINANCE = np.array((0.299, 0.587, 0.114), np.float32)  # ITU-R BT.601
SIZES = ((64, 64),) * 6 + ((48, 48),) * 2 + ((64, 48), (48, 64), (96, 64), (64, 96), (80, 80), (128, 72), (72, 128), (160, 96), (192, 192))
JUDGED = ALONE * 3 + ('grow', 'shrink') * 3 + ('orbit', 'spin', 'appear', 'away', 'follow', 'behind')
MIX = dict(sizes=SIZES, frames=(9, 9, 9, 17), fps=(8,) * 8 + (4, 16), motions=JUDGED, hold_out=False, sprites=0.5, cameras=0.15, others=0.15, weather=0.05,
           speeds=0.12, marks=0.4, cells=1800)
MIXES = Mix(**MIX, grid=1), Mix(**MIX, grid=8)
CLIPS = 2600
TORN = 0.12  # share of the clips whose thing is torn apart
SHOWN, HIDDEN = 0.7, 0.03  # visible share of a thing that can be named, and of one that is gone
CROP, CROPPED = 48, 0.75  # pixels a side, and share of the batches of single frames: most of a frame is background
IGNORED = -100  # cross_entropy's mark of a row without a label


# ---- networks -------------------------------------------------------------------------------------------------------------
def layer(inputs, outputs, kernel, stride=1, dilation=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2 * dilation, dilation, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True))


class Pool(nn.Module):
    """[n, channels, h, w] -> [n, 2 * channels]: the largest value, and the mean weighted by an attention of its own."""

    def __init__(self, channels):
        super().__init__()
        self.where = nn.Conv2d(channels, 1, 1)

    def forward(self, x):
        weight = self.where(x).flatten(2).softmax(-1)
        return torch.cat([x.amax((2, 3)), (x.flatten(2) * weight).sum(-1)], 1)


class ObjectNet(nn.Module):
    """What is where, for every 8x8 pixels, then what the frame shows: the cells that show something, pooled by how sure they are."""

    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(layer(channels, 24, 5, 2), layer(24, 48, 3, 2), layer(48, 64, 3), layer(64, 96, 3, 2), layer(96, 96, 3), layer(96, 96, 3, dilation=2))
        self.cells, self.out = nn.Conv2d(96, NOTHING + 1, 1), nn.Linear(192, NOTHING + 1)

    def forward(self, frames):
        """[n, channels, height, width] -> logits of the frame [n, things + 1] and of its cells [n, things + 1, height / 8, width / 8]"""
        x = self.body(frames)
        cells = self.cells(x)
        something = cells[:, :NOTHING].logsumexp(1) - cells[:, NOTHING]
        weight = something.detach().flatten(1).softmax(-1)[:, None]
        pooled = torch.cat([x.amax((2, 3)), (x.flatten(2) * weight).sum(-1)], 1)
        return self.out(F.dropout(pooled, 0.1, self.training)), cells


def neighbours(x, clips):
    """Moves a quarter of the channels of every frame one frame back and a quarter one frame on (temporal shift, arXiv:1811.08383).
    [clips * frames, channels, h, w] -> same shape"""
    y = x.reshape(clips, -1, *x.shape[1:])
    quarter = y.shape[2] // 4
    before, after = torch.cat([y[:, :1], y[:, :-1]], 1), torch.cat([y[:, 1:], y[:, -1:]], 1)
    return torch.cat([before[:, :, :quarter], after[:, :, quarter:2 * quarter], y[:, :, 2 * quarter:]], 2).reshape(x.shape)


class SceneNet(nn.Module):
    """Place, and colour of the thing"""

    def __init__(self):
        super().__init__()
        self.stem, self.conv1, self.conv2, self.conv3 = layer(9, 32, 5, 4), layer(32, 48, 3), layer(48, 64, 3, 2), layer(64, 96, 3, 2)
        self.pool, self.place, self.colour = Pool(96), nn.Linear(192, len(PLACES)), nn.Linear(192, len(COLOURS))

    def forward(self, clips):
        """[n, frames, 3, height, width] -> logits of place and colour"""
        n, frames = clips.shape[:2]
        before, after = torch.cat([clips[:, :1], clips[:, :-1]], 1), torch.cat([clips[:, 1:], clips[:, -1:]], 1)
        x = self.stem(torch.cat([clips, (clips - before) * 4, (after - clips) * 4], 2).flatten(0, 1))
        for conv in (self.conv1, self.conv2, self.conv3):
            x = conv(neighbours(x, n))
        x = self.pool(x).reshape(n, frames, -1).mean(1)
        return self.place(x), self.colour(x)


SHIFTS = tuple((x * d, y * d) for d in (1, 2, 4) for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)))  # pixels a frame


def displacement(clips):
    """How much better each shift of SHIFTS explains the next frame than none does, and how badly none does, for every 4x4 pixels.
    Learned filters take an age to tell left from right; this is the matching cost of stereo and optical flow, and says it at once.
    [n, frames, 3, height, width] -> [n * (frames - 1), 16, height / 4, width / 4]"""
    first, second = clips[:, :-1].flatten(0, 1), clips[:, 1:].flatten(0, 1)
    small = [F.avg_pool2d(first, 2), F.avg_pool2d(second, 2)]  # for shifts of an even number of pixels

    def costs(a, b, shifts, block):
        height, width = a.shape[2:]
        padded = F.pad(b, (2, 2, 2, 2), mode='replicate')
        made = [F.avg_pool2d((a - padded[:, :, 2 + y:2 + y + height, 2 + x:2 + x + width]).abs().mean(1, keepdim=True), block) * 4 for x, y in ((0, 0), *shifts)]
        return made[0], [m - made[0] for m in made[1:]]

    none, fine = costs(first, second, SHIFTS[:4], 4)
    coarse = costs(*small, [(x // 2, y // 2) for x, y in SHIFTS[4:]], 2)[1]
    return torch.cat([none, *fine, *coarse, F.avg_pool2d(first, 4)], 1)


class MotionNet(nn.Module):
    """What the thing does, and what the camera does"""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = layer(4 + len(SHIFTS), 32, 3), layer(32, 64, 3, 2), layer(64, 96, 3, 2)
        self.pool, self.time1, self.time2 = Pool(96), nn.Conv1d(192, 96, 3, padding=1), nn.Conv1d(96, 96, 3, padding=1)
        self.motion, self.camera = nn.Linear(192, len(MOTIONS)), nn.Linear(192, len(CAMERAS))

    def forward(self, clips):
        """[n, frames, 3, height, width] -> logits of motion and camera"""
        n = len(clips)
        x = self.conv1(displacement(clips))
        for conv in (self.conv2, self.conv3):
            x = conv(neighbours(x, n))
        x = self.pool(x).reshape(n, clips.shape[1] - 1, -1)
        x = F.relu(self.time2(F.relu(self.time1(x.transpose(1, 2)))))
        x = F.dropout(torch.cat([x.amax(-1), x.mean(-1)], 1), 0.1, self.training)
        return self.motion(x), self.camera(x)


NETWORKS = dict(grey=lambda: ObjectNet(1), scene=SceneNet, motion=MotionNet, colour=lambda: ObjectNet(4))


# ---- what they see --------------------------------------------------------------------------------------------------------
def luminance(frames):
    """uint8 [n, height, width, 3] -> float [n, 1, height, width] in -1..1"""
    return torch.from_numpy(frames.astype(np.float32) @ LUMINANCE / 127.5 - 1)[:, None]


def with_nearness(frames, colours):
    """uint8 [n, height, width, 3], a colour's name per frame -> [n, 4, height, width]: RGB in -1..1 and nearness to that colour, 0..1"""
    pixels = frames.astype(np.float32)
    named = np.array([COLOURS[c] for c in colours], np.float32)[:, None, None]
    near = np.exp(-((pixels - named) ** 2).sum(-1, keepdims=True) / 70 ** 2)
    return torch.from_numpy(np.concatenate([pixels / 127.5 - 1, near], -1)).permute(0, 3, 1, 2)


def bend(part, field):
    """Samples a square [n, n, 3] at its own places plus field [2, n, n], in pixels"""
    y, x = np.mgrid[:len(part), :len(part)] + np.rint(field).astype(int)
    return part[y.clip(0, len(part) - 1), x.clip(0, len(part) - 1)]


def shuffled(part, order):
    """The cells of a square, in another order"""
    side = int(len(order) ** 0.5)
    n = len(part) // side
    out = part.copy()
    for to, origin in enumerate(order):
        (ty, tx), (oy, ox) = divmod(to, side), divmod(int(origin), side)
        out[ty * n:ty * n + n, tx * n:tx * n + n] = part[oy * n:oy * n + n, ox * n:ox * n + n]
    return out


def tear(clip, rng):
    """Takes the clip's things apart, in the same way in all frames: nobody can name them after it."""
    bent = rng.random() < 0.6
    side = int(rng.integers(2, 5))
    order = rng.permutation(side * side)
    while (order == np.arange(side * side)).any():
        order = rng.permutation(side * side)
    coarse = rng.normal(0, 1, (2, 6, 6))
    for track in clip.tracks:
        for frame, row in zip(clip.video, track):
            cx, cy, size, share = row
            n = int(size * (1.2 if bent else 1.0))
            if share == 0 or n < 8 or n > min(frame.shape[:2]):
                row[3] = min(share, (HIDDEN + SHOWN) / 2)  # neither nameable nor gone
                continue
            x, y = (int(np.clip(c - n / 2, 0, length - n)) for c, length in ((cx, frame.shape[1]), (cy, frame.shape[0])))
            part = frame[y:y + n, x:x + n]
            field = F.interpolate(torch.from_numpy(coarse)[None].float(), (n, n), mode='bilinear', align_corners=True)[0].numpy()
            part[:] = bend(part, field * 0.3 * n) if bent else shuffled(part, order)


def draw_clips(codec, count, seed, mixes=MIXES, torn=TORN):
    """-> Clips, each with the attribute `torn`; every second one went through the codec."""
    clips = []
    for i in range(count):
        clip = Clip(mixes[i // 2 % len(mixes)], seed, i)
        rng = np.random.default_rng([seed, i, 3])
        clip.torn = rng.random() < torn
        if clip.torn:
            tear(clip, rng)
        if i % 2:
            with torch.no_grad():
                clip.video = to_bytes(codec.decode(codec.encode(to_float([clip.video]))))[0]
        del clip.cover
        clips.append(clip)
    return clips


def by_shape(clips):
    out = {}
    for i, clip in enumerate(clips):
        out.setdefault(clip.video.shape, []).append(i)
    return out


def object_example(clip, grey, rng):
    """-> frame, class of its thing, colour that is asked for, track of the thing; None where the frame has no single answer. Grey frames show one thing."""
    which = 0 if grey else int(rng.integers(len(clip.tracks)))
    frame = int(rng.integers(len(clip.video)))
    share = clip.tracks[:, frame, 3]
    if grey and len(share) > 1:
        return None
    things = [clip.spec, *clip.spec.others]
    if HIDDEN < share[which] < SHOWN:
        return None
    label = NAMES.index(things[which].shape) if share[which] >= SHOWN and not clip.torn else NOTHING
    return clip.video[frame], label, things[which].colour, clip.tracks[which, frame]


def cell_labels(label, track, height, width):
    """Classes of the cells of a frame [height / 8, width / 8]: those in the middle of the thing are of its class, those outside of it
    NOTHING, those between have none."""
    y, x = np.mgrid[:-(-height // 8), :-(-width // 8)] * 8 + 4
    away = np.maximum(abs(x - track[0]), abs(y - track[1]))
    out = np.full(away.shape, NOTHING)
    if label != NOTHING:
        out[away < 0.6 * track[2]] = IGNORED
        out[away <= max(0.25 * track[2], away.min())] = label
    return out


def cropped(row, rng):
    """A window of CROP x CROP pixels that holds the thing, if there is room for it"""
    frame, label, colour, track = row
    (height, width), n = frame.shape[:2], track[2]
    if n > CROP - 4:
        return None
    corner = [int(np.clip(c + rng.uniform(n / 2 - CROP, -n / 2), 0, length - CROP)) for c, length in ((track[0], width), (track[1], height))]
    x, y = corner
    return frame[y:y + CROP, x:x + CROP], label, colour, track - (x, y, 0, 0)


def object_batch(clips, indices, grey, rng, crop=False):
    """-> frames [n, 1 or 4, height, width], classes [n], classes of the cells [n, height / 8, width / 8]"""
    rows = [r for i in indices if (r := object_example(clips[i], grey, rng))]
    if crop:
        rows = [c for r in rows if (c := cropped(r, rng))]
    if len(rows) < 2:
        return None
    frames = np.stack([r[0] for r in rows])
    cells = np.stack([cell_labels(r[1], r[3], *frames.shape[1:3]) for r in rows])
    if rng.random() < 0.5:
        frames, cells = frames[:, :, ::-1], cells[:, :, ::-1].copy()
    labels, cells = torch.tensor([r[1] for r in rows]), torch.from_numpy(cells)
    if not grey:
        return with_nearness(frames, [r[2] for r in rows]), labels, cells
    x = luminance(frames)
    contrast, brightness = (torch.from_numpy(rng.uniform(a, b, (len(x), 1, 1, 1)).astype(np.float32)) for a, b in ((0.6, 1.5), (-0.3, 0.3)))
    mean = x.mean((2, 3), keepdim=True)
    return (x - mean) * contrast + mean + brightness, labels, cells


BACKWARDS = {'left': 'right', 'right': 'left', 'up': 'down', 'down': 'up', 'grow': 'shrink', 'shrink': 'grow', 'follow': None, 'appear': None}
MIRRORED = {'left': 'right', 'right': 'left'}
CAMERA_BACKWARDS = {'pan left': 'pan right', 'pan right': 'pan left', 'tilt up': 'tilt down', 'tilt down': 'tilt up', 'zoom in': 'zoom out', 'zoom out': 'zoom in'}
CAMERA_MIRRORED = {'pan left': 'pan right', 'pan right': 'pan left'}


def scene_example(clip, rng):
    """-> video, motion, camera, place, colour as class numbers. A quarter of the clips run backwards, a quarter is frozen."""
    video, spec, way = clip.video, clip.spec, rng.random()
    motion, camera = spec.motion, spec.camera
    if spec.others and motion in ALONE or camera != 'static' or clip.torn:
        motion = None  # more than one thing may move, or the frame does
    if way < 0.25:
        video, camera = video[::-1], CAMERA_BACKWARDS.get(camera, camera)
        motion = BACKWARDS.get(motion, motion)
    elif way < 0.5:
        frame = 0 if rng.random() < 0.5 else int(rng.integers(len(video)))
        video, motion, camera = np.repeat(video[frame:frame + 1], len(video), 0), 'still', 'static'
    if rng.random() < 0.5:
        video, motion, camera = video[:, :, ::-1], MIRRORED.get(motion, motion), CAMERA_MIRRORED.get(camera, camera)
    colour = IGNORED if spec.others or clip.torn or clip.tracks[0, :, 3].min() < SHOWN else COLOUR_NAMES.index(spec.colour)
    return video, MOTION_NAMES.index(motion) if motion else IGNORED, CAMERA_NAMES.index(camera), PLACES.index(spec.place), colour


def scene_batch(clips, indices, rng):
    """-> clips [n, frames, 3, height, width], labels [4, n]"""
    rows = [scene_example(clips[i], rng) for i in indices]
    return to_float([r[0] for r in rows]), torch.tensor([r[1:] for r in rows]).T


# ---- training -------------------------------------------------------------------------------------------------------------
def loss_of(name, net, batch):
    if name in ('grey', 'colour'):
        x, labels, cells = batch
        whole, parts = (out.float() for out in net(x.to(memory_format=torch.channels_last)))
        loss = F.cross_entropy(parts, cells, reduction='none')
        thing = (cells != NOTHING) & (cells != IGNORED)
        mean = lambda chosen: (loss * chosen).sum() / chosen.sum().clamp(min=1)
        return F.cross_entropy(whole, labels, label_smoothing=0.02) + mean(thing) + mean(cells == NOTHING)
    x, labels = batch
    labels = labels[:2] if name == 'motion' else labels[2:]
    return sum(F.cross_entropy(out.float(), label, reduction='sum') / max(1, int((label != IGNORED).sum())) for out, label in zip(net(x), labels))


def train(name, clips, steps, seed=0, lr=4e-3, start=None):
    """-> the network `name`, trained on the clips; it begins with the weights of `start` that have the same shape."""
    torch.manual_seed(seed)
    net = NETWORKS[name]().to(memory_format=torch.channels_last)
    if start:
        own = net.state_dict()
        net.load_state_dict({key: start[key] if start[key].shape == value.shape else value for key, value in own.items()})
    optimizer = torch.optim.AdamW(net.parameters(), lr=lr, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps, pct_start=0.1)
    groups = list(by_shape(clips).items())
    share = np.array([len(members) for _, members in groups], float)
    rng, started, losses = np.random.default_rng([seed, 11, sum(name.encode())]), time.process_time(), []
    net.train()
    for step in range(steps):
        batch = None
        while batch is None:
            (frames, height, width, _), members = groups[rng.choice(len(groups), p=share / share.sum())]
            if name in ('grey', 'colour') and rng.random() < CROPPED:
                batch = object_batch(clips, rng.integers(len(clips), size=64), name == 'grey', rng, True)
            elif name in ('scene', 'motion'):
                count = int(np.clip(16 * 9 * 64 * 64 / (frames * height * width), 3, 20))
                batch = scene_batch(clips, rng.choice(members, count), rng)
            else:
                count = int(np.clip(48 * 64 * 64 / (height * width), 8, 64))
                batch = object_batch(clips, rng.choice(members, count), name == 'grey', rng)
        with torch.autocast('cpu', torch.bfloat16):
            loss = loss_of(name, net, batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % 100 == 0:
            print(f'{name} step {step + 1}: loss {np.mean(losses[-100:]):.3f}, {time.process_time() - started:.0f} CPU s', flush=True)
    return net.eval().requires_grad_(False)


STEPS = dict(grey=2000, scene=500, motion=2000, colour=400)  # colour begins where grey ended


def train_all(folder, count=CLIPS, names=tuple(NETWORKS), seed=0, scale=1.0):
    """Trains the networks and writes them to folder/judge/; the codec is the folder's."""
    folder = pathlib.Path(folder)
    (folder / 'judge').mkdir(parents=True, exist_ok=True)
    started = time.process_time()
    clips = draw_clips(load_codec(folder / 'codec.safetensors'), count, 4711 + seed)
    print(f'{count} clips, {time.process_time() - started:.0f} CPU s', flush=True)
    for name in names:
        start = torch.load(folder / 'judge' / 'grey.pt', weights_only=True) if name == 'colour' else None
        torch.save(train(name, clips, int(STEPS[name] * scale), seed, start=start).state_dict(), folder / 'judge' / f'{name}.pt')


# ---- verdicts -------------------------------------------------------------------------------------------------------------
class Judge:
    """The trained networks in a folder."""

    def __init__(self, folder):
        self.networks = {}
        for name, make in NETWORKS.items():
            path = pathlib.Path(folder) / f'{name}.pt'
            if not path.exists():
                raise SystemExit(f'judge: expected {path}, found none; train it first: train.py judge')
            net = make()
            net.load_state_dict(torch.load(path, weights_only=True))
            self.networks[name] = net.eval().requires_grad_(False)

    @torch.no_grad()
    def grey(self, frames):
        """uint8 [n, height, width, 3] -> probabilities of the things and of NOTHING, [n, things + 1]"""
        return torch.cat([self.networks['grey'](luminance(part))[0].softmax(1) for part in np.array_split(frames, -(-len(frames) // 64))]).numpy()

    @torch.no_grad()
    def colour(self, frames, colour):
        """As grey, of the thing of the colour named"""
        return torch.cat([self.networks['colour'](with_nearness(part, [colour] * len(part)))[0].softmax(1) for part in np.array_split(frames, -(-len(frames) // 64))]).numpy()

    @torch.no_grad()
    def scene(self, video):
        """uint8 [frames, height, width, 3] -> motion, camera, place, colour"""
        x = to_float([video])
        motion, camera, place, colour = (out[0].argmax().item() for name in ('motion', 'scene') for out in self.networks[name](x))
        return MOTION_NAMES[motion], CAMERA_NAMES[camera], PLACES[place], COLOUR_NAMES[colour]
