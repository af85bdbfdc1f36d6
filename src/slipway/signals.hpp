#pragma once

#include <signal.h>

#include <functional>

#include "slipway/descriptor.hpp"
#include "slipway/process.hpp"

namespace slipway {

/// From its construction to its end, SIGHUP, SIGINT, SIGQUIT and SIGTERM do not end this process:
/// they wait, to be passed on to a child. So a program that has made groups or mounts comes to the
/// end of its function, where they are undone. Made before anything that must be undone; one at a
/// time. signalfd(2).
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// Waits for the child and passes on to it each signal that arrives meanwhile. A child that is
  /// the init of a pid namespace may ignore them all (pid_namespaces(7)): name SIGKILL as
  /// `instead`.
  Exit wait(Child& child, int instead = 0);

  /// The same, where passing on takes more than a signal: calls `arrived` with each one's number.
  Exit wait(Child& child, const std::function<void(int number)>& arrived);

 private:
  sigset_t before_;
  Descriptor arrivals_;
};

}  // namespace slipway
