#ifndef ZOO_CONEDNN_SHIM_H
#define ZOO_CONEDNN_SHIM_H

#include <dnnl.h>

// Of libgomp, whose header, omp.h, belongs to the C compiler and is not on Swift's search path.
// oneDNN has no call of its own that sets the number of threads.
void omp_set_num_threads(int count);

#endif
