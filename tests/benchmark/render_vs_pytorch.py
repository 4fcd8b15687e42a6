"""One render in Zoetrope, in PyTorch eager and in torch.compile: same weights, prompt, noise, steps and threads; alternating runs.

    tests/benchmark/render_vs_pytorch.sh                 (makes the environment, builds, runs this file)

Counted: packing, every step with guidance as two packed segments over shared latents, decoding to 8-bit RGB frames. Not counted: the
text encoder, the video encoder, starting and warming up. Waiting threads do not spin, so CPU seconds are those of work. Before
anything is timed, the frames of both sides are compared: they have to be the same picture.
"""
import argparse
import json
import os
import pathlib
import platform
import select
import signal
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / 'onnx-graphs/models/flipbook'
JAVA_SOURCE = ROOT / 'tests/src/test/java/dev/zoetrope/benchmark/RenderWorker.java'
CASES = [dict(size='64x64', frames=17), dict(size='128x96', frames=33)]
PROMPT = 'a red ball bounces over the sea at night'
FRAME_TOLERANCE = 2  # of 255: f32 sums in another order, rounded to bytes


# --- the PyTorch side -------------------------------------------------------------------------------------------------
class TorchRender:
    def __init__(self, mode, threads):
        sys.path.insert(0, str(ROOT / 'onnx-graphs/training'))
        import torch
        from safetensors.torch import load_file
        from flipbook.codec import Codec
        from flipbook.text import TextEncoder, no_text
        from flipbook.transformer import Transformer
        torch.set_num_threads(threads)
        self.torch, self.mode = torch, mode
        if mode == 'compile':  # else it compiles every C++ header of PyTorch first, which takes many minutes on two cores
            torch._inductor.config.cpp_cache_precompile_headers = False

        def load(kind, folder, *names):
            config = json.loads((MODEL / folder / 'config.json').read_text())
            module = kind(**{name: config[name] for name in names})
            weights = load_file(MODEL / folder / 'diffusion_pytorch_model.safetensors')
            module.load_state_dict({name: value.float() for name, value in weights.items()})
            return module.eval()

        self.transformer = load(Transformer, 'transformer', 'latent_channels', 'width', 'depth', 'heads', 'expansion', 'text_width')
        self.codec = load(Codec, 'vae', 'latent_channels', 'fine_channels', 'wide_channels', 'temporal')
        self.network, self.decode_group = self.transformer, self.codec.decode_group
        if mode == 'compile':
            self.network = torch.compile(self.network, dynamic=False)
            self.decode_group = torch.compile(self.decode_group, dynamic=False)
        self.shift = json.loads((MODEL / 'scheduler/scheduler_config.json').read_text())['shift']
        self.encoder, self.no_text = TextEncoder(), no_text()

    def render(self, request, file):
        torch = self.torch
        text = torch.from_numpy(self.encoder.states(request['prompt']))
        with torch.inference_mode():
            start = (time.perf_counter(), time.process_time())
            latents = self.denoise(request, text)
            denoised = (time.perf_counter(), time.process_time())
            frames = self.decode(latents, request['frames'])
            decoded = (time.perf_counter(), time.process_time())
        if file != '-':
            pathlib.Path(file).write_bytes(frames.numpy().tobytes())
        return dict(denoise_cpu=denoised[1] - start[1], denoise_wall=denoised[0] - start[0],
                    decode_cpu=decoded[1] - denoised[1], decode_wall=decoded[0] - denoised[0])

    def denoise(self, request, text):
        """-> [groups, channels, rows, columns]"""
        from flipbook.packing import Segment, clip_times, pack
        from flipbook.sample import schedule
        from flipbook.transformer import ROLES
        torch = self.torch
        width, height = map(int, request['size'].split('x'))
        groups, rows, columns = 1 + (request['frames'] - 1) // 4, height // 8, width // 8
        noise = torch.randn(48, groups, rows, columns, generator=torch.Generator().manual_seed(request['seed']))
        segments = [Segment(states, noise.transpose(0, 1), *clip_times(groups, request['fps']), [1.0] * groups, [ROLES['noisy']] * groups)
                    for states in (text, self.no_text)]
        packed = pack(segments)
        tokens = groups * rows * columns  # the second segment reads the first one's latents, as in the runtime
        packed['latent'] = latent = packed['latent'][:tokens].clone()
        packed['order'] = torch.where(packed['order'] >= len(packed['text']) + tokens, packed['order'] - tokens, packed['order'])
        noisy = packed['role'] == ROLES['noisy']
        sigmas = schedule(request['steps'], self.shift).tolist()
        for now, then in zip(sigmas[:-1], sigmas[1:]):
            packed['sigma'][noisy] = now
            guided, unguided = self.network(**packed).split(tokens)
            latent += (then - now) * (unguided + request['guidance'] * (guided - unguided))
        return latent.reshape(groups, rows, columns, 48).permute(0, 3, 1, 2)

    def decode(self, latents, frames):
        """-> uint8 [frames, height, width, 3], group by group as in the runtime"""
        torch = self.torch
        before, hidden = torch.zeros_like(latents[:1]), torch.zeros(1, self.codec.config['wide_channels'], *latents.shape[2:])
        out = []
        for latent in latents.split(1):
            latent = latent.contiguous()
            pixels, hidden = self.decode_group(latent, before, hidden)
            out.append(((pixels[0].clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous())
            before = latent
        return torch.cat(out)[3:3 + frames]


def torch_worker(mode, threads):
    render = TorchRender(mode, threads)
    for line in sys.stdin:
        file, request = line.rstrip('\n').split('\t')
        print(json.dumps(render.render(json.loads(request), file)), flush=True)


# --- the driver -------------------------------------------------------------------------------------------------------
class Worker:
    def __init__(self, name, command, environment=()):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
                                        env={**os.environ, **dict(environment)})

    def render(self, request, file='-', seconds=600):
        """-> its times; None when it took longer than that, and it is gone then"""
        self.process.stdin.write(f'{file}\t{json.dumps(request)}\n')
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            self.close()
            return None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f'{self.name}: expected an answer, found the end of process {self.process.pid}')
        return json.loads(line)

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def java_command(threads):
    home = os.environ.get('JAVA_HOME')
    java = pathlib.Path(home) / 'bin/java' if home else 'java'
    class_path = (ROOT / 'cli/target/launcher/current').read_text().strip()
    return [str(java), '--enable-native-access=ALL-UNNAMED', '-cp', class_path, str(JAVA_SOURCE), str(MODEL), str(threads)]


