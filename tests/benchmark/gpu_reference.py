"""The same steps as `zoetrope bench`, in PyTorch: a Wan folder in diffusers, or flipbook in its training code; eager and compiled.

    python3 tests/benchmark/gpu_reference.py --model DIR [--dtype float16] [--modes eager,compile] SHAPE...

Counted is the transformer's forward alone, without the sampler's arithmetic, which `zoetrope bench` counts: that favours this side. Attention
is torch's scaled_dot_product_attention as it picks its kernel. `compile` compiles the repeated block (diffusers' compile_repeated_blocks),
`compile-whole` the whole network; neither's compiling is counted, but said. Of a packed shape such as 4x256x256x17: the clips in one batch
where the network takes one (Wan, of one size) or packed (flipbook), and one after another. Times are CUDA events around each forward, on
the CPU the wall clock; medians. Prints one JSON object; what fails is said in it and does not end the rest.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import sys
import time

os.environ.setdefault('HF_HUB_OFFLINE', '1')
import torch  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
FORM = re.compile(r'(?:(\d+)x)?\(?(\d+)x(\d+)x(\d+)\)?')


def clips(shape):
    """4x256x256x17+... -> [(width, height, frames), ...]"""
    found = []
    for term in shape.split('+'):
        match = FORM.fullmatch(term.strip())
        if not match:
            raise SystemExit(f'shape: expected WIDTHxHEIGHTxFRAMES, found {shape}')
        found += [tuple(map(int, match.groups()[1:]))] * int(match[1] or 1)
    return found


class Wan:
    """diffusers' transformer and autoencoder, as its pipelines call them."""

    def __init__(self, folder, dtype, device):
        from diffusers import AutoencoderKLWan, WanTransformer3DModel
        self.dtype, self.device, self.folder = dtype, device, folder
        self.network = WanTransformer3DModel.from_pretrained(folder / 'transformer', torch_dtype=dtype).to(device).eval()
        self.coder = AutoencoderKLWan
        self.text_tokens, self.text_width = 512, self.network.config.text_dim
        config = json.loads((folder / 'vae/config.json').read_text())
        self.spatial, self.channels = config.get('scale_factor_spatial') or 8, config['z_dim']

    def compile(self, whole):
        if whole:
            self.network = torch.compile(self.network, dynamic=False)
        else:
            self.network.compile_repeated_blocks(fullgraph=True, dynamic=False)

    def latents(self, clip, batch=1):
        width, height, frames = clip
        return torch.randn(batch, self.channels, 1 + (frames - 1) // 4, height // self.spatial, width // self.spatial, device=self.device,
                           dtype=self.dtype)

    def tokens(self, clip):
        shape = self.latents(clip).shape
        return shape[2] * (shape[3] // 2) * (shape[4] // 2)

    def together(self, clips_):
        """A batch: only clips of one size."""
        return len(set(clips_)) == 1

    def step(self, clips_):
        latents = self.latents(clips_[0], len(clips_))
        text = torch.randn(len(clips_), self.text_tokens, self.text_width, device=self.device, dtype=self.dtype)
        timestep = torch.full((len(clips_),), 700, device=self.device)
        return lambda: self.network(latents, timestep, text, return_dict=False)[0]

    def decode(self, clip):
        decoder = self.coder.from_pretrained(self.folder / 'vae', torch_dtype=self.dtype).to(self.device).eval()
        latents = self.latents(clip)
        return lambda: decoder.decode(latents, return_dict=False)[0]


class Flipbook:
    """The shipped model in the code it was trained with."""

    text_tokens = 32

    def __init__(self, folder, dtype, device):
        sys.path.insert(0, str(ROOT / 'onnx-graphs/training'))
        from safetensors.torch import load_file
        from flipbook.codec import Codec
        from flipbook.transformer import Transformer
        self.dtype, self.device = dtype, device

        def load(kind, part, *names):
            config = json.loads((folder / part / 'config.json').read_text())
            module = kind(**{name: config[name] for name in names})
            weights = load_file(folder / part / 'diffusion_pytorch_model.safetensors')
            module.load_state_dict({name: value.float() for name, value in weights.items()})
            return module.to(device, dtype).eval(), config

        self.network, config = load(Transformer, 'transformer', 'latent_channels', 'width', 'depth', 'heads', 'expansion', 'text_width')
        self.text_width, self.channels, self.spatial = config['text_width'], config['latent_channels'], config['spatial']
        self.text_tokens = config['max_text_tokens']
        self.codec, _ = load(Codec, 'vae', 'latent_channels', 'fine_channels', 'wide_channels', 'temporal')

    def compile(self, whole):
        self.network = torch.compile(self.network, dynamic=False)

    def grid(self, clip):
        width, height, frames = clip
        return 1 + -(-(frames - 1) // 4), -(-height // self.spatial), -(-width // self.spatial)

    def tokens(self, clip):
        groups, rows, columns = self.grid(clip)
        return groups * rows * columns

    def together(self, clips_):
        return True

    def step(self, clips_):
        from flipbook.packing import Segment, clip_times, pack
        from flipbook.transformer import ROLES
        segments = []
        for clip in clips_:
            groups, rows, columns = self.grid(clip)
            segments.append(Segment(torch.randn(self.text_tokens, self.text_width), torch.randn(groups, self.channels, rows, columns),
                                    *clip_times(groups, 8), [0.7] * groups, [ROLES['noisy']] * groups))
        packed = {name: value.to(self.device, self.dtype if value.is_floating_point() else None) if torch.is_tensor(value) else value
                  for name, value in pack(segments).items()}
        return lambda: self.network(**packed)

    def decode(self, clip):
        groups, rows, columns = self.grid(clip)
        latents = torch.randn(groups, self.channels, rows, columns, device=self.device, dtype=self.dtype)

        def run():
            before = torch.zeros_like(latents[:1])
            hidden = torch.zeros(1, self.codec.config['wide_channels'], rows, columns, device=self.device, dtype=self.dtype)
            for latent in latents.split(1):
                _, hidden = self.codec.decode_group(latent.contiguous(), before, hidden)
                before = latent
        return run


def timed(work, cuda, warm, runs):
    """-> (milliseconds of each run, seconds of the first, which compiles)"""
    start = time.perf_counter()
    work()
    if cuda:
        torch.cuda.synchronize()
    first = time.perf_counter() - start
    for _ in range(warm - 1):
        work()
    times = []
    for _ in range(runs):
        if cuda:
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            torch.cuda.synchronize()
            begin.record()
            work()
            end.record()
            end.synchronize()
            times.append(begin.elapsed_time(end))
        else:
            begin = time.perf_counter()
            work()
            times.append(1e3 * (time.perf_counter() - begin))
    return times, first


def attempt(record, what, work):
    try:
        work()
    except Exception as failure:  # said, and the rest goes on: out of memory, a compiler that is missing
        record[what] = f'{type(failure).__name__}: {str(failure).strip().splitlines()[0] if str(failure).strip() else ""}'[:300]
        print(f'{what}: {record[what]}', file=sys.stderr, flush=True)


def measure(side, mode, shape, options, cuda):
    record = {'mode': mode, 'shape': shape}
    asked = clips(shape)
    if cuda:
        torch.cuda.reset_peak_memory_stats()

    def alone():
        known = {clip: timed(side.step([clip]), cuda, options.warm, options.runs) for clip in set(asked)}
        record['first_seconds'] = sum(first for _, first in known.values())
        if len(asked) == 1:
            record['step_ms'], record['median_step_ms'] = known[asked[0]][0], statistics.median(known[asked[0]][0])
        else:
            record['one_after_another_ms'] = sum(statistics.median(known[clip][0]) for clip in asked)

    def together():
        times, record['together_first_seconds'] = timed(side.step(asked), cuda, options.warm, options.runs)
        record['step_ms'], record['median_step_ms'] = times, statistics.median(times)

    def decode():
        times, _ = timed(side.decode(asked[0]), cuda, 1, options.decodes)
        record['decode_ms'] = times

    record['latent_tokens'] = sum(map(side.tokens, asked))
    attempt(record, 'error', alone)
    if len(asked) > 1 and side.together(asked):
        attempt(record, 'together_error', together)
    if cuda:
        record['peak_bytes'] = torch.cuda.max_memory_allocated()
    if mode == 'eager' and options.decodes:
        attempt(record, 'decode_error', decode)
        if cuda:
            record['decode_peak_bytes'] = torch.cuda.max_memory_allocated()
            torch.cuda.empty_cache()
    return record


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--model', type=pathlib.Path, default=ROOT / 'onnx-graphs/models/flipbook')
    parser.add_argument('--dtype', choices=('float32', 'float16', 'bfloat16'), default='float16')
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--modes', default='eager,compile')
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--warm', type=int, default=2)
    parser.add_argument('--decodes', type=int, default=1)
    parser.add_argument('--text-tokens', type=int)
    parser.add_argument('--threads', type=int)
    parser.add_argument('--seconds', type=float, default=1e9, help='begin no shape after so many')
    parser.add_argument('--output', type=pathlib.Path, help='file for the JSON, written again after each shape')
    parser.add_argument('shapes', nargs='+')
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    start, cuda = time.monotonic(), options.device == 'cuda'
    kind = json.loads((options.model / 'model_index.json').read_text())['_class_name']
    family = Flipbook if kind == 'FlipbookPipeline' else Wan
    report = {'torch': torch.__version__, 'device': torch.cuda.get_device_name() if cuda else 'cpu', 'dtype': options.dtype, 'model': kind}
    if family is Wan:
        import diffusers
        report['diffusers'] = diffusers.__version__
    rows = report['shapes'] = []
    with torch.inference_mode():
        for mode in options.modes.split(','):
            side = family(options.model, getattr(torch, options.dtype), options.device)
            side.text_tokens = options.text_tokens or side.text_tokens
            if mode != 'eager':
                torch._dynamo.config.recompile_limit = 64  # one for each shape
                side.compile(mode == 'compile-whole')
            for shape in options.shapes:
                if time.monotonic() - start > options.seconds:
                    rows.append({'mode': mode, 'shape': shape, 'error': f'not begun after {options.seconds:.0f} s'})
                else:
                    rows.append(measure(side, mode, shape, options, cuda))
                print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
                if options.output:
                    options.output.write_text(json.dumps(report))
            del side
            if cuda:
                torch.cuda.empty_cache()
    print(json.dumps(report))


if __name__ == '__main__':
    main()
