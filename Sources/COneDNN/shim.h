#ifndef ZOO_CONEDNN_SHIM_H
#define ZOO_CONEDNN_SHIM_H

#include <dnnl.h>

// Of libgomp, whose header, omp.h, belongs to the C compiler and is not on Swift's search path.
// oneDNN has no call of its own that sets the number of threads.
void omp_set_num_threads(int count);

// For loops of the engine's own on the same team of threads: what GCC makes of `#pragma omp parallel`, which Swift has
// not. It calls `function(data)` once on each thread, on as many as were set if `threads` is 0, and waits for all.
void GOMP_parallel(void (*function)(void *), void *data, unsigned threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);

#endif