def torch_command(mode, threads):
    return [sys.executable, '-W', 'ignore', __file__, '--worker', mode, '--threads', str(threads)]


def compare_frames(workers, request, folder):
    """Largest and mean difference of bytes between Zoetrope and PyTorch."""
    import numpy
    clips = []
    for worker in workers:
        file = folder / f'{worker.name}.rgb'
        worker.render(request, file)
        clips.append(numpy.fromfile(file, numpy.uint8).astype(numpy.int16))
        file.unlink()
    if clips[0].shape != clips[1].shape:
        raise SystemExit(f'frames: expected {clips[1].size} bytes, found {clips[0].size}')
    difference = abs(clips[0] - clips[1])
    return int(difference.max()), float(difference.mean())


def summary(runs):
    out = {}
    for key in runs[0]:
        values = [run[key] for run in runs]
        out[key] = dict(min=min(values), median=statistics.median(values))
    return out


def total(run, kind):
    return run[f'denoise_{kind}'] + run[f'decode_{kind}']


def measure(workers, request, repetitions):
    """Runs in turns. -> per worker its runs, each with the sums over both stages"""
    runs = {worker.name: [] for worker in workers}
    for _ in range(repetitions):
        for worker in workers:
            run = worker.render(request)
            runs[worker.name].append({**run, 'cpu': total(run, 'cpu'), 'wall': total(run, 'wall')})
    return runs


