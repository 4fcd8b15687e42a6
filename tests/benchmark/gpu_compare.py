"""Sets what `zoetrope bench --json` printed beside what gpu_reference.py did: step times and their ratio, below 1 where Zoetrope is faster.

    python3 tests/benchmark/gpu_compare.py BENCH.json REFERENCE.json
"""
import json
import pathlib
import sys

ours, theirs = (json.loads(pathlib.Path(name).read_text()) for name in sys.argv[1:3])
print(f"{ours['model']} on {ours['provider']}, {ours['library']}, beside torch {theirs['torch']}"
      f"{' and diffusers ' + theirs['diffusers'] if 'diffusers' in theirs else ''} in {theirs['dtype']} on {theirs['device']}")
print('| shape | tokens | Zoetrope, ms a step | share of peak | packed gain | side | ms a step | ratio | one after another, ms | decode s, ours / theirs |')
print('|---|---|---|---|---|---|---|---|---|---|')


def said(value, form):
    return '-' if value is None else format(value, form)


for row in ours['shapes']:
    for other in theirs['shapes']:
        if other['shape'] != row['shape']:
            continue
        step = other.get('median_step_ms')
        decodes = [min(times['decode_ms']) / 1e3 if times.get('decode_ms') else None for times in (row, other)]
        share = row.get('peak_share')
        print('| ' + ' | '.join([
            row['shape'], str(row['latent_tokens']), said(row['median_step_ms'], '.2f'), said(None if share is None else 100 * share, '.1f'),
            said(row.get('packed_gain'), '.2f'), other['mode'], other.get('error') or said(step, '.2f'),
            said(row['median_step_ms'] / step if step else None, '.2f'), said(other.get('one_after_another_ms'), '.2f'),
            ' / '.join(said(value, '.2f') for value in decodes)]) + ' |')
