"""What can be measured of a clip without a trained network: sharpness, flicker, how smoothly the thing moves, what the camera does.

Clips are uint8 [frames, height, width, 3]. The thing's pixels are those of the statistic in judge.py.
"""
import cv2
import numpy as np

from .judge import centroids, motion_of, thing_pixels

cv2.setNumThreads(1)
EDGE = 2  # pixels on either side of the thing's outline that count as its edge
MOTION_FLOOR = 4.0  # pixels; a thing whose centre gets no further has not moved
GROWTH, GROWTH_DRIFT = 1.25, 6.0  # ratio of the sides of a thing that grows; pixels that its centre may move meanwhile
CAMERA_FLOOR = 0.4  # pixels a frame; a camera that moves the picture by less is static
LEAST_TEXTURE = 12.0  # of the luminance gradient, in grey levels a pixel, where optical flow is believed


def gradient_energy(video):
    """Mean over the channels of the squared differences to the next pixel, [frames, height, width]"""
    x = video.astype(np.float32)
    out = np.zeros(x.shape[:3], np.float32)
    out[:, :, :-1] += ((x[:, :, 1:] - x[:, :, :-1]) ** 2).mean(-1)
    out[:, :-1] += ((x[:, 1:] - x[:, :-1]) ** 2).mean(-1)
    return out


def sharpness(video, spec):
    """Root of the mean gradient energy along the thing's outline; nan if no frame shows its colour. A band along the outline, not the
    whole thing: else a smaller thing would count as a sharper one."""
    mask = thing_pixels(video, spec.colour, spec.place).astype(np.uint8)
    kernel = np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)
    band = np.stack([cv2.dilate(m, kernel) - cv2.erode(m, kernel, borderValue=1) for m in mask]).astype(bool)
    return float(np.sqrt(gradient_energy(video)[band].mean())) if band.any() else float('nan')


def flicker(video):
    """Mean absolute difference of successive frames, 0..255: the measure of VBench's temporal flickering (arXiv:2311.17982), for clips
    in which nothing moves."""
    return float(np.abs(np.diff(video.astype(np.float32), axis=0)).mean())


def path(video, spec):
    """Centroid of the thing's colour, [frames, 2], of the frames that show it"""
    centres, area, _ = centroids(thing_pixels(video, spec.colour, spec.place))
    return centres[area > 8]


def jerk(video, spec):
    """Mean length of the third difference of the centroid, in pixels a frame³"""
    centres = path(video, spec)
    return float(np.linalg.norm(np.diff(centres, 3, axis=0), axis=1).mean()) if len(centres) > 3 else float('nan')


def reach(video, spec):
    """How far the centroid gets, in pixels, along the axis where it gets furthest"""
    centres = path(video, spec)
    return float((centres.max(0) - centres.min(0)).max()) if len(centres) > 1 else 0.0


def motion(video, spec):
    """left, right, up, down, bounce, still, grow or shrink: where the thing's colour goes, or, where it stays, how its area changes. A
    frozen clip is still and a clip shown backwards moves the other way, by construction."""
    centres, area, _ = centroids(thing_pixels(video, spec.colour, spec.place))
    if (area > 8).sum() < 5:
        return 'nothing'
    centres, side = centres[area > 8], np.sqrt(area[area > 8])
    way = motion_of(centres)
    shift = np.linalg.norm(centres[-2:].mean(0) - centres[:2].mean(0))
    change = side[-2:].mean() / side[:2].mean()
    if way != 'bounce' and shift < GROWTH_DRIFT and max(change, 1 / change) > GROWTH:
        return 'grow' if change > 1 else 'shrink'
    return way


# ---- camera ---------------------------------------------------------------------------------------------------------------
def fit_camera(flow, weight):
    """Shift x, y in pixels and growth of the picture that explain a flow [height, width, 2] best: least squares, repeated with less
    weight for what does not follow (Geman-McClure weights)."""
    height, width = weight.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    chosen = weight > 0
    if chosen.sum() < 12:
        return np.zeros(3)
    u, v, w = flow[..., 0][chosen], flow[..., 1][chosen], weight[chosen]
    x, y = x[chosen] - (width - 1) / 2, y[chosen] - (height - 1) / 2
    zero, one = np.zeros_like(x), np.ones_like(x)
    rows, target = np.concatenate([np.stack([one, zero, x], 1), np.stack([zero, one, y], 1)]), np.concatenate([u, v])
    trust = np.concatenate([w, w])
    found = np.zeros(3)
    for _ in range(8):
        found = np.linalg.lstsq(rows * trust[:, None], target * trust, rcond=None)[0]
        error = (rows @ found - target).reshape(2, -1)
        trust = np.tile(w * 0.5 / (0.5 + (error ** 2).sum(0)), 2)
    return found


def camera_motion(video):
    """Mean shift x, y in pixels a frame and growth a frame of the whole picture, by dense optical flow"""
    grey = [cv2.resize(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC) for f in video]
    estimator = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    estimator.setFinestScale(0)
    found = []
    for a, b in zip(grey, grey[1:]):
        flow = estimator.calc(a, b, None)
        gx, gy = cv2.Sobel(a, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(a, cv2.CV_32F, 0, 1) / 8
        strength = np.hypot(gx, gy) * 2
        found.append(fit_camera(flow / 2, np.where(strength > LEAST_TEXTURE, 1.0, 0.0)) * (1, 1, 2))
    return np.mean(found, 0) if found else np.zeros(3)


def camera_of(video):
    """static, pan left, pan right, tilt up, tilt down, zoom in or zoom out. A picture that moves to the left is a camera that pans to
    the right."""
    shift_x, shift_y, growth = camera_motion(video)
    outer = growth * min(video.shape[1:3]) * 0.4  # what the growth moves near the edge
    size, name = max((abs(shift_x), 'pan right' if shift_x < 0 else 'pan left'), (abs(shift_y), 'tilt down' if shift_y < 0 else 'tilt up'),
                     (abs(outer), 'zoom in' if growth > 0 else 'zoom out'))
    return name if size >= CAMERA_FLOOR else 'static'
