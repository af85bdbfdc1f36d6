#pragma once

#include <string>
#include <vector>

#include "labkit/observe/cgroup.hpp"
#include "labkit/subject/sandbox.hpp"
#include "slipway/descriptor.hpp"

namespace labkit {

/// Builds the root of a sandbox on `folder` and enters it: the caller's mounts are gone afterwards.
/// For a process in a new mount, pid and cgroup namespace that is still root outside. Returns the
/// mounts of the groups where they are to be loose, else nothing.
slipway::Descriptor enter_furnished_root(const std::string& folder, const SandboxOptions& options,
                                         const std::vector<Tree>& trees);

/// Puts those mounts in their place. What is attached in the sandbox's own mount namespace is not
/// locked, as all that was copied into it is: a program may unmount it.
void attach_loose_cgroups(const slipway::Descriptor& mounts, const SandboxOptions& options);

}  // namespace labkit
