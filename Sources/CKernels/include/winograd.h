#ifndef ZOO_WINOGRAD_H
#define ZOO_WINOGRAD_H

#include <stddef.h>
#include <stdint.h>

// 3×3 convolutions of stride 1 in bfloat16 by Winograd's algorithm, F(2×2, 3×3), for processors with AVX-512's bfloat16
// instructions: 16 multiplications where the direct algorithm has 36. docs/decisions/0014 says why this is not oneDNN's.
//
// A tile is a square of 2×2 pixels of the result; the tiles of all images are numbered row by row. Images lie in blocks
// of 16 channels (N × C/16 × H × W × 16), bfloat16. Sums are formed in float32.

// The channels of a block.
#define ZOO_WINOGRAD_BLOCK 16
// The outputs that are computed together; the number of outputs is a multiple.
#define ZOO_WINOGRAD_OUTPUTS 32
// The tiles that are multiplied together; scratch space is counted in multiples.
#define ZOO_WINOGRAD_ROWS 14

struct zoo_winograd_layer {
    // The image, and how many zeros surround it.
    int channels, height, width, padding;
    // The result.
    int outputs, output_height, output_width;
    // Whether the result is added to what the target holds, and whether negative results become zero, in this order.
    int adds, applies_relu;
    const uint16_t *source;
    // As zoo_winograd_weights writes them.
    const uint16_t *weights;
    // One number for each output, or NULL.
    const float *bias;
    uint16_t *target;
};

// How many tiles an image has.
static inline int zoo_winograd_tile_count(const struct zoo_winograd_layer *layer) {
    return ((layer->output_height + 1) / 2) * ((layer->output_width + 1) / 2);
}

// The scratch space for `tiles` tiles of a layer with that many channels, in bytes.
static inline size_t zoo_winograd_scratch_size(int channels, int tiles) {
    size_t rows = (size_t)((tiles + ZOO_WINOGRAD_ROWS - 1) / ZOO_WINOGRAD_ROWS * ZOO_WINOGRAD_ROWS);
    return 16 * rows * ((size_t)channels * sizeof(uint16_t) + ZOO_WINOGRAD_OUTPUTS * sizeof(float));
}

// Whether this processor has the instructions.
int zoo_winograd_is_supported(void);

// Computes `count` tiles from number `first` on. `scratch` is aligned to 64 bytes.
void zoo_winograd_run(const struct zoo_winograd_layer *layer, int first, int count, void *scratch);

// Transforms and rounds the weights of the outputs `first ..< first + count`, both multiples of ZOO_WINOGRAD_OUTPUTS, to
// 16 × channels × outputs numbers. The weight of output `o`, channel `c` and row-major tap `t` is
// `weights[o * output_stride + c * channel_stride + t]`, or, if `is_turned`, that of tap `8 - t`: with the strides
// exchanged the layer then is the derivative of the original one by its input.
void zoo_winograd_weights(const float *weights, int channels, long output_stride, long channel_stride, int is_turned,
                          int first, int count, uint16_t *target);

#endif
