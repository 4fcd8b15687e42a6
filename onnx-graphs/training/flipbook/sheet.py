"""Contact sheets: one clip a row, its caption on top.

    python -m flipbook.sheet <rows.jsonl> <folder of clips> <sheet.png>     clips that `zoetrope batch rows.jsonl -o folder` made

Every row of the file names its clip: {"prompt": ..., "output": "name.mp4"}, with width and height as `size`, "64x64" if not given."""
import json
import pathlib
import sys

import numpy as np
from PIL import Image, ImageDraw


def write_sheet(clips, labels, path, scale=2, columns=9, across=1):
    """clips: uint8 [frames, height, width, 3] each, at most `columns` frames of each are shown; `across` clips stand side by side."""
    rows = []
    for clip, label in zip(clips, labels):
        chosen = clip[np.linspace(0, len(clip) - 1, min(columns, len(clip))).round().astype(int)]
        row = np.concatenate([np.pad(f, ((0, 0), (0, 2), (0, 0))) for f in chosen], 1).repeat(scale, 0).repeat(scale, 1)
        banner = Image.new('RGB', (row.shape[1], 12))
        ImageDraw.Draw(banner).text((2, 0), label, fill=(255, 255, 255))
        rows.append(np.concatenate([np.asarray(banner), row]))
    width = max(row.shape[1] for row in rows)
    rows = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows]
    lines = []
    for start in range(0, len(rows), across):
        line = rows[start:start + across]
        height = max(row.shape[0] for row in line)
        line = [np.pad(row, ((0, height - row.shape[0]), (0, 8 if across > 1 else 0), (0, 0))) for row in line]
        lines.append(np.pad(np.concatenate(line, 1), ((0, 0), (0, (across - len(line)) * (width + 8)), (0, 0))))
    Image.fromarray(np.concatenate(lines)).save(path, optimize=True)


def main(rows, folder, target):
    from .scores import read_clip

    rows = [json.loads(line) for line in pathlib.Path(rows).read_text().splitlines()]
    sizes = [map(int, row.get('size', '64x64').split('x')) for row in rows]
    clips = [read_clip(pathlib.Path(folder), dict(row, width=width, height=height)) for row, (width, height) in zip(rows, sizes)]
    write_sheet(clips, [f'{row["seed"]}: {row["prompt"]}' for row in rows], target, 2, 5, 2)


if __name__ == '__main__':
    main(*sys.argv[1:])
