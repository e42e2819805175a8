#ifndef ZOO_CCURL_SHIM_H
#define ZOO_CCURL_SHIM_H

#include <curl/curl.h>

#endif