def report(case, runs):
    eager = runs['eager']
    for name, of in runs.items():
        s = summary(of)
        ratios = [a['cpu'] / b['cpu'] for a, b in zip(of, eager)]
        walls = [a['wall'] / b['wall'] for a, b in zip(of, eager)]
        print(f"| {case} | {name} | {s['cpu']['min']:.2f} / {s['cpu']['median']:.2f} | {s['denoise_cpu']['median']:.2f} + "
              f"{s['decode_cpu']['median']:.2f} | {s['wall']['min']:.2f} / {s['wall']['median']:.2f} | {statistics.median(ratios):.2f} "
              f"({min(ratios):.2f} to {max(ratios):.2f}) | {statistics.median(walls):.2f} |", flush=True)


def processor():
    for line in pathlib.Path('/proc/cpuinfo').read_text().splitlines() if os.path.exists('/proc/cpuinfo') else []:
        if line.startswith('model name'):
            return line.split(':')[1].strip()
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--steps', type=int, default=16)
    parser.add_argument('--repetitions', type=int, default=5)
    parser.add_argument('--compile-seconds', type=int, default=300, help='how long torch.compile may take for each size; 0 leaves it out')
    parser.add_argument('--json', type=pathlib.Path, default=ROOT / 'tests/target/render_vs_pytorch.json')
    parser.add_argument('--worker', choices=('eager', 'compile'), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return torch_worker(options.worker, options.threads)

    quiet = dict(OMP_WAIT_POLICY='PASSIVE', KMP_BLOCKTIME='0', GOMP_SPINCOUNT='0', OMP_NUM_THREADS=str(options.threads))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    zoetrope = Worker('zoetrope', java_command(options.threads))
    eager = Worker('eager', torch_command('eager', options.threads), quiet)
    compiled = Worker('compile', torch_command('compile', options.threads), quiet) if options.compile_seconds else None
    result = dict(date=time.strftime('%Y-%m-%d'), processor=processor(), cores=os.cpu_count(), threads=options.threads,
                  load_before=os.getloadavg(), steps=options.steps, repetitions=options.repetitions, cases=[])
    try:
        print(f"{result['processor']}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {options.steps} steps, guidance 2, "
              f"{options.threads} threads, {options.repetitions} alternating runs\n")
        print('| clip | side | CPU s, min / median | denoise + decode | wall s, min / median | CPU ratio to eager, median (range) | wall ratio |')
        print('|---|---|---|---|---|---|---|')
        for case in CASES:
            request = dict(prompt=PROMPT, fps=8, steps=options.steps, guidance=2.0, seed=7, rng='torch', **case)
            name = f"{case['size']} x {case['frames']}"
            largest, mean = compare_frames([zoetrope, eager], request, options.json.parent)
            if largest > FRAME_TOLERANCE:
                raise SystemExit(f'{name}: expected frames that differ by at most {FRAME_TOLERANCE}, found {largest}')
            workers, compile_seconds = [zoetrope, eager], None
            if compiled:
                start = time.perf_counter()
                if compiled.render(request, seconds=options.compile_seconds) is None:
                    print(f'(torch.compile of {name}: not done after {options.compile_seconds} s, left out from here on)')
                    compiled = None
                else:
                    compile_seconds = time.perf_counter() - start
                    workers.append(compiled)
            for worker in workers:
                worker.render(request)  # warm: the frame comparison was the first run
            runs = measure(workers, request, options.repetitions)
            report(name, runs)
            result['cases'].append(dict(case, compile_seconds=compile_seconds, frame_difference_max=largest, frame_difference_mean=mean, runs=runs))
        result['load_after'] = os.getloadavg()
        options.json.write_text(json.dumps(result, indent=1) + '\n')
        print(f'\nload {os.getloadavg()[0]:.1f} at the end; every run: {options.json}')
    finally:
        for worker in (zoetrope, eager, compiled):
            if worker:
                worker.close()


if __name__ == '__main__':
    main()
