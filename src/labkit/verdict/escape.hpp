#pragma once

#include <optional>
#include <string>

#include "labkit/observe/process.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"

/// Ways out of a root, tried by a helper. The ways themselves are in payload/escape.cpp.
namespace labkit {

struct WayOut {
  const char* name;   ///< Of the helper's: "chroot", "descriptor", "proc", "join".
  const char* what;   ///< What it does, in words.
  const char* cause;  ///< As Finding::cause.
};

/// What the command is to stay in.
struct Cage {
  std::string rootfs;          ///< One of the sandbox's roots.
  RunAs as;                    ///< How the program is started.
  std::optional<FileId> root;  ///< Nothing: the top of its mount namespace, whatever that is.
};

/// Goes that way from a mere chroot first, to see that it leads out; then as the program's command,
/// and fails when its root or its working folder is not the cage's any more.
void expect_stays_in(Trial& trial, const Conduct& conduct, const Cage& cage, const WayOut& way);

}  // namespace labkit
