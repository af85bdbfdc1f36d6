#pragma once

#include <string>
#include <vector>

#include "labkit/observe/cgroup.hpp"
#include "labkit/subject/sandbox.hpp"

namespace labkit {

/// Builds the root of a sandbox on `folder` and enters it: the caller's mounts are gone afterwards.
/// For a process in a new mount, pid and cgroup namespace that is still root outside.
void enter_furnished_root(const std::string& folder, const SandboxOptions& options,
                          const std::vector<Tree>& trees);

}  // namespace labkit
