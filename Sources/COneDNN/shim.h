#ifndef ZOO_CONEDNN_SHIM_H
#define ZOO_CONEDNN_SHIM_H

#include <dnnl.h>

// Two functions of libgomp. Their header, omp.h, belongs to the C compiler and is not on Swift's search path.
// oneDNN has no call of its own that sets the number of threads.
void omp_set_num_threads(int count);
// The processors in the affinity mask of the calling thread; sched_getaffinity is hidden behind _GNU_SOURCE.
int omp_get_num_procs(void);

#endif
