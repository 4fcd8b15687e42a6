"""Blocks of the transformer for training on a CPU: the same arithmetic as Block.forward in a form that is faster there.

A block is one autograd function. Its matrix products are bf16 products of the library; everything between them is one pass over
memory each, in block_kernels.cpp, compiled by the machine's C++ compiler. Attention is computed in buckets: segments of
similar length, padded to the longest of the bucket, are one batched product. Only queries, keys and values are ever padded:
tokens go in and come out packed.

Without a C++ compiler the blocks stay as they are: slower, else the same.
"""
import ctypes
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch

SOURCE = pathlib.Path(__file__).with_name('block_kernels.cpp')
BUCKET_RATIO = 1.3  # longest to shortest segment of a bucket
LONGEST = 8192  # the softmax kernel's row
HEAD_SIZES = (8, 16, 24, 32, 48, 64, 96, 128)  # that the kernels are compiled for
CHUNKS = 16  # partial sums of the gradient of the head norms' gains


def compiled():
    """-> the library of the kernels, compiled for this machine (a second or two); None without a compiler"""
    compiler = os.environ.get('CXX') or shutil.which('g++')
    if not compiler:
        print('block kernels: expected a C++ compiler, found none: training is half as fast; install g++ or set CXX', file=sys.stderr)
        return None
    with tempfile.TemporaryDirectory() as folder:
        part, library = pathlib.Path(folder) / 'kernels.o', pathlib.Path(folder) / 'kernels.so'
        # Linked apart: linking with -ffast-math would switch denormals off for the whole process.
        subprocess.run([compiler, '-O3', '-march=native', '-ffast-math', '-fopenmp', '-fPIC', '-c', SOURCE, '-o', part], check=True)
        subprocess.run([compiler, '-shared', '-fopenmp', part, '-o', library], check=True)
        return ctypes.CDLL(str(library))


def keep_memory():
    """A step frees what the next one asks for again: glibc keeps it, for every page given back costs a fault (18,000 a step)."""
    mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)
    if mallopt:
        mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD
        mallopt(-1, 2 ** 31 - 1)  # M_TRIM_THRESHOLD


def call(name, *arguments):
    """Tensors as addresses, integers as 64-bit ones, None as null."""
    address = lambda a: ctypes.c_void_p(a.data_ptr()) if isinstance(a, torch.Tensor) else ctypes.c_void_p() if a is None else ctypes.c_int64(a)
    getattr(KERNELS, name)(*map(address, arguments))


KERNELS = None


class Plan:
    """Where the tokens of packed segments lie in the padded buffers [bucket][segment, head, token, head size]."""

    def __init__(self, lengths):
        self.lengths, self.parts, self.group, self.places = list(lengths), [], None, None
        starts = torch.tensor([0] + self.lengths).cumsum(0).tolist()
        order = sorted(range(len(lengths)), key=lambda i: lengths[i])
        if lengths[order[-1]] > LONGEST:
            raise ValueError(f'segment: expected at most {LONGEST} tokens, found {lengths[order[-1]]}; make the clip smaller')
        self.first, self.longest = torch.empty(2, starts[-1], dtype=torch.long)  # of a token's segment: its first padded row, their number
        self.rows, begin = 0, 0
        while begin < len(order):
            end = begin
            while end < len(order) and lengths[order[end]] <= BUCKET_RATIO * lengths[order[begin]]:
                end += 1
            members, longest = order[begin:end], lengths[order[end - 1]]
            self.parts.append((self.rows, len(members), longest, torch.tensor([lengths[i] for i in members])))
            for j, i in enumerate(members):
                self.first[starts[i]:starts[i + 1]] = self.rows + j * longest
                self.longest[starts[i]:starts[i + 1]] = longest
            self.rows += len(members) * longest
            begin = end
        self.inside = torch.arange(starts[-1]) - torch.tensor(starts[:-1]).repeat_interleave(torch.tensor(self.lengths))

    def heads(self, heads, size):
        """-> per token: offset of its head 0 in a padded buffer, step to the next head"""
        if self.places is None:
            self.places = (self.first * heads + self.inside) * size, self.longest * size
        return self.places

    def runs(self, group):
        """-> token group of each run of tokens, first token of each run and the end"""
        if self.group is not group:
            values, counts = torch.unique_consecutive(group, return_counts=True)
            self.group, self.values, self.starts = group, values, torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        return self.values, self.starts

    def batches(self, buffer, heads, size):
        """Views [segments * heads, longest, size] of a padded buffer, one per bucket, with heads per segment and true lengths."""
        for first, count, longest, lengths in self.parts:
            start = first * heads * size
            yield buffer[start:start + count * longest * heads * size].view(count * heads, longest, size), lengths


