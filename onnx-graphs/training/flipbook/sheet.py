"""Contact sheets: one clip a row, its caption on top."""
import numpy as np
from PIL import Image, ImageDraw


def write_sheet(clips, labels, path, scale=2, columns=9):
    """clips: uint8 [frames, height, width, 3] each, at most `columns` frames of each are shown."""
    rows = []
    for clip, label in zip(clips, labels):
        chosen = clip[np.linspace(0, len(clip) - 1, min(columns, len(clip))).round().astype(int)]
        row = np.concatenate([np.pad(f, ((0, 0), (0, 2), (0, 0))) for f in chosen], 1).repeat(scale, 0).repeat(scale, 1)
        banner = Image.new('RGB', (row.shape[1], 12))
        ImageDraw.Draw(banner).text((2, 0), label, fill=(255, 255, 255))
        rows += [np.asarray(banner), row]
    width = max(row.shape[1] for row in rows)
    Image.fromarray(np.concatenate([np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows])).save(path)
