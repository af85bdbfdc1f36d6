#pragma once

#include <sys/types.h>

#include <string>

/// The checks' own eyes on freezing, of v1 and of v2. cgroups(7).
namespace labkit {

/// Whether the group of a process is frozen.
struct Freezing {
  enum State { no, partly, yes } state = no;  ///< `partly`: asked for, and not all tasks are there.
  std::string file;                           ///< The kernel's file that says so.
  std::string says;                           ///< What stands in it.
};

/// Of the hierarchies that can freeze (v1's freezer, and every v2), the one in which the process's
/// group is frozen most. Throws slipway::Error when no hierarchy can.
Freezing freezing_of(pid_t pid);

}  // namespace labkit
