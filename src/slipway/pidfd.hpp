#pragma once

#include <sys/types.h>

#include <cstdint>

#include "slipway/descriptor.hpp"

/// Processes that are not our children, named by a descriptor. A pid may be given to another
/// process once its own has ended; a pidfd names the same process for ever. pidfd_open(2).
namespace slipway {

/// Takes hold of a process. Throws Error when there is none with that pid.
Descriptor open_process(pid_t pid);

/// Whether that process has ended, waited for or not. What was opened by its pid before, in /proc,
/// was its own if it has not ended now.
bool has_ended(const Descriptor& pidfd);

/// Joins those of its namespaces that the CLONE_NEW... flags name: all at once, or none. The caller
/// must be single-threaded. A pid namespace is entered by the next child, not by the caller;
/// joining a mount namespace leaves the caller at its top. Throws Error. setns(2), Linux 5.8.
void join_namespaces(const Descriptor& pidfd, std::uint64_t namespaces);

}  // namespace slipway
