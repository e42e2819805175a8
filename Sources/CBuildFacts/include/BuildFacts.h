#ifndef ZOO_BUILD_FACTS_H
#define ZOO_BUILD_FACTS_H

/// The commit that was built, from the environment of the build; an empty text if it was not told.
extern const char *const zoo_build_commit;

/// The version of the Swift compiler, from the environment of the build; an empty text if it was not told.
extern const char *const zoo_build_swift;

#endif
