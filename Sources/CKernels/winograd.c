#include "winograd.h"

#if defined(__x86_64__)
#include <immintrin.h>

int zoo_winograd_is_supported(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bf16");
}

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define ROWS ZOO_WINOGRAD_ROWS
#define OUTPUTS ZOO_WINOGRAD_OUTPUTS
#define BLOCK ZOO_WINOGRAD_BLOCK
// The numbers that a 3×3 kernel, and a 4×4 part of the image, become.
#define POINTS 16

INLINE __m512 widen(const uint16_t *numbers) {
    __m256i bits = _mm256_loadu_si256((const __m256i *)numbers);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

INLINE void round_to(uint16_t *numbers, __m512 values) {
    _mm256_storeu_si256((__m256i *)numbers, (__m256i)_mm512_cvtneps_pbh(values));
}

struct position {
    int image, y, x;
};

// The upper left pixel of a tile.
static struct position locate(const struct zoo_winograd_layer *layer, int tile) {
    int across = (layer->output_width + 1) / 2, each = zoo_winograd_tile_count(layer);
    return (struct position){tile / each, tile % each / across * 2, tile % each % across * 2};
}

// Bᵀ·d·B with Bᵀ = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1].
INLINE void transform_input(const __m512 in[POINTS], __m512 out[POINTS]) {
    __m512 rows[POINTS];
    UNROLL for (int i = 0; i < 4; i++) {
        rows[i] = in[i] - in[8 + i];
        rows[4 + i] = in[4 + i] + in[8 + i];
        rows[8 + i] = in[8 + i] - in[4 + i];
        rows[12 + i] = in[4 + i] - in[12 + i];
    }
    UNROLL for (int i = 0; i < POINTS; i += 4) {
        out[i] = rows[i] - rows[i + 2];
        out[i + 1] = rows[i + 1] + rows[i + 2];
        out[i + 2] = rows[i + 2] - rows[i + 1];
        out[i + 3] = rows[i + 1] - rows[i + 3];
    }
}

// Aᵀ·m·A with Aᵀ = [1 1 1 0; 0 1 -1 -1].
INLINE void transform_output(const __m512 in[POINTS], __m512 out[4]) {
    __m512 rows[8];
    UNROLL for (int i = 0; i < 4; i++) {
        rows[i] = in[i] + in[4 + i] + in[8 + i];
        rows[4 + i] = in[4 + i] - in[8 + i] - in[12 + i];
    }
    UNROLL for (int i = 0; i < 2; i++) {
        out[2 * i] = rows[4 * i] + rows[4 * i + 1] + rows[4 * i + 2];
        out[2 * i + 1] = rows[4 * i + 1] - rows[4 * i + 2] - rows[4 * i + 3];
    }
}

// Transforms the 4×4 pixels around each tile to `spectrum`: POINTS matrices of `capacity` rows, a row a tile.
static void read_tiles(const struct zoo_winograd_layer *layer, int first, int count, int capacity, uint16_t *spectrum) {
    const int channels = layer->channels, height = layer->height, width = layer->width;
    const long plane = (long)height * width * BLOCK;
    for (int tile = 0; tile < count; tile++) {
        struct position at = locate(layer, first + tile);
        const int y = at.y - layer->padding, x = at.x - layer->padding;
        const int is_inside = y >= 0 && x >= 0 && y + 4 <= height && x + 4 <= width;
        for (int block = 0; block < channels / BLOCK; block++) {
            const uint16_t *image = layer->source + ((long)at.image * (channels / BLOCK) + block) * plane;
            __m512 in[POINTS], out[POINTS];
            if (is_inside) {
                const uint16_t *start = image + ((long)y * width + x) * BLOCK;
                UNROLL for (int i = 0; i < POINTS; i++) in[i] = widen(start + ((i / 4) * width + i % 4) * BLOCK);
            } else {
                UNROLL for (int i = 0; i < POINTS; i++) {
                    const int row = y + i / 4, column = x + i % 4;
                    const int exists = row >= 0 && column >= 0 && row < height && column < width;
                    in[i] = exists ? widen(image + ((long)row * width + column) * BLOCK) : _mm512_setzero_ps();
                }
            }
            transform_input(in, out);
            UNROLL for (int i = 0; i < POINTS; i++)
                round_to(spectrum + ((long)i * capacity + tile) * channels + block * BLOCK, out[i]);
        }
    }
}

// ROWS rows times a matrix of `channels` × OUTPUTS, whose rows lie in pairs.
static void multiply(int channels, const uint16_t *restrict rows, const uint16_t *restrict weights,
                     float *restrict sums) {
    __m512 sum[ROWS][2];
    UNROLL for (int row = 0; row < ROWS; row++) sum[row][0] = sum[row][1] = _mm512_setzero_ps();
    for (int channel = 0; channel < channels; channel += 2) {
        __m512bh left = (__m512bh)_mm512_loadu_si512(weights + channel * OUTPUTS);
        __m512bh right = (__m512bh)_mm512_loadu_si512(weights + channel * OUTPUTS + 2 * BLOCK);
        UNROLL for (int row = 0; row < ROWS; row++) {
            int pair;
            __builtin_memcpy(&pair, rows + (long)row * channels + channel, sizeof pair);
            __m512bh factor = (__m512bh)_mm512_set1_epi32(pair);
            sum[row][0] = _mm512_dpbf16_ps(sum[row][0], left, factor);
            sum[row][1] = _mm512_dpbf16_ps(sum[row][1], right, factor);
        }
    }
    UNROLL for (int row = 0; row < ROWS; row++) {
        _mm512_storeu_ps(sums + row * OUTPUTS, sum[row][0]);
        _mm512_storeu_ps(sums + row * OUTPUTS + BLOCK, sum[row][1]);
    }
}

// Finishes OUTPUTS outputs of each tile from `output` on.
static void write_tiles(const struct zoo_winograd_layer *layer, int first, int count, int capacity, const float *sums,
                        int output) {
    const int height = layer->output_height, width = layer->output_width;
    const __m512 zero = _mm512_setzero_ps();
    for (int tile = 0; tile < count; tile++) {
        struct position at = locate(layer, first + tile);
        for (int channel = output; channel < output + OUTPUTS; channel += BLOCK) {
            __m512 in[POINTS], out[4];
            const float *start = sums + (long)tile * OUTPUTS + channel - output;
            UNROLL for (int i = 0; i < POINTS; i++) in[i] = _mm512_loadu_ps(start + (long)i * capacity * OUTPUTS);
            transform_output(in, out);
            const __m512 bias = layer->bias ? _mm512_loadu_ps(layer->bias + channel) : zero;
            uint16_t *image = layer->target + ((long)at.image * layer->outputs + channel) * height * width;
            UNROLL for (int i = 0; i < 4; i++) {
                const int y = at.y + i / 2, x = at.x + i % 2;
                if (y >= height || x >= width) continue;
                uint16_t *pixel = image + ((long)y * width + x) * BLOCK;
                __m512 value = out[i] + bias;
                if (layer->adds) value += widen(pixel);
                // The second operand is the result where one is NaN, so NaN stays NaN.
                if (layer->applies_relu) value = _mm512_max_ps(zero, value);
                round_to(pixel, value);
            }
        }
    }
}

void zoo_winograd_run(const struct zoo_winograd_layer *layer, int first, int count, void *scratch) {
    const int channels = layer->channels;
    // The rows that fill the last group hold anything; nobody reads what they give.
    const int capacity = (count + ROWS - 1) / ROWS * ROWS;
    uint16_t *spectrum = scratch;
    float *sums = (float *)(spectrum + (long)POINTS * capacity * channels);
    read_tiles(layer, first, count, capacity, spectrum);
    for (int output = 0; output < layer->outputs; output += OUTPUTS) {
        const uint16_t *weights = layer->weights + (long)output * POINTS * channels;
        for (int point = 0; point < POINTS; point++) {
            for (int row = 0; row < capacity; row += ROWS) {
                const long number = (long)point * capacity + row;
                multiply(channels, spectrum + number * channels, weights + (long)point * channels * OUTPUTS,
                         sums + number * OUTPUTS);
            }
        }
        write_tiles(layer, first, count, capacity, sums, output);
    }
}

// G·w·Gᵀ with G = [1 0 0; ½ ½ ½; ½ -½ ½; 0 0 1].
INLINE void transform_weights(const __m512 in[9], __m512 out[POINTS]) {
    const __m512 half = _mm512_set1_ps(0.5f);
    __m512 rows[12];
    UNROLL for (int i = 0; i < 3; i++) {
        const __m512 outer = in[i] + in[6 + i];
        rows[i] = in[i];
        rows[3 + i] = half * (outer + in[3 + i]);
        rows[6 + i] = half * (outer - in[3 + i]);
        rows[9 + i] = in[6 + i];
    }
    UNROLL for (int i = 0; i < 4; i++) {
        const __m512 outer = rows[3 * i] + rows[3 * i + 2];
        out[4 * i] = rows[3 * i];
        out[4 * i + 1] = half * (outer + rows[3 * i + 1]);
        out[4 * i + 2] = half * (outer - rows[3 * i + 1]);
        out[4 * i + 3] = rows[3 * i + 2];
    }
}

void zoo_winograd_weights(const float *weights, int channels, long output_stride, long channel_stride, int is_turned,
                          int first, int count, uint16_t *target) {
    const __m512i numbers = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i lanes = _mm512_mullo_epi32(numbers, _mm512_set1_epi32((int)output_stride));
    for (int output = first; output < first + count; output += BLOCK) {
        uint16_t *group = target + (long)output / OUTPUTS * OUTPUTS * POINTS * channels + output % OUTPUTS * 2;
        for (int channel = 0; channel < channels; channel += 2) {
            __m512 out[2][POINTS];
            for (int second = 0; second < 2; second++) {
                const float *start = weights + output * output_stride + (channel + second) * channel_stride;
                __m512 in[9];
                UNROLL for (int tap = 0; tap < 9; tap++)
                    in[tap] = _mm512_i32gather_ps(lanes, start + (is_turned ? 8 - tap : tap), 4);
                transform_weights(in, out[second]);
            }
            UNROLL for (int point = 0; point < POINTS; point++) {
                __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(out[0][point]));
                __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(out[1][point]));
                _mm512_storeu_si512(group + ((long)point * channels + channel) * OUTPUTS,
                                    _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
            }
        }
    }
}

#pragma clang attribute pop
#else

int zoo_winograd_is_supported(void) { return 0; }

// Nobody calls these where the instructions are missing.
void zoo_winograd_run(const struct zoo_winograd_layer *layer, int first, int count, void *scratch) { __builtin_trap(); }
void zoo_winograd_weights(const float *weights, int channels, long output_stride, long channel_stride, int is_turned,
                          int first, int count, uint16_t *target) {
    __builtin_trap();
}

#endif