class FusedBlock(torch.autograd.Function):
    @staticmethod
    def forward(context, x, table, qkv_weight, gains, out_weight, up_weight, up_bias, down_weight, down_bias, starts, cos, sin, plan):
        """x [S, width], table [runs, 6 * width] (scale, shift, gate of attention, then of the feed-forward part), gains [2, head size]"""
        tokens, width = x.shape
        size, runs, stride = gains.shape[1], len(table), table.shape[1]
        heads = width // size
        half = lambda *shape: x.new_empty(shape, dtype=torch.bfloat16)
        part = [table[0, i * width:] for i in range(6)]  # addresses of scale, shift, gate, scale, shift, gate
        place, step = plan.heads(heads, size)
        wq, wo, wu, wd = (w.bfloat16() for w in (qkv_weight, out_weight, up_weight, down_weight))

        moments = x.new_empty(4, tokens)
        n1 = half(tokens, width)
        call('gate_norm', x, None, None, part[0], part[1], stride, starts, runs, width, None, n1, moments[0], moments[1])
        qkv = n1 @ wq.t()
        padded = torch.zeros(3, plan.rows * width, dtype=torch.bfloat16)
        q, k, v = padded
        rstd = x.new_empty(tokens, 2, heads)
        call('heads_forward', qkv, gains, cos, sin, place, step, tokens, heads, size, q, k, v, rstd)
        mixed, weights = half(plan.rows * width), []
        for (a, lengths), (b, _), (c, _), (y, _) in zip(*(plan.batches(z, heads, size) for z in (q, k, v, mixed))):
            scores = torch.bmm(a, b.transpose(1, 2))
            call('masked_softmax', scores, lengths, len(scores), heads, scores.shape[1])
            torch.bmm(scores, c, out=y)
            weights.append(scores)
        o = half(tokens, width)
        call('gather_heads', mixed, place, step, tokens, heads, size, o)
        branch1 = o @ wo.t()
        x1, n2 = torch.empty_like(x), half(tokens, width)
        call('gate_norm', x, branch1, part[2], part[3], part[4], stride, starts, runs, width, x1, n2, moments[2], moments[3])
        u = torch.addmm(up_bias.bfloat16(), n2, wu.t())
        h = torch.empty_like(u)
        call('gelu', u, h, u.numel())
        branch2 = torch.addmm(down_bias.bfloat16(), h, wd.t())
        x2 = torch.empty_like(x)
        call('gate_norm', x1, branch2, part[5], None, None, stride, starts, runs, width, x2, None, None, None)
        context.save_for_backward(x, table, gains, starts, cos, sin, moments, n1, qkv, padded, rstd, o, branch1, x1, n2, u, h, branch2,
                                  wq, wo, wu, wd, *weights)
        context.plan = plan
        return x2

    @staticmethod
    def backward(context, d_x2):
        (x, table, gains, starts, cos, sin, moments, n1, qkv, padded, rstd, o, branch1, x1, n2, u, h, branch2,
         wq, wo, wu, wd, *weights) = context.saved_tensors
        plan, d_x2 = context.plan, d_x2.contiguous()
        tokens, width = x.shape
        size, runs, stride = gains.shape[1], len(table), table.shape[1]
        heads = width // size
        place, step = plan.heads(heads, size)
        part = [table[0, i * width:] for i in range(6)]
        d_table = torch.zeros_like(table)
        d_part = [d_table[0, i * width:] for i in range(6)]
        half = lambda *shape: x.new_empty(shape, dtype=torch.bfloat16)
        row_sum = lambda y: (y.new_ones(1, tokens) @ y)[0].float()

        d_branch2 = half(tokens, width)
        call('gate_norm_backward', None, branch2, part[5], None, stride, starts, runs, width, None, None, None, d_x2, None, d_branch2,
             d_part[5], None, None)
        d_u = d_branch2 @ wd
        d_down, d_down_bias = (d_branch2.t() @ h).float(), row_sum(d_branch2)
        call('gelu_backward', u, d_u, u.numel())
        d_up, d_up_bias = (d_u.t() @ n2).float(), row_sum(d_u)
        d_n2 = d_u @ wu
        d_x1, d_branch1 = torch.empty_like(x), half(tokens, width)
        call('gate_norm_backward', x1, branch1, part[2], part[3], stride, starts, runs, width, moments[2], moments[3], d_n2, d_x2, d_x1, d_branch1,
             d_part[2], d_part[3], d_part[4])
        d_out = (d_branch1.t() @ o).float()
        d_o = d_branch1 @ wo
        d_mixed, d_padded = torch.zeros_like(padded[0]), torch.empty_like(padded)
        call('scatter_heads', d_o, place, step, tokens, heads, size, d_mixed)
        views = zip(weights, *(plan.batches(z, heads, size) for z in (*padded, d_mixed, *d_padded)))
        for p, (q, _), (k, _), (v, _), (d, _), (dq, _), (dk, _), (dv, _) in views:
            torch.bmm(p.transpose(1, 2), d, out=dv)
            d_scores = torch.bmm(d, v.transpose(1, 2))
            call('softmax_backward', p, d_scores, p.shape[0] * p.shape[1], p.shape[1])
            torch.bmm(d_scores, k, out=dq)
            torch.bmm(d_scores.transpose(1, 2), q, out=dk)
        d_qkv, d_gains = torch.empty_like(qkv), x.new_zeros(CHUNKS, 2, size)
        call('heads_backward', qkv, gains, cos, sin, place, step, tokens, heads, size, *d_padded, rstd, d_qkv, d_gains, CHUNKS)
        d_qkv_weight, d_n1 = (d_qkv.t() @ n1).float(), d_qkv @ wq
        d_x = torch.empty_like(x)
        call('gate_norm_backward', x, None, None, part[0], stride, starts, runs, width, moments[0], moments[1], d_n1, d_x1, d_x, None,
             None, d_part[0], d_part[1])
        return d_x, d_table, d_qkv_weight, d_gains.sum(0), d_out, d_up, d_up_bias, d_down, d_down_bias, None, None, None, None


