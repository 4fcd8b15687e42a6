// Element-wise parts of a transformer block on packed tokens, forward and backward, each in one pass over memory.
// bf16 numbers travel as their upper 16 bits; all arithmetic is fp32. Plain C functions, called from padded_attention.py.
#include <cmath>
#include <cstdint>
#include <cstring>

typedef uint16_t half_t;

static inline float wide(half_t h) {
    uint32_t bits = (uint32_t) h << 16;
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

static inline half_t narrow(float value) {  // rounds to nearest, ties to even
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    return (half_t) ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// e^x to 2e-7: 2^n by the exponent's bits, the rest by a polynomial. Inlined, so that loops over it vectorise as a whole.
static inline float exponential(float x) {
    x = x < -87.0f ? -87.0f : x > 87.0f ? 87.0f : x;
    float y = x * 1.44269504f, n = std::floor(y + 0.5f), f = (y - n) * 0.69314718f;
    float p = 1 + f * (1 + f * (0.5f + f * (0.16666667f + f * (0.04166669f + f * (0.00833452f + f * 0.0013888f)))));
    int32_t bits = ((int32_t) n + 127) << 23;
    float power;
    std::memcpy(&power, &bits, 4);
    return p * power;
}

// tanh form of GELU: y = u * s(w), s the logistic function, w = 2 sqrt(2/pi) (u + 0.044715 u^3)
static const float GELU_A = 1.5957691216f, GELU_B = 0.0713548162726f;

static const long LANES = 16, LONGEST = 8192;  // numbers in a vector; tokens in a segment, as in padded_attention.py

// qkv [tokens, 3, heads, size] -> padded q, k (RMS norm with gains, rotary, q also / sqrt(size)) and v.
// place[t]: offset of token t's head 0 in a padded buffer; step[t]: from one head to the next. rstd [tokens, 2, heads].
template <long SIZE>
static void heads_forward_of(const half_t *qkv, const float *gains, const float *cosine, const float *sine, const int64_t *place,
                             const int64_t *step, long tokens, long heads, half_t *q, half_t *k, half_t *v, float *rstd) {
    constexpr long size = SIZE, pairs = SIZE / 2;
    float divisor = 1 / std::sqrt((float) size);
#pragma omp parallel for
    for (long t = 0; t < tokens; t++) {
        const float *c = cosine + t * pairs, *s = sine + t * pairs;
        for (long part = 0; part < 2; part++) {
            const float *gain = gains + part * size;
            for (long h = 0; h < heads; h++) {
                const half_t *x = qkv + ((t * 3 + part) * heads + h) * size;
                half_t *y = (part ? k : q) + place[t] + h * step[t];
                float square = 0;
#pragma omp simd reduction(+ : square)
                for (long i = 0; i < size; i++) square += wide(x[i]) * wide(x[i]);
                float r = 1 / std::sqrt(square / size + 1e-6f);
                rstd[(t * 2 + part) * heads + h] = r;
                r *= part ? 1 : divisor;
#pragma omp simd
                for (long i = 0; i < pairs; i++) {
                    float a = wide(x[i]) * r * gain[i], b = wide(x[i + pairs]) * r * gain[i + pairs];
                    y[i] = narrow(a * c[i] - b * s[i]);
                    y[i + pairs] = narrow(a * s[i] + b * c[i]);
                }
            }
        }
        for (long h = 0; h < heads; h++)
            std::memcpy(v + place[t] + h * step[t], qkv + ((t * 3 + 2) * heads + h) * size, size * 2);
    }
}

// Gradient of heads_forward. d_gains [chunks, 2, size]: partial sums over chunks of the tokens
template <long SIZE>
static void heads_backward_of(const half_t *qkv, const float *gains, const float *cosine, const float *sine, const int64_t *place,
                              const int64_t *step, long tokens, long heads, const half_t *dq, const half_t *dk, const half_t *dv,
                              const float *rstd, half_t *d_qkv, float *d_gains, long chunks) {
    constexpr long size = SIZE, pairs = SIZE / 2;
    float divisor = 1 / std::sqrt((float) size);
#pragma omp parallel for
    for (long chunk = 0; chunk < chunks; chunk++) {
        float sums[2][size] = {};
        for (long t = chunk * tokens / chunks; t < (chunk + 1) * tokens / chunks; t++) {
            const float *c = cosine + t * pairs, *s = sine + t * pairs;
            for (long part = 0; part < 2; part++) {
                const float *gain = gains + part * size;
                float *d_gain = sums[part];
                for (long h = 0; h < heads; h++) {
                    const half_t *x = qkv + ((t * 3 + part) * heads + h) * size;
                    const half_t *d = (part ? dk : dq) + place[t] + h * step[t];
                    half_t *out = d_qkv + ((t * 3 + part) * heads + h) * size;
                    float r = rstd[(t * 2 + part) * heads + h], f = part ? 1 : divisor, dot = 0;
                    float turned[size];  // gradient before the rotation, times gain
#pragma omp simd reduction(+ : dot)
                    for (long i = 0; i < pairs; i++) {
                        float d1 = wide(d[i]) * f, d2 = wide(d[i + pairs]) * f;
                        float a = d1 * c[i] + d2 * s[i], b = d2 * c[i] - d1 * s[i];
                        float n1 = wide(x[i]) * r, n2 = wide(x[i + pairs]) * r;
                        d_gain[i] += a * n1, d_gain[i + pairs] += b * n2;
                        a *= gain[i], b *= gain[i + pairs];
                        turned[i] = a, turned[i + pairs] = b;
                        dot += a * n1 + b * n2;
                    }
                    dot /= size;
#pragma omp simd
                    for (long i = 0; i < size; i++) out[i] = narrow(r * (turned[i] - wide(x[i]) * r * dot));
                }
            }
            for (long h = 0; h < heads; h++)
                std::memcpy(d_qkv + ((t * 3 + 2) * heads + h) * size, dv + place[t] + h * step[t], size * 2);
        }
        std::memcpy(d_gains + chunk * 2 * size, sums, sizeof sums);
    }
}

// The size of a head is known to the compiler: its loops are unrolled.
#define BY_SIZE(name, ...)                     \
    switch (size) {                            \
        case 8: return name<8>(__VA_ARGS__);   \
        case 16: return name<16>(__VA_ARGS__); \
        case 24: return name<24>(__VA_ARGS__); \
        case 32: return name<32>(__VA_ARGS__); \
        case 48: return name<48>(__VA_ARGS__); \
        case 64: return name<64>(__VA_ARGS__); \
        case 96: return name<96>(__VA_ARGS__); \
        case 128: return name<128>(__VA_ARGS__); \
    }

extern "C" {

// after = before + gate * branch (branch may be null: after is not written), normal = (after - mean) * rstd * (1 + scale) + shift
// (normal may be null). Run r holds tokens start[r] .. start[r + 1]; gate, scale, shift: rows of `stride` floats per run.
void gate_norm(const float *before, const half_t *branch, const float *gate, const float *scale, const float *shift, long stride,
               const int64_t *start, long runs, long width, float *after, half_t *normal, float *mean, float *rstd) {
#pragma omp parallel for schedule(dynamic)
    for (long r = 0; r < runs; r++) {
        for (long t = start[r]; t < start[r + 1]; t++) {
            const float *x = before + t * width;
            if (branch) {
                const half_t *b = branch + t * width;
                const float *g = gate + r * stride;
                float *a = after + t * width;
#pragma omp simd
                for (long i = 0; i < width; i++) a[i] = x[i] + g[i] * wide(b[i]);
                x = a;
            }
            if (!normal) continue;
            float sum = 0, square = 0;
#pragma omp simd reduction(+ : sum)
            for (long i = 0; i < width; i++) sum += x[i];
            float m = sum / width;
#pragma omp simd reduction(+ : square)
            for (long i = 0; i < width; i++) square += (x[i] - m) * (x[i] - m);
            float s = 1 / std::sqrt(square / width + 1e-6f);
            mean[t] = m, rstd[t] = s;
            const float *a = scale + r * stride, *b = shift + r * stride;
            half_t *y = normal + t * width;
#pragma omp simd
            for (long i = 0; i < width; i++) y[i] = narrow((x[i] - m) * s * (1 + a[i]) + b[i]);
        }
    }
}

// Gradient of gate_norm: d_after (in: of the sum's other users; out: whole, equal to that of `before`), d_branch,
// and per run d_gate, d_scale, d_shift (rows of `stride` floats, zero at the start).
void gate_norm_backward(const float *after, const half_t *branch, const float *gate, const float *scale, long stride, const int64_t *start,
                        long runs, long width, const float *mean, const float *rstd, const half_t *d_normal, const float *d_other,
                        float *d_after, half_t *d_branch, float *d_gate, float *d_scale, float *d_shift) {
#pragma omp parallel for schedule(dynamic)
    for (long r = 0; r < runs; r++) {
        for (long t = start[r]; t < start[r + 1]; t++) {
            const float *other = d_other + t * width;
            const float *d = other;
            if (d_normal) {
                const float *x = after + t * width, *a = scale + r * stride;
                const half_t *dn = d_normal + t * width;
                float *da = d_scale + r * stride, *db = d_shift + r * stride, *out = d_after + t * width;
                float m = mean[t], s = rstd[t], sum = 0, dot = 0;
#pragma omp simd reduction(+ : sum, dot)
                for (long i = 0; i < width; i++) {
                    float g = wide(dn[i]), n = (x[i] - m) * s, h = g * (1 + a[i]);
                    da[i] += g * n, db[i] += g;
                    sum += h, dot += h * n;
                }
                sum /= width, dot /= width;
#pragma omp simd
                for (long i = 0; i < width; i++)
                    out[i] = other[i] + s * (wide(dn[i]) * (1 + a[i]) - sum - (x[i] - m) * s * dot);
                d = out;
            }
            if (branch) {
                const half_t *b = branch + t * width;
                const float *g = gate + r * stride;
                float *dg = d_gate + r * stride;
                half_t *out = d_branch + t * width;
#pragma omp simd
                for (long i = 0; i < width; i++) {
                    dg[i] += d[i] * wide(b[i]);
                    out[i] = narrow(d[i] * g[i]);
                }
            }
        }
    }
}

void gelu(const half_t *u, half_t *y, long count) {
#pragma omp parallel for simd
    for (long i = 0; i < count; i++) {
        float x = wide(u[i]);
        y[i] = narrow(x / (1 + exponential(-x * (GELU_A + GELU_B * x * x))));
    }
}

// in place on d
void gelu_backward(const half_t *u, half_t *d, long count) {
#pragma omp parallel for simd
    for (long i = 0; i < count; i++) {
        float x = wide(u[i]), s = 1 / (1 + exponential(-x * (GELU_A + GELU_B * x * x)));
        d[i] = narrow(wide(d[i]) * (s + x * s * (1 - s) * (GELU_A + 3 * GELU_B * x * x)));
    }
}

void heads_forward(const half_t *qkv, const float *gains, const float *cosine, const float *sine, const int64_t *place, const int64_t *step,
                   long tokens, long heads, long size, half_t *q, half_t *k, half_t *v, float *rstd) {
    BY_SIZE(heads_forward_of, qkv, gains, cosine, sine, place, step, tokens, heads, q, k, v, rstd)
}

void heads_backward(const half_t *qkv, const float *gains, const float *cosine, const float *sine, const int64_t *place, const int64_t *step,
                    long tokens, long heads, long size, const half_t *dq, const half_t *dk, const half_t *dv, const float *rstd,
                    half_t *d_qkv, float *d_gains, long chunks) {
    BY_SIZE(heads_backward_of, qkv, gains, cosine, sine, place, step, tokens, heads, dq, dk, dv, rstd, d_qkv, d_gains, chunks)
}

// padded heads -> packed rows [tokens, heads * size], or back
void gather_heads(const half_t *padded, const int64_t *place, const int64_t *step, long tokens, long heads, long size, half_t *packed) {
#pragma omp parallel for
    for (long t = 0; t < tokens; t++)
        for (long h = 0; h < heads; h++) std::memcpy(packed + (t * heads + h) * size, padded + place[t] + h * step[t], size * 2);
}

void scatter_heads(const half_t *packed, const int64_t *place, const int64_t *step, long tokens, long heads, long size, half_t *padded) {
#pragma omp parallel for
    for (long t = 0; t < tokens; t++)
        for (long h = 0; h < heads; h++) std::memcpy(padded + place[t] + h * step[t], packed + (t * heads + h) * size, size * 2);
}

// in place on scores [count, longest, longest]; a row sees the first length[b / heads] columns
void masked_softmax(half_t *scores, const int64_t *length, long count, long heads, long longest) {
#pragma omp parallel for
    for (long b = 0; b < count; b++) {
        long n = length[b / heads];
        float e[LONGEST + LANES];  // whole vectors: no tail is done number by number
        long whole = (n + LANES - 1) / LANES * LANES;
        for (long row = 0; row < longest; row++) {
            half_t *s = scores + (b * longest + row) * longest;
            float top = -1e30f, sum = 0;
            for (long i = n; i < whole; i++) e[i] = -1e30f;
#pragma omp simd reduction(max : top)
            for (long i = 0; i < n; i++) {
                e[i] = wide(s[i]);
                top = e[i] > top ? e[i] : top;
            }
#pragma omp simd reduction(+ : sum)
            for (long i = 0; i < whole; i++) sum += e[i] = exponential(e[i] - top);
            float inverse = 1 / sum;
#pragma omp simd
            for (long i = 0; i < n; i++) s[i] = narrow(e[i] * inverse);
            for (long i = n; i < longest; i++) s[i] = 0;
        }
    }
}

// in place on d
void softmax_backward(const half_t *weights, half_t *d, long rows, long longest) {
#pragma omp parallel for
    for (long row = 0; row < rows; row++) {
        const half_t *p = weights + row * longest;
        half_t *g = d + row * longest;
        float dot = 0;
#pragma omp simd reduction(+ : dot)
        for (long i = 0; i < longest; i++) dot += wide(p[i]) * wide(g[i]);
#pragma omp simd
        for (long i = 0; i < longest; i++) g[i] = narrow(wide(p[i]) * (wide(g[i]) - dot));
    }
}

}
