#ifndef ZOO_DEPTHWISE_H
#define ZOO_DEPTHWISE_H

#include <stddef.h>

// The gradient of the weights of a depthwise convolution with kernels of 5×5, for processors with AVX-512: the sums of 16
// channels stay in registers. oneDNN 2.6.3 has none but as products of matrices, one for each channel and image.
//
// Images lie in blocks of 16 channels (N × C/16 × H × W × 16), in float32 or bfloat16. Sums are formed in float32.

// Rows and columns of a kernel.
#define ZOO_DEPTHWISE_KERNEL 5

struct zoo_depthwise_layer {
    // `channels` fills whole blocks, which zeros may pad.
    int images, channels, height, width;
    int output_height, output_width;
    int padding, stride;
    int is_bfloat16;
    const void *source;
    // By the result.
    const void *gradient;
    // C/16 × 5 × 5 × 16.
    float *target;
};

// How many floats of scratch space a thread needs.
static inline size_t zoo_depthwise_scratch_count(const struct zoo_depthwise_layer *layer) {
    return (size_t)(layer->height + 2 * layer->padding) * (size_t)(layer->width + 2 * layer->padding) * 16;
}

// Whether this processor has the instructions.
int zoo_depthwise_is_supported(void);

// Computes the gradients of `count` blocks of channels from number `first` on. `scratch` is aligned to 64 bytes.
void zoo_depthwise_weights_gradient(const struct zoo_depthwise_layer *layer, int first, int count, float *scratch);

#endif
