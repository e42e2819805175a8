// GFLOP/s of fused multiply-adds in float32 and bfloat16 (VDPBF16PS, where the processor has it) on this core, and GB/s of
// copying 256 MB: what a network's kernels could reach. Compiled and run by profile.py.
#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

#if defined(__AVX512F__)
typedef __m512 vector;
#define LANES 16
#define FMA _mm512_fmadd_ps
#define SET _mm512_set1_ps
#define ADD _mm512_add_ps
#elif defined(__AVX2__)
typedef __m256 vector;
#define LANES 8
#define FMA _mm256_fmadd_ps
#define SET _mm256_set1_ps
#define ADD _mm256_add_ps
#else
#error "a processor without AVX2"
#endif

// Twelve sums hide the latency of one.
#define SUMS 12

static double single(void) {
    const long rounds = 40000000;
    vector sums[SUMS], factor = SET(0.999f), addend = SET(1e-3f);
    for (int i = 0; i < SUMS; i++) sums[i] = SET(i);
    double start = seconds();
    for (long round = 0; round < rounds; round++) {
#pragma GCC unroll 12
        for (int i = 0; i < SUMS; i++) sums[i] = FMA(sums[i], factor, addend);
    }
    double time = seconds() - start;
    // All sums are used; a compiler leaves out those that are not.
    for (int i = 1; i < SUMS; i++) sums[0] = ADD(sums[0], sums[i]);
    float total[LANES];
    memcpy(total, &sums[0], sizeof total);
    return total[0] == 42 ? 0 : 2.0 * LANES * SUMS * rounds / time * 1e-9;
}

static double half(void) {
#if defined(__AVX512BF16__)
    const long rounds = 40000000;
    __m512 sums[SUMS];
    __m512bh factor = _mm512_cvtne2ps_pbh(_mm512_set1_ps(0.5f), _mm512_set1_ps(0.25f));
    for (int i = 0; i < SUMS; i++) sums[i] = _mm512_set1_ps(i);
    double start = seconds();
    for (long round = 0; round < rounds; round++) {
#pragma GCC unroll 12
        for (int i = 0; i < SUMS; i++) sums[i] = _mm512_dpbf16_ps(sums[i], factor, factor);
    }
    double time = seconds() - start;
    for (int i = 1; i < SUMS; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
    float total[16];
    memcpy(total, &sums[0], sizeof total);
    return total[0] == 42 ? 0 : 4.0 * 16 * SUMS * rounds / time * 1e-9;
#else
    return 0;
#endif
}

static double copy(void) {
    const size_t size = (size_t)256 << 20;
    char *from = malloc(size), *to = malloc(size);
    if (from == NULL || to == NULL) return 0;
    memset(from, 1, size);
    memset(to, 2, size);
    double start = seconds();
    for (int round = 0; round < 8; round++) memcpy(to, from, size);
    double time = seconds() - start;
    double result = to[size / 2] == 1 ? 2.0 * 8 * size / time * 1e-9 : 0;
    free(from);
    free(to);
    return result;
}

int main(void) {
    printf("{\"float32\": %.1f, \"bfloat16\": %.1f, \"copyGBs\": %.1f}\n", single(), half(), copy());
    return 0;
}
