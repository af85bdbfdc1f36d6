#pragma once

#include <functional>

namespace slipway {

/// What the first process of a pid namespace does for the others in it; for the child's half of
/// start(). Starts the command, whose own half is `inside` (it ends in execute()); then passes on
/// to it what arrives of SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2, reaps every orphan,
/// and ends with the command's status (128 + the signal), whereby the kernel ends all that are
/// left. It is in a session of its own, so that a terminal's signals do not reach it twice, and
/// closes all descriptors but 0, 1 and 2. An error before the command runs is thrown.
/// pid_namespaces(7).
[[noreturn]] void serve_as_init(const std::function<void()>& inside);

}  // namespace slipway