def block(module, x, table, group, cos, sin, plan):
    """Block.forward with `plan` = buckets(lengths) in the place of the lengths"""
    values, starts = plan.runs(group)
    attention = module.attention
    with torch.autocast('cpu', enabled=False):
        rows = (table.float() + module.modulation)[values]
        gains = torch.stack([attention.q_norm.weight, attention.k_norm.weight])
        return FusedBlock.apply(x.float(), rows, attention.qkv.weight, gains, attention.out.weight, module.up.weight, module.up.bias,
                                module.down.weight, module.down.bias, starts, cos.contiguous(), sin.contiguous(), plan)


def buckets(lengths, device=None):
    """What the blocks of an installed model take in the place of the lengths of the segments."""
    return Plan(lengths) if KERNELS else lengths


def install(model):
    """Replaces the forward function of every block; `lengths` is then `buckets(lengths)`. Hooks of a block still see packed tokens."""
    global KERNELS
    size = model.width // model.heads
    if size not in HEAD_SIZES:
        raise ValueError(f'head size: expected one of {HEAD_SIZES}, found {size}; choose another width or number of heads')
    KERNELS = KERNELS or compiled()
    keep_memory()
    if KERNELS:
        for module in model.blocks:
            module.forward = lambda *inputs, module=module: block(module, *inputs)
