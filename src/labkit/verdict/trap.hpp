#pragma once

#include <string>

#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"

namespace labkit {

/// A root file system that sets a trap: where something is to be mounted, it has a link that leads
/// out of it for whoever follows it from outside.
struct Trap {
  std::string rootfs;  ///< One of the sandbox's roots.
  std::string target;  ///< "/proc": the folder there becomes the link.
  std::string type;    ///< Of the file system that the program mounts there.
};

/// Sets the trap, starts the program with a helper as its command, and fails unless the program
/// either takes the link for what it is in ROOTFS or refuses it with status 125. It must have been
/// seen to run without a trap.
void expect_link_stays_inside(Trial& trial, const Conduct& conduct, const Trap& trap);

}  // namespace labkit
