// Wrong: the /proc of outside stays mounted.

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

int be_init(const std::vector<std::string>& command) {
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "ask to be killed with the parent");
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
  sigset_t held;
  sigemptyset(&held);
  for (int number : {SIGCHLD, SIGINT, SIGTERM}) sigaddset(&held, number);
  check(::sigprocmask(SIG_BLOCK, &held, nullptr), "hold the signals back");
  const Child child = start({}, [&] { execute(command); });
  for (int number = 0; ::sigwait(&held, &number) == 0;) {
    if (number != SIGCHLD) ::kill(child.pid(), number);
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
      if (pid == child.pid())
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  return 125;
}

int run(const std::vector<std::string>& command) {
  Signals signals;
  check(::unshare(CLONE_NEWPID | CLONE_NEWNS), "begin the namespaces");
  const pid_t first = check(::fork(), "start the first process");
  if (first == 0) return be_init(command);
  Child init(first, Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, first, 0))));
  return signals.wait(init).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "pid -- COMMAND...",
                    [](frame::Arguments& arguments) { return run(arguments.command()); });
}
