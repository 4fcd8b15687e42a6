"""Checks a short run: losses fall, and the exported folder holds what was trained.

Writes `reference.safetensors` beside the model folder; the runtime's tests hold their own networks to it when ZOETROPE_TEST_EXPORT
names the folder of both (tests: parity.ExportedModelTest, endtoend.ExportedModelRenderTest).
"""
import torch
from safetensors.torch import load_file

from . import export, goldens, stages
from .plot import read_log
from .sample import load_transformer

FROM_NOTHING = 0.8  # largest share of the first quarter's loss in the last, for the stage that begins with random weights
GOING_ON = 1.3  # the other stages begin where another ended: what they gain in so few steps is less than the noise of a quarter (a tenth)
CODEC_GAIN = 0.05  # decibels over PCA alone, of whole clips and inside the thing, on fixed clips


def quarters(losses):
    """Mean of the first and of the last quarter"""
    n = max(1, len(losses) // 4)
    return sum(losses[:n]) / n, sum(losses[-n:]) / n


def check_losses(folder):
    lines = read_log(folder / 'codec.jsonl')
    for where, first, last in zip(('whole clips', 'inside the thing'), lines[0]['psnr'], lines[-1]['final_psnr']):
        print(f'codec, {where}: {first:.2f} -> {last:.2f} dB')
        if not last >= first + CODEC_GAIN:
            raise SystemExit(f'codec, {where}: expected {CODEC_GAIN} dB more than the {first} of PCA, found {last}')
    for stage, settings in stages.TRANSFORMER.items():
        if not (folder / f'{stage}.jsonl').exists():
            continue
        losses = [line['loss'] for line in read_log(folder / f'{stage}.jsonl') if 'loss' in line]
        if len(losses) < 2:
            raise SystemExit(f'{stage}: expected at least two losses in {stage}.jsonl, found {len(losses)}; train for longer')
        first, last = quarters(losses)
        limit = GOING_ON if settings['start'] else FROM_NOTHING
        print(f'{stage}: loss {first:.4f} -> {last:.4f}')
        if not last <= limit * first:
            raise SystemExit(f'{stage}: expected the last quarter\'s loss to be at most {limit} x the first\'s {first:.4f}, found {last:.4f}')


@torch.no_grad()
def check_export(folder, model_folder):
    """The folder's weights are the newest stage's average and the codec, rounded to fp16."""
    codec, transformer = export.load_shipped(model_folder)
    newest = load_transformer(folder / f'{stages.newest(folder)}.pt').state_dict()
    pairs = ((newest, transformer.state_dict()), (load_file(folder / 'codec.safetensors'), codec.narrowed().state_dict()))
    for trained, shipped in pairs:
        if trained.keys() != shipped.keys():
            raise SystemExit(f'export: expected the parts {sorted(trained)}, found {sorted(shipped)}')
        for key, value in trained.items():
            if not torch.equal(value.half().float(), shipped[key]):
                raise SystemExit(f'export: expected {key} as trained, found other numbers')


def check(folder, model_folder):
    check_losses(folder)
    check_export(folder, model_folder)
    goldens.write_reference_of(model_folder, model_folder.parent / 'reference.safetensors')
