// Probes of the kernel and of what it lets this process do.

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <set>

#include "labkit/doctor/probe.hpp"
#include "labkit/workspace/catalog.hpp"
#include "slipway/descriptor.hpp"
#include "slipway/error.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::Error;

// What the sandbox does itself, as root outside.
constexpr const char* needed_by_checks[] = {"cap_chown",      "cap_dac_override", "cap_fowner",
                                            "cap_kill",       "cap_net_admin",    "cap_setgid",
                                            "cap_setpcap",    "cap_setuid",       "cap_sys_admin",
                                            "cap_sys_chroot", "cap_sys_ptrace"};

std::int64_t nanoseconds(clockid_t clock) {
  timespec time;
  check(::clock_gettime(clock, &time), "read clock {}", clock);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

std::string newer_kernel() {
  return "sudo apt-get install linux-image-amd64 && sudo reboot   (Debian 12 has 6.1)";
}

// A filter under which one harmless call says EPERM.
void filter_getpriority() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "set no_new_privs");
  check(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), "set a seccomp filter");
  errno = 0;
  if (::syscall(SYS_getpriority, PRIO_PROCESS, 0) != -1 || errno != EPERM)
    throw Error("the filter was taken and filters nothing");
}

}  // namespace

Found probe_root(const std::string&) {
  if (::geteuid() == 0) return {Health::fine, "root", ""};
  return {Health::missing,
          fmt::format("user {}: a check makes namespaces and control groups, as root", ::geteuid()),
          "sudo lab doctor"};
}

Found probe_kernel(const std::string&) {
  utsname name;
  check(::uname(&name), "ask for the kernel's release");
  int major = 0;
  int minor = 0;
  std::sscanf(name.release, "%d.%d", &major, &minor);
  if (major > 5 || (major == 5 && minor >= 11)) return {Health::fine, name.release, ""};
  return {Health::missing, fmt::format("{}; the checks need 5.11 or newer", name.release),
          newer_kernel()};
}

// The bounding set is read, not taken for granted: even root's may lack some.
Found probe_capabilities(const std::string&) {
  std::string absent;
  for (int number = 0; ::prctl(PR_CAPBSET_READ, number) >= 0; ++number) {
    char* name = ::cap_to_name(number);
    if (::prctl(PR_CAPBSET_READ, number) == 0) absent += fmt::format(" {}", name);
    ::cap_free(name);
  }
  std::set<std::string> needed(std::begin(needed_by_checks), std::end(needed_by_checks));
  for (const LabInfo& lab : catalog())
    needed.insert(lab.capabilities.begin(), lab.capabilities.end());
  std::string missing;
  for (const std::string& name : needed)
    if ((absent + " ").find(" " + name + " ") != std::string::npos) missing += " " + name;
  const std::string all = absent.empty() ? "every one can be had" : "all but" + absent;
  if (missing.empty()) return {Health::fine, all, ""};
  return {Health::missing, "these cannot be had:" + missing,
          in_container() ? "docker run --privileged ..."
                         : "start `lab` from a login shell: a service's CapabilityBoundingSet= "
                           "took them"};
}

Found probe_clone3(const std::string&) {
  try {
    in_child(0, [] {});
  } catch (const Error& error) {
    return {Health::missing, error.what(),
            in_container() ? "docker run --security-opt seccomp=unconfined ...   (an old Docker "
                             "forbids the call)"
                           : newer_kernel()};
  }
  return {Health::fine, "", ""};
}

Found probe_pidfd(const std::string&) {
  const long number = ::syscall(SYS_pidfd_open, ::getpid(), 0);
  if (number == -1) return {Health::missing, "pidfd_open is refused", newer_kernel()};
  const slipway::Descriptor self(static_cast<int>(number));
  if (::syscall(SYS_pidfd_send_signal, self.get(), 0, nullptr, 0) == 0)
    return {Health::fine, "", ""};
  return {Health::missing, "pidfd_send_signal is refused", newer_kernel()};
}

Found probe_seccomp(const std::string&) {
  try {
    in_child(0, filter_getpriority);
  } catch (const Error& error) {
    return {Health::missing, error.what(), newer_kernel()};
  }
  return {Health::fine, "", ""};
}

Found probe_clock(const std::string&) {
  const std::int64_t before = nanoseconds(CLOCK_MONOTONIC);
  const timespec pause{0, 2'000'000};
  ::nanosleep(&pause, nullptr);
  const std::int64_t passed = nanoseconds(CLOCK_MONOTONIC) - before;
  if (passed < 2'000'000)
    return {Health::missing, fmt::format("a sleep of 2 ms took {} ns", passed),
            "look at the virtual machine's clock source: cat "
            "/sys/devices/system/clocksource/clocksource0/current_clocksource"};
  timespec resolution{};
  ::clock_getres(CLOCK_MONOTONIC, &resolution);
  return {Health::fine, fmt::format("advances, in steps of {} ns", resolution.tv_nsec), ""};
}

}  // namespace labkit
