#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "slipway/descriptor.hpp"

namespace slipway {

/// How a process ended, as waitid(2) tells it.
struct Exit {
  bool by_signal = false;
  int value = 0;  ///< The exit status, or the number of the signal.

  /// One number for both, as a shell reports it: the status, or 128 + the signal.
  int status() const noexcept { return by_signal ? 128 + value : value; }
};

/// A child process that is never lost: whoever holds it can wait for it, and when the holder lets
/// go it is killed (SIGKILL) and reaped. It is named by a pidfd (pidfd_open(2)), so a signal can
/// never reach a stranger that got the same pid.
class Child {
 public:
  Child(pid_t pid, Descriptor pidfd) noexcept : pid_(pid), pidfd_(std::move(pidfd)) {}
  Child(Child&& other) noexcept = default;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  pid_t pid() const noexcept { return pid_; }
  /// Readable (poll(2)) once it ended.
  const Descriptor& pidfd() const noexcept { return pidfd_; }

  /// Sends a signal; one that has ended already is no error. Throws Error. pidfd_send_signal(2).
  void signal(int number) const;

  /// Waits until it ends; asked again, answers the same. Throws Error. waitid(2).
  Exit wait();

  /// How it ended, or nothing while it still runs after `milliseconds` (0: look only; -1: no
  /// limit), or earlier when a signal handler ran.
  std::optional<Exit> wait_for(int milliseconds);

 private:
  pid_t pid_;
  Descriptor pidfd_;
  std::optional<Exit> exit_;
};

/// What a child is given at birth, by clone3(2) itself.
struct Birth {
  std::uint64_t namespaces = 0;  ///< CLONE_NEW... flags of the namespaces it begins.
  int cgroup = -1;  ///< An open folder of cgroup v2 in which it is born; -1: its parent's.
};

/// Starts a process in two halves with a gate between them:
/// - outside: the parent's half (id maps, cgroups) runs first, while the child waits at the gate;
/// - inside: the child's half runs once the gate is open, and ends in execute() or returns (exit 0,
///   without a flush of stdio's buffers, which hold the parent's text too).
/// start() comes back when the child has become its command. An exception in either half ends the
/// child and is thrown here, with the text that it had on its side. The child has no signal
/// blocked, and it is killed when its parent dies (PR_SET_PDEATHSIG, which a change of its user or
/// group takes away again). The caller must be single-threaded.
Child start(const Birth& birth, const std::function<void()>& inside,
            const std::function<void(pid_t child)>& outside = {});

/// For a child that becomes no other program: start() comes back now, as it would at execute(). An
/// exception after this is told on standard error, and the child ends with 125.
void begun();

/// Leaves nothing of the caller's environment but TERM: what is in it is the machine's affair. PATH
/// is where a system has its programs, HOME is /root. environ(7).
void clean_environment();

/// Becomes the command: execvp(3), so a name without a slash is looked up in PATH.
/// Throws Error with exit_status() 127 when there is no such command and 126 when it cannot run.
[[noreturn]] void execute(const std::vector<std::string>& command);

}  // namespace slipway
