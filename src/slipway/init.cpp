#include "slipway/init.hpp"

#include <linux/close_range.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "slipway/error.hpp"
#include "slipway/process.hpp"

namespace slipway {
namespace {

// These wait until they are asked for. The first process of a pid namespace gets no signal for
// which it has no handler, but what is blocked is kept.
sigset_t hold_signals() {
  sigset_t held;
  sigemptyset(&held);
  for (int number : {SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2})
    sigaddset(&held, number);
  check(::sigprocmask(SIG_BLOCK, &held, nullptr), "hold the signals back");
  return held;
}

// Reaps all that have ended; when the command was among them, tells how it did.
std::optional<Exit> reap(pid_t command) {
  std::optional<Exit> ended;
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == -1 || info.si_pid == 0) return ended;
    if (info.si_pid == command) ended = Exit{info.si_code != CLD_EXITED, info.si_status};
  }
}

int serve(const sigset_t& held, pid_t command) {
  for (;;) {
    const int number = ::sigwaitinfo(&held, nullptr);
    if (number == -1) continue;  // EINTR: it was stopped and goes on
    if (number != SIGCHLD)
      ::kill(command, number);
    else if (const auto ended = reap(command))
      return ended->status();
  }
}

}  // namespace

void serve_as_init(const std::function<void()>& inside) {
  check(::setsid(), "begin a session");
  const sigset_t held = hold_signals();
  const Child command = start({}, inside);
  begun();
  // Among them is the command's pidfd: nobody else can reap it, so its pid is enough.
  check(::syscall(SYS_close_range, 3, ~0U, 0), "close all descriptors");
  ::_exit(serve(held, command.pid()));
}

}  // namespace slipway
