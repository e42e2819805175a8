#ifndef ZOO_CONEDNN_SHIM_H
#define ZOO_CONEDNN_SHIM_H

#include <dnnl.h>

#endif
