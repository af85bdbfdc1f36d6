#include "slipway/seccomp.hpp"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"

using namespace slipway;

namespace {

/// The errno with which `act` ends in a child that refuses user namespaces; 0: it succeeds.
int refused(const std::function<long()>& act) {
  Child child = start({}, [&] {
    refuse_user_namespaces();
    ::_exit(act() == -1 ? errno : 0);
  });
  return child.wait().status();
}

long clone_with(unsigned long flags) {
  const long pid = ::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid == 0) ::_exit(0);
  if (pid > 0) ::waitpid(static_cast<pid_t>(pid), nullptr, 0);
  return pid;
}

}  // namespace

TEST_CASE("seccomp: neither unshare nor clone begins a user namespace, and others they begin") {
  NEEDS_ROOT();
  CHECK(refused([] { return ::unshare(CLONE_NEWUSER); }) == EPERM);
  CHECK(refused([] { return ::unshare(CLONE_NEWUSER | CLONE_NEWNS); }) == EPERM);
  CHECK(refused([] { return clone_with(CLONE_NEWUSER); }) == EPERM);
  CHECK(refused([] { return ::unshare(CLONE_NEWNS | CLONE_NEWUTS); }) == 0);
  CHECK(refused([] { return clone_with(CLONE_NEWNS); }) == 0);
  CHECK(refused([] { return clone_with(0); }) == 0);
}

TEST_CASE("seccomp: clone3 is as if it were not there, and fork works without it") {
  NEEDS_ROOT();
  CHECK(refused([] {
          clone_args args{};
          args.exit_signal = SIGCHLD;
          const long pid = ::syscall(SYS_clone3, &args, sizeof args);
          if (pid == 0) ::_exit(0);
          return pid;
        }) == ENOSYS);
  CHECK(refused([] {
          const pid_t pid = ::fork();
          if (pid == 0) ::_exit(0);
          return static_cast<long>(::waitpid(pid, nullptr, 0));
        }) == 0);
}

#if defined(__x86_64__)
TEST_CASE("seccomp: the other numbers of x86 lead no way around the filter") {
  NEEDS_ROOT();
  // unshare as a program of 32 bits calls it: int 0x80, number 310.
  const int way = refused([] {
    long result;
    asm volatile("int $0x80" : "=a"(result) : "a"(310L), "b"(long{CLONE_NEWUSER}) : "memory");
    if (result >= 0) return 0L;
    errno = static_cast<int>(-result);
    return -1L;
  });
  CHECK((way == EPERM || way == 128 + SIGSEGV));  // the latter: a kernel without such programs
  constexpr long x32_unshare = 0x40000000 + 272;
  CHECK(refused([] { return ::syscall(x32_unshare, CLONE_NEWUSER); }) == ENOSYS);
}
#endif
