#ifndef ZOO_CDEFLATE_SHIM_H
#define ZOO_CDEFLATE_SHIM_H

#include <libdeflate.h>

#endif
