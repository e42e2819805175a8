#ifndef ZOO_CMATH_SHIM_H
#define ZOO_CMATH_SHIM_H

// Swift's squareRoot() becomes C's sqrtf, which may set errno, so that no loop with it is vectorised. This is the
// processor's instruction and sets nothing; the result is the same, correctly rounded.
static inline float zoo_square_root(float value) { return __builtin_elementwise_sqrt(value); }

#endif
