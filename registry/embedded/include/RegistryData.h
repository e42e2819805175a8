#ifndef ZOO_REGISTRY_DATA_H
#define ZOO_REGISTRY_DATA_H

#include <stddef.h>

/// A file of the folder `registry`, as it was when the program was built.
typedef struct {
    /// The path below `registry`, NUL-terminated.
    const char *path;
    /// The bytes, not NUL-terminated; static, never written.
    const unsigned char *bytes;
    /// The number of bytes.
    size_t count;
} ZooRegistryDocument;

/// How many documents there are.
size_t zoo_registry_document_count(void);

/// The document at `index`; beyond the last one, a document whose pointers are NULL.
ZooRegistryDocument zoo_registry_document(size_t index);

#endif
