#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "catch.hpp"

/// Tests that a machine cannot run. Catch2 2 has no SKIP(): the line "SKIPPED: why" tells ctest.
namespace skip {

inline void say(const std::string& why) {
  std::printf("SKIPPED: %s\n", why.c_str());
}

/// Whether a skip is a failure (SLIPWAY_NO_SKIP=1, as scripts/test and CI set it).
inline bool forbidden() {
  const char* set = std::getenv("SLIPWAY_NO_SKIP");
  return set != nullptr && std::string(set) == "1";
}

}  // namespace skip

/// For what the caller could mend (not root, not built): a failure where skips are forbidden.
#define NEEDS(so, why)                           \
  do {                                           \
    if (!(so)) {                                 \
      if (skip::forbidden()) FAIL("needs " why); \
      skip::say("needs " why);                   \
      return;                                    \
    }                                            \
  } while (false)

/// For what this machine truly lacks, as a probe has just shown: never a failure.
#define LACKS_UNLESS(so, what)               \
  do {                                       \
    if (!(so)) {                             \
      skip::say("this machine lacks " what); \
      return;                                \
    }                                        \
  } while (false)

#define NEEDS_ROOT() NEEDS(::geteuid() == 0, "root")
