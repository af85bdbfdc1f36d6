#pragma once

#include <sys/types.h>

#include <string>

#include "slipway/descriptor.hpp"

namespace slipway {

/// Makes `rootfs` the root of this process, and the old root unreachable. Only in a mount namespace
/// of its own (CLONE_NEWNS): what is mounted from here on is seen by nobody outside. pivot_root(2).
/// Throws Error.
void enter_root(const std::string& rootfs);

/// Opens `path` as a process would whose root is `root`: links and ".." in it lead nowhere but into
/// `root`, whoever made them. Always with O_CLOEXEC. openat2(2), RESOLVE_IN_ROOT. Throws Error.
Descriptor open_in_root(const std::string& root, const std::string& path, int flags);

/// Makes the folder `path` in `root`, and those above it, where they are not there yet; resolved
/// like open_in_root(). Throws Error.
void make_folder_in_root(const std::string& root, const std::string& path, mode_t mode = 0755);

}  // namespace slipway
