"""A plain statistic of a clip: does it show what the prompt names? No network, so any runtime's tests can compute it too.

Definition, for a clip uint8 [frames, height, width, 3] and the prompt's place, colour and motion:
  thing       pixels whose RGB distance to the named colour is below NEAR and below the distance to the place's own colours
              (the two segments sky top - sky horizon and ground at the horizon - ground at the lower edge in RGB space).
  seen        in every frame the thing covers MIN_SHARE..MAX_SHARE of the pixels and is compact: the root mean square distance of
              its pixels from their centroid is below SPREAD x the frame's shorter side.
  background  mean RGB of the upper band (the first height/8 rows) and of the lower band (the last height/8 rows) over all
              frames, without the thing's pixels; of all places of the world, the one named is the nearest by the sum of the
              two distances to `expected_bands`.
  motion      from the centroids per frame, see `motion_of`.
"""
import numpy as np

from .world import COLOURS, PLACES, band_colours

NEAR = 75.0
MIN_SHARE, MAX_SHARE, SPREAD = 0.012, 0.5, 0.3
MIN_TRAVEL = 4.0  # pixels; less is `still`


def segment_distance(pixels, a, b):
    """RGB distance of pixels [..., 3] to the segment from a to b"""
    d = b - a
    t = ((pixels - a) @ d / max(1e-6, float(d @ d))).clip(0, 1)
    return np.linalg.norm(pixels - (a + t[..., None] * d), axis=-1)


def thing_pixels(video, colour, place):
    pixels = video.astype(np.float32)
    top, horizon, near, far = band_colours(place)
    distance = np.linalg.norm(pixels - COLOURS[colour], axis=-1)
    behind = np.minimum(segment_distance(pixels, top, horizon), segment_distance(pixels, near, far))
    return (distance < NEAR) & (distance < behind)


def bands(video, mask):
    """Mean colours of the upper and the lower band, [2, 3]"""
    height = video.shape[1]
    rows = max(1, height // 8)
    out = []
    for part in (slice(0, rows), slice(height - rows, height)):
        pixels = video[:, part][~mask[:, part]]
        out.append(pixels.mean(0) if len(pixels) else video[:, part].mean((0, 1, 2)))
    return np.array(out, np.float32)


def expected_bands(place):
    """What `bands` measures on a clip of the place, [2, 3]: a sixteenth of the height in from either edge, the horizon halfway."""
    top, horizon, near, far = band_colours(place)
    if place[0] in ('sky', 'plain'):
        return np.stack([top + (horizon - top) / 16, horizon + (top - horizon) / 16])
    return np.stack([top + (horizon - top) / 8, far + (near - far) / 8])


def nearest_place(video, mask):
    measured = bands(video, mask)
    return min(PLACES, key=lambda place: float(np.linalg.norm(measured - expected_bands(place), axis=1).sum()))


def centroids(mask):
    """x, y [frames, 2] in pixels, area [frames] in pixels and spread [frames], the RMS distance from the centroid"""
    area = np.maximum(mask.sum((1, 2)), 1e-9)
    y, x = np.arange(mask.shape[1])[None, :, None], np.arange(mask.shape[2])[None, None, :]
    cx, cy = (mask * x).sum((1, 2)) / area, (mask * y).sum((1, 2)) / area
    square = (mask * ((x - cx[:, None, None]) ** 2 + (y - cy[:, None, None]) ** 2)).sum((1, 2)) / area
    return np.stack([cx, cy], 1), area, np.sqrt(square)


def motion_of(centres):
    """One of left, right, up, down, bounce, still. centres [frames, 2]

    reach: largest minus smallest coordinate; shift: mean of the last two centres minus mean of the first two. A bounce goes
    further up and down than it gets (reach - |shift| of y above 5 pixels) and further in y than in x."""
    reach = centres.max(0) - centres.min(0)
    shift = centres[-2:].mean(0) - centres[:2].mean(0)
    if reach.max() < MIN_TRAVEL:
        return 'still'
    if reach[1] - abs(shift[1]) > 5 and reach[1] > reach[0]:
        return 'bounce'
    if abs(shift[0]) >= abs(shift[1]):
        return 'right' if shift[0] > 0 else 'left'
    return 'down' if shift[1] > 0 else 'up'


def judge(video, spec):
    """-> dict of booleans: seen, background, motion"""
    mask = thing_pixels(video, spec.colour, spec.place)
    centres, area, spread = centroids(mask)
    share = area / mask[0].size
    seen = bool((share > MIN_SHARE).all() and (share < MAX_SHARE).all() and (spread < SPREAD * min(mask.shape[1:])).all())
    moves = len(video) >= 5 and motion_of(centres) == spec.motion
    return dict(seen=seen, background=nearest_place(video, mask) == tuple(spec.place), motion=bool(seen and moves))
