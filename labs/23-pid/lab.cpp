// pid: runs a command in a pid namespace of its own, under an init that passes signals on and reaps
// orphans. The lesson is lessons/23-pid.md.

#include <fmt/core.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "pid -- COMMAND...";

//! [given]
constexpr unsigned long proc_flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

// These wait for us until we ask for them, instead of doing what they usually do.
sigset_t hold_signals() {
  sigset_t held;
  sigemptyset(&held);
  for (int number : {SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM}) sigaddset(&held, number);
  check(::sigprocmask(SIG_BLOCK, &held, nullptr), "hold the signals back");
  return held;
}

int next_signal(const sigset_t& held) {
  int number = 0;
  if (const int code = ::sigwait(&held, &number)) fail(code, "wait for a signal");
  return number;
}

// What waitpid(2) says of an end, as one number: the status, or 128 + the signal.
int exit_status(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
//! [given]

// Step 1. Makes a process that is the first of a new pid namespace, and has a mount namespace of
// its own. Like fork(2) it comes back twice: in the new process with 0, here with the new one's
// pid.
pid_t fork_first() {
  //! [first]
  // From here on our children are born in the new namespace. We ourselves stay where we are.
  check(::unshare(CLONE_NEWPID | CLONE_NEWNS), "begin a pid and a mount namespace");
  return check(::fork(), "start the first process");
  //! [first]
}

// Step 2. In the first process: /proc shows the processes of this namespace, to nobody else.
void mount_proc() {
  //! [proc]
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
  check(::mount("proc", "/proc", "proc", proc_flags, nullptr), "mount a new /proc");
  //! [proc]
}

// Step 3. Reaps every process that has ended and is ours to reap, without waiting for any; when the
// command was among them, its status.
std::optional<int> reap([[maybe_unused]] pid_t command) {
  //! [reap]
  std::optional<int> ended;
  int status = 0;
  for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
    if (pid == command) ended = exit_status(status);
  return ended;
  //! [reap]
}

// Step 4. The life of an init: until the command has ended, takes one signal after the other and
// does what it demands. Returns the command's status.
int serve([[maybe_unused]] const sigset_t& held, [[maybe_unused]] pid_t command) {
  //! [serve]
  for (;;) {
    const int number = next_signal(held);
    if (number != SIGCHLD)
      ::kill(command, number);
    else if (const auto status = reap(command))
      return *status;
  }
  //! [serve]
}

//! [run]
// The first process: when it returns, and so ends, the kernel ends all that are left with it.
int be_init(const std::vector<std::string>& command) {
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "ask to be killed with the parent");
  mount_proc();
  const sigset_t held = hold_signals();
  const Child child = start({}, [&] { execute(command); });
  return serve(held, child.pid());
}

int run(const std::vector<std::string>& command) {
  Signals signals;  // from here on SIGTERM waits, here and in the first process
  const pid_t first = fork_first();
  if (first == 0) return be_init(command);
  const auto pidfd = check(::syscall(SYS_pidfd_open, first, 0), "open process {}", first);
  Child init(first, Descriptor(static_cast<int>(pidfd)));
  return signals.wait(init).status();  // passes on to init what arrives
}
//! [run]

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage,
                    [](frame::Arguments& arguments) { return run(arguments.command()); });
}
