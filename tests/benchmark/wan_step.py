"""One step of a Wan transformer of middle size (width 512, 8 blocks, 1,500 tokens, random weights) in Zoetrope and in diffusers eager:
CPU seconds and wall seconds of a call, in turns.

    JAVA_HOME=<a JDK 25> tests/benchmark/wan_step.sh [--repetitions 7] [--text-tokens 40]

Both compute in float32 on the same number of threads; nobody spins. diffusers reads the text padded to 512 rows, as its pipelines hand it
over; Zoetrope reads the true rows and computes their keys and values before the first step, which is not counted. With --text-tokens 512
nothing is padding. The velocities are compared first.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ROOT / 'tests/src/test/java/dev/zoetrope/benchmark'
CLASSES = ROOT / 'tests/target/benchmark-classes'
HOME = os.environ.get('JAVA_HOME')
LATENTS, ROWS, COLUMNS, CHANNELS, TEXT_WIDTH, PADDED, TIMESTEP = 5, 20, 15, 16, 4096, 512, 700


def tool(name):
    return str(pathlib.Path(HOME) / 'bin' / name) if HOME else name


def make(folder, text_tokens):
    """A transformer and its inputs."""
    import torch
    from diffusers import WanTransformer3DModel
    from safetensors.torch import save_file
    torch.manual_seed(5)
    model = WanTransformer3DModel(num_attention_heads=4, attention_head_dim=128, in_channels=CHANNELS, out_channels=CHANNELS,
                                  text_dim=TEXT_WIDTH, freq_dim=256, ffn_dim=2048, num_layers=8)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1:
                parameter.copy_(0.1 * torch.randn_like(parameter) + (1 if 'norm' in name and 'weight' in name else 0))
    model.save_pretrained(folder / 'transformer')
    clip = torch.randn(1, CHANNELS, LATENTS, 2 * ROWS, 2 * COLUMNS)
    text = torch.randn(text_tokens, TEXT_WIDTH)
    patches = clip.reshape(CHANNELS, LATENTS, ROWS, 2, COLUMNS, 2).permute(1, 2, 4, 0, 3, 5).reshape(LATENTS * ROWS * COLUMNS, -1)
    save_file({'latent': patches.contiguous(), 'text': text, 'clip': clip}, folder / 'inputs.safetensors')


def reference(folder, threads, result):
    """The worker: a call of diffusers for each line that comes in."""
    import time

    import torch
    from diffusers import WanTransformer3DModel
    from safetensors.torch import load_file
    torch.set_num_threads(threads)
    model = WanTransformer3DModel.from_pretrained(folder / 'transformer').eval()
    inputs = load_file(folder / 'inputs.safetensors')
    text = torch.zeros(1, PADDED, TEXT_WIDTH)
    text[0, :len(inputs['text'])] = inputs['text']
    print('ready', flush=True)
    with torch.no_grad():
        for _ in sys.stdin:
            cpu, wall = time.process_time(), time.perf_counter()
            velocity = model(inputs['clip'], torch.tensor([TIMESTEP]), text, return_dict=False)[0]
            print(time.process_time() - cpu, time.perf_counter() - wall, flush=True)
    patches = velocity.reshape(CHANNELS, LATENTS, ROWS, 2, COLUMNS, 2).permute(1, 2, 4, 0, 3, 5).contiguous()
    result.write_bytes(patches.numpy().tobytes())


class Worker:
    def __init__(self, command):
        passive = os.environ | {'OMP_WAIT_POLICY': 'PASSIVE', 'KMP_BLOCKTIME': '0'}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=passive)
        if self.process.stdout.readline().strip() != 'ready':
            raise SystemExit(f'{command[0]}: expected to get ready, found the end of its output')

    def call(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        return tuple(map(float, self.process.stdout.readline().split()))

    def end(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise SystemExit(f'worker: expected exit code 0, found {self.process.returncode}')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--repetitions', type=int, default=7)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--text-tokens', type=int, default=40)
    parser.add_argument('--class-path', help='of the built modules; without it, what ./zoetrope builds')
    parser.add_argument('--reference', nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reference:
        return reference(pathlib.Path(options.reference[0]), options.threads, pathlib.Path(options.reference[1]))
    import numpy
    class_path = options.class_path
    if not class_path:
        subprocess.run([str(ROOT / 'zoetrope'), '--version'], check=True, stdout=subprocess.DEVNULL)
        class_path = (ROOT / 'cli/target/launcher/current').read_text().strip()
    CLASSES.mkdir(parents=True, exist_ok=True)
    subprocess.run([tool('javac'), '-nowarn', '-proc:none', '-d', str(CLASSES), '-cp', class_path, str(SOURCES / 'WanStep.java'),
                    str(SOURCES / 'ProcessClock.java')], check=True)
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        make(folder, options.text_tokens)
        ours = Worker([tool('java'), '--enable-native-access=ALL-UNNAMED', '-cp', f'{class_path}{os.pathsep}{CLASSES}',
                       'dev.zoetrope.benchmark.WanStep', str(folder / 'transformer'), str(folder / 'inputs.safetensors'),
                       str(LATENTS), str(ROWS), str(COLUMNS), str(options.threads), str(folder / 'ours')])
        theirs = Worker([sys.executable, __file__, '--threads', str(options.threads), '--reference', str(folder),
                         str(folder / 'theirs')])
        for worker in (ours, theirs):  # warm up
            worker.call()
        pairs = [(ours.call(), theirs.call()) for _ in range(options.repetitions)]
        ours.end()
        theirs.end()
        one, other = (numpy.frombuffer((folder / name).read_bytes(), 'float32') for name in ('ours', 'theirs'))
        print(f'largest difference {abs(one - other).max():.2e} of values up to {abs(other).max():.2f}')
    for side, name in enumerate(('Zoetrope', 'diffusers')):
        cpu, wall = ([pair[side][part] for pair in pairs] for part in (0, 1))
        print(f'{name}: CPU s a step {min(cpu):.2f} / {statistics.median(cpu):.2f} (min / median), wall {min(wall):.2f} / '
              f'{statistics.median(wall):.2f}')
    ratios = sorted(pair[0][0] / pair[1][0] for pair in pairs)
    print(f'CPU ratio {statistics.median(ratios):.2f} (median of {len(ratios)} pairs; {ratios[0]:.2f} to {ratios[-1]:.2f}), '
          f'of the least {min(p[0][0] for p in pairs) / min(p[1][0] for p in pairs):.2f}')


if __name__ == '__main__':
    main()
