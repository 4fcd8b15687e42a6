"""Draws the loss of every stage from its log, on one time axis."""
import json
import math

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1000, 480
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 40, 40
COLOURS = ((31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189), (140, 86, 75), (227, 119, 194), (90, 90, 90))
GRID, INK = (225, 225, 225), (40, 40, 40)


def read_log(path):
    """The lines of a log that count: a run that went on from a checkpoint wrote some steps again. -> list of dicts by rising step"""
    lines = {}
    for line in map(json.loads, path.read_text().splitlines()):
        lines = {step: kept for step, kept in lines.items() if step < line['step']}
        lines[line['step']] = {**lines.get(line['step'], {}), **line}
    return list(lines.values())


def curves(folder, stages):
    """-> per stage that has a log its name, CPU minutes since the start of the first stage, and losses"""
    out, start = [], 0.0
    for stage in stages:
        path = folder / f'{stage}.jsonl'
        lines = read_log(path) if path.exists() else []
        points = [(start + line['cpu_seconds'] / 60, line['loss']) for line in lines if line.get('loss', 0) > 0]
        if points:
            out.append((stage, points))
        start += lines[-1]['cpu_seconds'] / 60 if lines else 0
    return out


def ticks(low, high, count):
    """Round numbers between low and high, about `count` of them"""
    raw = (high - low) / count
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw)
    return [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def write_plot(folder, stages, path):
    """Loss (logarithmic) over CPU minutes, a colour a stage."""
    found = curves(folder, stages)
    if not found:
        raise SystemExit(f'logs: expected a .jsonl with losses of one of {", ".join(stages)} in {folder}, found none; train first')
    points = [p for _, line in found for p in line]
    end, low, high = max(p[0] for p in points), min(p[1] for p in points) * 0.9, max(p[1] for p in points) * 1.1
    x = lambda minutes: LEFT + (WIDTH - LEFT - RIGHT) * minutes / max(end, 1e-9)
    y = lambda loss: TOP + (HEIGHT - TOP - BOTTOM) * math.log(high / loss) / math.log(high / low)
    image = Image.new('RGB', (WIDTH, HEIGHT), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    for minutes in ticks(0, max(end, 1e-3), 10):
        draw.line([x(minutes), TOP, x(minutes), HEIGHT - BOTTOM], GRID)
        draw.text((x(minutes), HEIGHT - BOTTOM + 6), f'{minutes:g}', INK, anchor='ma')
    for loss in (m * 10.0 ** e for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high))) for m in (1, 2, 5)):
        if low <= loss <= high:
            draw.line([LEFT, y(loss), WIDTH - RIGHT, y(loss)], GRID)
            draw.text((LEFT - 6, y(loss)), f'{loss:g}', INK, anchor='rm')
    draw.text((WIDTH / 2, HEIGHT - 14), 'CPU minutes', INK, anchor='mm')
    at = LEFT
    for i, (stage, line) in enumerate(found):
        colour = COLOURS[i % len(COLOURS)]
        draw.line([(x(a), y(b)) for a, b in line] if len(line) > 1 else [(x(line[0][0]) - 2, y(line[0][1])), (x(line[0][0]) + 2, y(line[0][1]))], colour, 2)
        label = f'{stage} {line[-1][1]:.3g}'
        draw.text((at, 14), label, colour)
        at += draw.textlength(label) + 18
    image.save(path)
