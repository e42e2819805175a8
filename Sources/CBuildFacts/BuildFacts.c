#include "BuildFacts.h"

// Package.swift defines these from the environment. They are in a target of their own, since a Swift target takes no
// definition with a value, and since a new commit then compiles this file alone.

#ifndef ZOO_COMMIT
#define ZOO_COMMIT ""
#endif

#ifndef ZOO_SWIFT
#define ZOO_SWIFT ""
#endif

const char *const zoo_build_commit = ZOO_COMMIT;
const char *const zoo_build_swift = ZOO_SWIFT;
