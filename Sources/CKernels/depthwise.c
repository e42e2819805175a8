#include "depthwise.h"

#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>

int zoo_depthwise_is_supported(void) { return __builtin_cpu_supports("avx512f") != 0; }

#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define KERNEL ZOO_DEPTHWISE_KERNEL
#define BLOCK 16

// Numbers `index ..< index + 16`.
INLINE __m512 read(const void *numbers, long index, int is_bfloat16) {
    if (!is_bfloat16) return _mm512_loadu_ps((const float *)numbers + index);
    __m256i bits = _mm256_loadu_si256((const __m256i *)((const uint16_t *)numbers + index));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

// An image of a block of channels in float32, with the zeros around it.
INLINE void pad(const struct zoo_depthwise_layer *layer, long plane, int is_bfloat16, float *restrict target) {
    const int padding = layer->padding, height = layer->height, width = layer->width;
    for (int y = -padding; y < height + padding; y++) {
        for (int x = -padding; x < width + padding; x++, target += BLOCK) {
            const int is_inside = y >= 0 && y < height && x >= 0 && x < width;
            const long pixel = (plane * height + y) * width + x;
            _mm512_store_ps(target, is_inside ? read(layer->source, pixel * BLOCK, is_bfloat16) : _mm512_setzero_ps());
        }
    }
}

INLINE void add_image(const struct zoo_depthwise_layer *layer, long plane, int is_bfloat16,
                      const float *restrict padded, __m512 sums[KERNEL * KERNEL]) {
    const long row = (long)(layer->width + 2 * layer->padding) * BLOCK;
    for (int y = 0; y < layer->output_height; y++) {
        const float *start = padded + (long)y * layer->stride * row;
        const long first = (plane * layer->output_height + y) * layer->output_width;
        for (int x = 0; x < layer->output_width; x++, start += (long)layer->stride * BLOCK) {
            const __m512 slope = read(layer->gradient, (first + x) * BLOCK, is_bfloat16);
            UNROLL for (int i = 0; i < KERNEL * KERNEL; i++) {
                const __m512 value = _mm512_load_ps(start + i / KERNEL * row + i % KERNEL * BLOCK);
                sums[i] = _mm512_fmadd_ps(value, slope, sums[i]);
            }
        }
    }
}

INLINE void add_all(const struct zoo_depthwise_layer *layer, int block, int is_bfloat16, float *scratch) {
    __m512 sums[KERNEL * KERNEL];
    UNROLL for (int i = 0; i < KERNEL * KERNEL; i++) sums[i] = _mm512_setzero_ps();
    for (int image = 0; image < layer->images; image++) {
        const long plane = (long)image * (layer->channels / BLOCK) + block;
        pad(layer, plane, is_bfloat16, scratch);
        add_image(layer, plane, is_bfloat16, scratch, sums);
    }
    float *target = layer->target + (long)block * KERNEL * KERNEL * BLOCK;
    UNROLL for (int i = 0; i < KERNEL * KERNEL; i++) _mm512_storeu_ps(target + i * BLOCK, sums[i]);
}

void zoo_depthwise_weights_gradient(const struct zoo_depthwise_layer *layer, int first, int count, float *scratch) {
    for (int block = first; block < first + count; block++) {
        if (layer->is_bfloat16) {
            add_all(layer, block, 1, scratch);
        } else {
            add_all(layer, block, 0, scratch);
        }
    }
}

#pragma clang attribute pop
#else

int zoo_depthwise_is_supported(void) { return 0; }

// Nobody calls this where the instructions are missing.
void zoo_depthwise_weights_gradient(const struct zoo_depthwise_layer *layer, int first, int count, float *scratch) {
    __builtin_trap();
}

#endif
