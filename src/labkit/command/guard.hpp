#pragma once

#include <signal.h>

#include <functional>
#include <optional>

#include "labkit/subject/run.hpp"
#include "slipway/descriptor.hpp"
#include "slipway/process.hpp"

/// Ctrl-C in the middle of a check, after which nothing of it may be left: the check is made by a
/// process of its own, and the one that guards it cleans up behind it.
namespace labkit {

/// While it lives, SIGHUP, SIGINT, SIGQUIT and SIGTERM do not end this process: they wait to be
/// seen. signalfd(2).
class Interrupts {
 public:
  Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  ~Interrupts();

  const slipway::Descriptor& arrivals() const { return arrivals_; }  ///< Readable after a signal.

  /// Gives the process that fork(2) just made its signals back.
  void allow() const;

  /// The number of the signal that has arrived; 0 when none has.
  int take() const;

 private:
  sigset_t before_;
  slipway::Descriptor arrivals_;
};

/// Runs `work` in a child process, which ends with its return value (or as main() ends for an
/// exception) and dies with this one. Throws slipway::Error.
slipway::Child fork_off(const Interrupts& interrupts, const std::function<int()>& work);

/// Runs a check in a child and returns its exit status. A signal meanwhile kills it, removes the
/// groups of `run`, and the return is 128 + its number.
int guarded(const Interrupts& interrupts, const Run& run, const std::function<int()>& work);

/// Calls `work` and turns an exception into a line on standard error and the exit status for it.
int ending(const std::function<int()>& work);

}  // namespace labkit
