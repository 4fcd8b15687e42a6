"""Makes a Wan 2.1 folder of the published sizes with seeded random weights, in seconds: for measuring time and memory, not pictures.

    python3 tests/benchmark/random_wan.py FOLDER [--size 1.3B] [--dtype float16] [--seed 1]

Needs numpy alone. Transformer and autoencoder have the published configurations; matrices are drawn with a deviation of one over the
root of what they sum over and norms are one, so that activations stay near one in half precision too. The text encoder has the
published width but one small layer, and the tokenizer is the tests' own: prompts can be rendered, their states mean nothing. Zoetrope and
diffusers open the folder alike. --size names a transformer of wan-keys.json; those of 16 latent channels fit the autoencoder. The same
numbers on every machine with one version of numpy.
"""
import argparse
import concurrent.futures
import json
import math
import os
import pathlib
import shutil
import struct
import time
import zlib

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / 'tests/src/test/resources/golden'
TINY = GOLDEN / 'wan/t2v-51'
TYPES = {'float32': ('F32', 4), 'float16': ('F16', 2), 'bfloat16': ('BF16', 2)}
BLOCK = 1 << 22  # numbers drawn at a time


def shapes(model):
    """Names and shapes of every weight; # in a recorded name stands for every block."""
    return {name.replace('#', str(block)): shape for name, shape in model['keys'].items()
            for block in range(model['blocks'] if '#' in name else 1)}


def deviation(name, shape):
    """-> (mean, deviation)"""
    if name.endswith('gamma') or len(shape) == 1 and 'norm' in name and name.endswith('weight'):
        return 1, 0
    if name.endswith('bias'):
        return 0, 0.02
    if 'scale_shift_table' in name:
        return 0, 0.25
    if 'relative_attention_bias' in name or name == 'shared.weight':
        return 0, 1
    return 0, 1 / math.sqrt(math.prod(shape[1:]))


def encoded(values, dtype):
    if dtype == 'bfloat16':  # rounded to the nearest even, as PyTorch does
        bits = values.view(numpy.uint32)
        return ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16).astype(numpy.uint16)
    return values.astype(dtype)


def write(file, weights, dtype, seed):
    code, size = TYPES[dtype]
    header, end = {}, 0
    for name, shape in weights.items():
        count = math.prod(shape)
        header[name] = {'dtype': code, 'shape': shape, 'data_offsets': [end, end + count * size]}
        end += count * size
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(file, 'wb') as target:
        target.write(struct.pack('<Q', len(text)) + text)
        target.truncate(8 + len(text) + end)

    def draw(name):
        mean, spread = deviation(name, weights[name])
        source = numpy.random.Generator(numpy.random.Philox([seed, zlib.crc32(name.encode())]))
        count = math.prod(weights[name])
        with open(file, 'r+b') as target:
            target.seek(8 + len(text) + header[name]['data_offsets'][0])
            for first in range(0, count, BLOCK):
                values = source.standard_normal(min(BLOCK, count - first), dtype=numpy.float32)
                target.write(encoded(values * numpy.float32(spread) + numpy.float32(mean), dtype).tobytes())

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(draw, sorted(weights, key=lambda name: -math.prod(weights[name]))))
    return end


def component(folder, config, weights, dtype, seed):
    folder.mkdir()
    (folder / 'config.json').write_text(json.dumps(config, indent=1))
    name = 'model' if folder.name == 'text_encoder' else 'diffusion_pytorch_model'
    return write(folder / f'{name}.safetensors', weights, dtype, seed)


def text_encoder(width, layers=1, heads=1, head_size=64, inner=64, vocabulary=512):
    config = json.loads((TINY / 'text_encoder/config.json').read_text()) | dict(
        d_model=width, num_layers=layers, num_heads=heads, d_kv=head_size, d_ff=inner, vocab_size=vocabulary)
    weights = {'shared.weight': [vocabulary, width], 'encoder.final_layer_norm.weight': [width]}
    for layer in range(layers):
        attention, feed_forward = (f'encoder.block.{layer}.layer.{part}.' for part in (0, 1))
        for part in 'qkv':
            weights[f'{attention}SelfAttention.{part}.weight'] = [heads * head_size, width]
        weights |= {attention + 'SelfAttention.o.weight': [width, heads * head_size],
                    attention + 'SelfAttention.relative_attention_bias.weight': [config['relative_attention_num_buckets'], heads],
                    attention + 'layer_norm.weight': [width],
                    feed_forward + 'DenseReluDense.wi_0.weight': [inner, width],
                    feed_forward + 'DenseReluDense.wi_1.weight': [inner, width],
                    feed_forward + 'DenseReluDense.wo.weight': [width, inner],
                    feed_forward + 'layer_norm.weight': [width]}
    return config, weights


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder', type=pathlib.Path)
    parser.add_argument('--size', default='1.3B')
    parser.add_argument('--dtype', choices=TYPES, default='float16')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--layers', type=int, help='blocks of the transformer; as published if not given')
    options = parser.parse_args()
    start = time.monotonic()
    published = json.loads((GOLDEN / 'wan-keys.json').read_text())
    model, vae = published[options.size], published['VAE-2.1']
    if options.layers:
        model = model | {'blocks': options.layers, 'config': model['config'] | {'num_layers': options.layers}}
    options.folder.mkdir(parents=True)
    for part in ('tokenizer', 'scheduler'):
        shutil.copytree(TINY / part, options.folder / part)
    shutil.copy(TINY / 'model_index.json', options.folder)
    written = component(options.folder / 'transformer', model['config'], shapes(model), options.dtype, options.seed)
    written += component(options.folder / 'vae', vae['config'], shapes(vae), options.dtype, options.seed)
    written += component(options.folder / 'text_encoder', *text_encoder(model['config']['text_dim']), options.dtype, options.seed)
    print(f'{options.folder}: {options.size} in {options.dtype}, {written / 1e9:.2f} GB in {time.monotonic() - start:.0f} s')


if __name__ == '__main__':
    main()
