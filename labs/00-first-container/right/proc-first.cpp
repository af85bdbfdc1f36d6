// Right: proc is mounted before the root is entered, and SIGTERM is passed on before SIGKILL comes.

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/root.hpp"

using namespace slipway;

void inside(const std::string& rootfs, const std::vector<std::string>& command) {
  const std::string proc = rootfs + "/proc";
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
  check(::mount("proc", proc.c_str(), "proc", 0, nullptr), "mount proc on {}", proc);
  enter_root(rootfs);
  check(::sethostname("proc-first", 10), "set the host name");
  execute(command);
}

int run(const std::string& rootfs, const std::vector<std::string>& command) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  check(::sigprocmask(SIG_BLOCK, &ends, nullptr), "block the signals");
  const Descriptor arrivals(check(::signalfd(-1, &ends, SFD_CLOEXEC), "make a signalfd"));
  const std::uint64_t all = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS;
  Child child = start({.namespaces = all}, [&] { inside(rootfs, command); });
  pollfd events[] = {{child.pidfd().get(), POLLIN, 0}, {arrivals.get(), POLLIN, 0}};
  while (::poll(events, 2, -1) == -1) continue;
  if (events[0].revents == 0) {
    signalfd_siginfo arrived;
    check(::read(arrivals.get(), &arrived, sizeof arrived), "read the signal");
    child.signal(static_cast<int>(arrived.ssi_signo));
    if (!child.wait_for(300)) child.signal(SIGKILL);
  }
  return child.wait().status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "first-container ROOTFS COMMAND...", [](frame::Arguments& words) {
    const std::string rootfs = words.word("ROOTFS");
    return run(rootfs, words.rest());
  });
}
