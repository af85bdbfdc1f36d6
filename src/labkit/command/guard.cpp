#include "labkit/command/guard.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <set>

#include "labkit/command/command.hpp"
#include "labkit/observe/cgroup.hpp"
#include "labkit/subject/groups.hpp"
#include "labkit/workspace/catalog.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

using slipway::check;

void remove_groups_of(const Run& run) {
  std::set<std::string> names;
  for (const Tree& tree : trees()) {
    const std::string ours = tree.mount + "/slipway";
    if (!slipway::exists(ours)) continue;
    for (const std::string& name : slipway::list_folder(ours))
      if (name.starts_with(run.id() + "-")) names.insert(name);
  }
  for (const std::string& name : names)
    if (!remove_groups(name))
      fmt::print(stderr, "lab: the groups slipway/{} are still there: `lab clean`\n", name);
}

}  // namespace

Interrupts::Interrupts() {
  sigset_t held;
  sigemptyset(&held);
  for (int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) sigaddset(&held, number);
  check(::sigprocmask(SIG_BLOCK, &held, &before_), "hold the signals back");
  arrivals_ = slipway::Descriptor(
      check(::signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK), "make a signalfd"));
}

Interrupts::~Interrupts() {
  while (take() != 0) continue;  // one that was seen, or comes at the very end, is done with
  allow();
}

void Interrupts::allow() const {
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int Interrupts::take() const {
  signalfd_siginfo arrived;
  if (::read(arrivals_.get(), &arrived, sizeof arrived) != sizeof arrived) return 0;
  return static_cast<int>(arrived.ssi_signo);
}

slipway::Child fork_off(const Interrupts& interrupts, const std::function<int()>& work) {
  std::fflush(nullptr);
  std::cout.flush();
  const pid_t parent = ::getpid();
  const pid_t pid = check(::fork(), "start a process for the check");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(exit_error);  // it died before we asked
    interrupts.allow();
    int status = ending(work);
    std::cout.flush();
    if (std::fflush(nullptr) != 0 || !std::cout) status = exit_error;
    ::_exit(status);
  }
  const long pidfd = ::syscall(SYS_pidfd_open, pid, 0);
  return {pid, slipway::Descriptor(static_cast<int>(check(pidfd, "open process {}", pid)))};
}

int guarded(const Interrupts& interrupts, const Run& run, const std::function<int()>& work) {
  slipway::Child worker = fork_off(interrupts, work);
  pollfd events[] = {{worker.pidfd().get(), POLLIN, 0}, {interrupts.arrivals().get(), POLLIN, 0}};
  while (::poll(events, 2, -1) == -1)
    if (errno != EINTR) check(-1, "wait for the check");
  // Ctrl-C reaches the child too, which may be dead of it before it is seen here.
  int signal = interrupts.take();
  if (signal != 0) worker.signal(SIGKILL);
  const slipway::Exit exit = worker.wait();
  if (signal == 0 && exit.by_signal) signal = interrupts.take();
  if (signal == 0 && !exit.by_signal) return exit.value;
  remove_groups_of(run);
  if (signal != 0) return 128 + signal;
  fmt::print(stderr, "lab: the check was killed by signal {}\n", exit.value);
  return exit_error;
}

int ending(const std::function<int()>& work) {
  try {
    return work();
  } catch (const UsageError& error) {
    fmt::print(stderr, "lab: {}\n", error.what);
    return exit_usage;
  } catch (const UnknownLab& error) {
    fmt::print(stderr, "lab: {}\n", error.what());
    return exit_usage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "lab: {}\n", error.what());
    return exit_error;
  }
}

}  // namespace labkit
