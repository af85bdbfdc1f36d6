#pragma once

#include <string>

namespace slipway {

/// Makes `rootfs` the root of this process, and the old root unreachable. Only in a mount namespace
/// of its own (CLONE_NEWNS): what is mounted from here on is seen by nobody outside. pivot_root(2).
/// Throws Error.
void enter_root(const std::string& rootfs);

}  // namespace slipway
