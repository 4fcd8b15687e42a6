"""Builds the graphs of the published Wan sizes over weights that are holes in a sparse file, in a JVM with a bounded heap, and has ONNX's
own checker read them.

    JAVA_HOME=<a JDK 25> python3 tests/benchmark/wan_graphs.py [--heap 500m]

Needs the onnx package, and a file system with sparse files. A build that leaves a weight unused, or wants one that is not there, fails.
"""
import argparse
import json
import os
import pathlib
import struct
import subprocess
import tempfile

import onnx

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ROOT / 'tests/src/test/java/dev/zoetrope/benchmark'
CLASSES = ROOT / 'tests/target/benchmark-classes'
KEYS = ROOT / 'tests/src/test/resources/golden/wan-keys.json'
HOME = os.environ.get('JAVA_HOME')


def tool(name):
    return str(pathlib.Path(HOME) / 'bin' / name) if HOME else name


def write(folder, model):
    """A component with bfloat16 weights that take no room -> (number of weights, their bytes)"""
    shapes = {}
    for name, shape in model['keys'].items():
        for block in range(model['blocks'] if '#' in name else 1):
            shapes[name.replace('#', str(block))] = shape
    shapes.pop('encoder.embed_tokens.weight', None)  # shared.weight is the same tensor
    header, end = {}, 0
    for name, shape in shapes.items():
        size = 2
        for length in shape:
            size *= length
        header[name] = {'dtype': 'BF16', 'shape': shape, 'data_offsets': [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    with open(folder / 'model.safetensors', 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        file.truncate(8 + len(text) + end)
    (folder / 'config.json').write_text(json.dumps(model['config']))
    return len(shapes), end


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--heap', default='500m')
    parser.add_argument('--class-path', help='of the built modules; without it, what ./zoetrope builds')
    options = parser.parse_args()
    class_path = options.class_path
    if not class_path:
        subprocess.run([str(ROOT / 'zoetrope'), '--version'], check=True, stdout=subprocess.DEVNULL)
        class_path = (ROOT / 'cli/target/launcher/current').read_text().strip()
    CLASSES.mkdir(parents=True, exist_ok=True)
    subprocess.run([tool('javac'), '-nowarn', '-proc:none', '-d', str(CLASSES), '-cp', class_path, str(SOURCES / 'WanGraphs.java')],
                   check=True)
    for name, model in json.loads(KEYS.read_text()).items():
        if name.startswith('VAE'):
            continue
        with tempfile.TemporaryDirectory() as made:
            folder = pathlib.Path(made)
            count, size = write(folder, model)
            kind = 'text_encoder' if name.startswith('UMT5') else 'transformer'
            said = subprocess.run([tool('java'), f'-Xmx{options.heap}', '-cp', f'{class_path}{os.pathsep}{CLASSES}',
                                   'dev.zoetrope.benchmark.WanGraphs', kind, str(folder)],
                                  check=True, stdout=subprocess.PIPE, text=True).stdout
            for line in said.splitlines():
                file, seconds, bytes_ = line.split()
                onnx.checker.check_model(str(folder / file), full_check=True)
                nodes = len(onnx.load(folder / file, load_external_data=False).graph.node)
                print(f'{name}: {count} weights, {size / 1e9:.1f} GB as bfloat16; {nodes} nodes, {int(bytes_) / 1e6:.1f} MB, '
                      f'{seconds} s within {options.heap} of heap; checker content', flush=True)


if __name__ == '__main__':
    main()
