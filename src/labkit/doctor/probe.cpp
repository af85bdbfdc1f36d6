#include "labkit/doctor/probe.hpp"

#include <linux/sched.h>
#include <unistd.h>

#include <map>

#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

namespace labkit {

const std::vector<Probe>& probes() {
  static const std::vector<Probe> all = {
      {"root", "privilege", Need::checks, false, true, probe_root, ""},
      {"kernel", "kernel release", Need::checks, false, true, probe_kernel, ""},
      {"capabilities", "capabilities", Need::checks, false, true, probe_capabilities, ""},
      {"clone3", "clone3", Need::checks, false, true, probe_clone3, ""},
      {"pidfd", "pidfds", Need::checks, false, true, probe_pidfd, ""},
      {"seccomp", "seccomp filters", Need::labs, false, true, probe_seccomp, ""},
      {"clock", "clock", Need::checks, false, true, probe_clock, ""},
      {"cgroup", "control groups", Need::checks, true, true, probe_layout, ""},
      {"delegation", "groups hand controllers down", Need::checks, true, true, probe_delegation,
       ""},
      {"controller-cpu", "controller cpu", Need::labs, true, true, probe_controller, "cpu"},
      {"controller-memory", "controller memory", Need::labs, true, true, probe_controller,
       "memory"},
      {"controller-pids", "controller pids", Need::labs, true, true, probe_controller, "pids"},
      {"controller-cpuset", "controller cpuset", Need::labs, true, true, probe_controller,
       "cpuset"},
      {"controller-hugetlb", "controller hugetlb", Need::labs, true, true, probe_controller,
       "hugetlb"},
      {"controller-perf_event", "controller perf_event", Need::labs, true, true, probe_controller,
       "perf_event"},
      {"controller-net_cls", "controller net_cls", Need::labs, true, true, probe_controller,
       "net_cls"},
      {"controller-net_prio", "controller net_prio", Need::labs, true, true, probe_controller,
       "net_prio"},
      {"device-rules", "rules for devices", Need::labs, true, true, probe_device_rules, ""},
      {"swap-accounting", "swap is counted", Need::labs, true, true, probe_swap_accounting, ""},
      {"cgroup-kill", "cgroup.kill", Need::nobody, true, true, probe_group_kill, ""},
      {"user-namespace", "user namespaces", Need::checks, false, true, probe_user_namespace, ""},
      {"unprivileged-user-namespace", "user namespaces without root", Need::labs, false, true,
       probe_unprivileged_user_namespace, ""},
      {"cgroup-namespace", "cgroup namespaces", Need::checks, true, true, probe_namespace,
       "cgroup"},
      {"ipc-namespace", "ipc namespaces", Need::checks, true, true, probe_namespace, "ipc"},
      {"mnt-namespace", "mnt namespaces", Need::checks, true, true, probe_namespace, "mnt"},
      {"net-namespace", "net namespaces", Need::checks, true, true, probe_namespace, "net"},
      {"pid-namespace", "pid namespaces", Need::checks, true, true, probe_namespace, "pid"},
      {"uts-namespace", "uts namespaces", Need::checks, true, true, probe_namespace, "uts"},
      {"time-namespace", "time namespaces", Need::labs, true, true, probe_namespace, "time"},
      {"proc-mount", "a /proc of one's own", Need::checks, false, true, probe_proc_mount, ""},
      {"overlayfs", "overlayfs", Need::labs, true, true, probe_overlay, ""},
      {"overlayfs-user", "overlayfs in a user namespace", Need::labs, false, true,
       probe_overlay_in_user_namespace, ""},
      {"container", "containers around us", Need::nobody, false, true, probe_container, ""},
      {"wsl", "WSL", Need::nobody, false, true, probe_wsl, ""},
      {"memory", "free memory", Need::checks, false, true, probe_memory, ""},
      {"space", "room below /run", Need::checks, false, true, probe_space, ""},
      {"compiler", "compiler", Need::checks, false, false, probe_compiler, ""},
      {"kvm", "KVM", Need::nobody, false, true, probe_kvm, ""},
      {"guest", "guest of --isolation vm", Need::nobody, false, true, probe_guest, ""},
  };
  return all;
}

const Probe* probe_named(std::string_view name) {
  for (const Probe& probe : probes())
    if (probe.name == name) return &probe;
  return nullptr;
}

const Found& found_by(const Probe& probe) {
  static std::map<std::string_view, Found> known;
  const auto before = known.find(probe.name);
  if (before != known.end()) return before->second;
  Found found;
  try {
    if (probe.root && ::geteuid() != 0)
      found = {Health::unknown, "only root can try it", "sudo lab doctor"};
    else
      found = probe.look(std::string(probe.about));
  } catch (const std::exception& error) {
    found = {Health::unknown, error.what(), ""};
  }
  return known.emplace(probe.name, found).first->second;
}

void in_child(std::uint64_t namespaces, const std::function<void()>& body) {
  slipway::Child child = slipway::start({.namespaces = namespaces}, body);
  const slipway::Exit exit = child.wait();
  if (exit.status() != 0)
    throw slipway::Error(fmt::format("the probe's child ended with status {}", exit.status()));
}

void in_user_namespace(std::uint64_t others, const std::function<void()>& body) {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  in_child(CLONE_NEWUSER | others, [&] {
    slipway::write_file("/proc/self/setgroups", "deny");  // before gid_map. user_namespaces(7)
    slipway::write_file("/proc/self/gid_map", fmt::format("0 {} 1", group));
    slipway::write_file("/proc/self/uid_map", fmt::format("0 {} 1", user));
    body();
  });
}

std::string kernel_word(const std::string& word) {
  return fmt::format(
      "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&{} /' /etc/default/grub && sudo update-grub && sudo "
      "reboot",
      word);
}

}  // namespace labkit
