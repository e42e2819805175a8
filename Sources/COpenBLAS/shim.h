#ifndef ZOO_COPENBLAS_SHIM_H
#define ZOO_COPENBLAS_SHIM_H

#include <cblas.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

// OpenBLAS starts its threads when it is loaded, and they spin for a while: 4 ms of every command, and a processor that
// the command needs. So the functions that zoo calls are looked up when they are first needed
// (docs/decisions/0008).

static inline void *zoo_blas_symbol(const char *name) {
    static _Atomic(void *) library = NULL;
    void *handle = atomic_load(&library);
    if (handle == NULL) {
        // The name that packages depend on; a second thread gets the same handle.
        handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
        atomic_store(&library, handle);
    }
    return handle == NULL ? NULL : dlsym(handle, name);
}

/// Whether OpenBLAS is there.
static inline bool zoo_blas_is_available(void) { return zoo_blas_symbol("cblas_sgemm") != NULL; }

/// `cblas_sgemm` of row-major matrices with factors 1 and 0.
static inline void zoo_blas_sgemm(CBLAS_TRANSPOSE left_order, CBLAS_TRANSPOSE right_order, blasint m, blasint n,
                                  blasint k, const float *left, blasint left_stride, const float *right,
                                  blasint right_stride, float *result) {
    typedef void function(CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, blasint, blasint, blasint, float,
                          const float *, blasint, const float *, blasint, float, float *, blasint);
    static _Atomic(void *) found = NULL;
    function *call = (function *)atomic_load(&found);
    if (call == NULL) {
        call = (function *)zoo_blas_symbol("cblas_sgemm");
        atomic_store(&found, (void *)call);
    }
    call(CblasRowMajor, left_order, right_order, m, n, k, 1, left, left_stride, right, right_stride, 0, result, n);
}

/// `cblas_dgemm` of row-major matrices with factors 1 and 0.
static inline void zoo_blas_dgemm(CBLAS_TRANSPOSE left_order, CBLAS_TRANSPOSE right_order, blasint m, blasint n,
                                  blasint k, const double *left, blasint left_stride, const double *right,
                                  blasint right_stride, double *result) {
    typedef void function(CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, blasint, blasint, blasint, double,
                          const double *, blasint, const double *, blasint, double, double *, blasint);
    static _Atomic(void *) found = NULL;
    function *call = (function *)atomic_load(&found);
    if (call == NULL) {
        call = (function *)zoo_blas_symbol("cblas_dgemm");
        atomic_store(&found, (void *)call);
    }
    call(CblasRowMajor, left_order, right_order, m, n, k, 1, left, left_stride, right, right_stride, 0, result, n);
}

/// `openblas_set_num_threads`.
static inline void zoo_blas_set_thread_count(int count) {
    void (*call)(int) = (void (*)(int))zoo_blas_symbol("openblas_set_num_threads");
    if (call != NULL) call(count);
}

/// `openblas_get_config`: its version and how it was built; NULL if it does not tell.
static inline const char *zoo_blas_config(void) {
    char *(*call)(void) = (char *(*)(void))zoo_blas_symbol("openblas_get_config");
    return call == NULL ? NULL : call();
}

/// `openblas_get_corename`: the processor whose kernels it uses; NULL if it does not tell.
static inline const char *zoo_blas_core_name(void) {
    char *(*call)(void) = (char *(*)(void))zoo_blas_symbol("openblas_get_corename");
    return call == NULL ? NULL : call();
}

#endif
