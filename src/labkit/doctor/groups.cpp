// Probes of control groups: each makes a group below `slipway`, tries, and removes it.

#include <linux/bpf.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "labkit/doctor/probe.hpp"
#include "labkit/observe/cgroup.hpp"
#include "slipway/descriptor.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::Error;

constexpr char privileged[] =
    "docker run --privileged --cgroupns=private ...   (or podman, with the same words)";

// A controller's limit, with a value that any machine takes: what a lab will write.
struct Setting {
  std::string_view controller;
  int version;
  const char* file;
  const char* value;
};
constexpr Setting settings[] = {
    {"cpu", 1, "cpu.cfs_quota_us", "50000"},
    {"cpu", 2, "cpu.max", "50000 100000"},
    {"memory", 1, "memory.limit_in_bytes", "67108864"},
    {"memory", 2, "memory.max", "67108864"},
    {"pids", 1, "pids.max", "10"},
    {"pids", 2, "pids.max", "10"},
    {"cpuset", 1, "cpuset.cpus", nullptr},  // only that it is there: which numbers, nobody knows
    {"cpuset", 2, "cpuset.cpus", nullptr},
    {"net_cls", 1, "net_cls.classid", "0x10001"},
    {"net_prio", 1, "net_prio.ifpriomap", "lo 1"},
};

// A group of ours in one hierarchy: slipway/doctor-PID.
class TrialGroup {
 public:
  explicit TrialGroup(const Tree& tree, const std::string& hand_down = "")
      : ours_(tree.mount + "/slipway"), folder_(fmt::format("{}/doctor-{}", ours_, ::getpid())) {
    make();
    if (tree.version != 2 || hand_down.empty()) return;
    try {
      for (const std::string& above : {tree.mount, ours_})
        slipway::write_file(above + "/cgroup.subtree_control", "+" + hand_down);
    } catch (...) {
      remove();
      throw;
    }
  }
  TrialGroup(const TrialGroup&) = delete;
  TrialGroup& operator=(const TrialGroup&) = delete;
  ~TrialGroup() { remove(); }

  std::string file(const std::string& name) const { return folder_ + "/" + name; }

 private:
  // Whoever leaves `slipway` empty removes it, also between two calls of ours; a group in it keeps
  // it.
  void make() const {
    for (int attempts = 0;; ++attempts) {
      for (const std::string& folder : {ours_, folder_}) {
        if (::mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST) continue;
        if (errno != ENOENT || attempts == 100) check(-1, "make the group {}", folder);
      }
      if (slipway::exists(folder_)) return;
    }
  }
  void remove() const {
    ::rmdir(folder_.c_str());
    ::rmdir(ours_.c_str());  // stays while a check has groups in it
  }

  std::string ours_;
  std::string folder_;
};

// /proc/cgroups: "name hierarchy groups enabled". v2 calls blkio io.
enum class Known { no, off, on };
Known known_to_kernel(const std::string& controller) {
  for (const std::string& line : slipway::read_lines("/proc/cgroups")) {
    const auto words = slipway::split(line, '\t');
    if (words[0] == controller) return words.back() == "1" ? Known::on : Known::off;
  }
  return Known::no;
}

// What to do about a group that cannot be made or set.
std::string mend_for(const Error& error, const Tree& tree) {
  if (error.code() == EBUSY) return "see `groups hand controllers down`";
  if (in_container()) return privileged;
  if (error.code() == EROFS) return fmt::format("sudo mount -o remount,rw {}", tree.mount);
  return error.code() == EACCES || error.code() == EPERM ? "sudo lab doctor" : "";
}

Found absent(const std::string& name) {
  if (known_to_kernel(name) == Known::no)
    return {Health::missing, "this kernel was built without it",
            "sudo apt-get install linux-image-amd64 && sudo reboot   (Debian's and Ubuntu's own "
            "kernels have it)"};
  if (known_to_kernel(name) == Known::off)
    return {Health::missing, "the kernel has it, switched off on its command line",
            kernel_word("cgroup_enable=" + name)};
  if (in_container())
    return {Health::missing, "it is mounted nowhere in this container", privileged};
  const std::vector<Tree> all = trees();
  const bool v1 = std::ranges::any_of(all, [](const Tree& tree) { return tree.version == 1; });
  if (!v1 && name.starts_with("net_"))  // where v2 is mounted, a folder would be a group of it
    return {
        Health::missing, "v2 has none; a hierarchy of v1 may be mounted beside it",
        fmt::format("sudo mkdir -p /run/{0} && sudo mount -t cgroup -o {0} cgroup /run/{0}", name)};
  if (v1)
    return {Health::missing, "it is in no mounted hierarchy",
            fmt::format("sudo mkdir -p /sys/fs/cgroup/{0} && sudo mount -t cgroup -o {0} cgroup "
                        "/sys/fs/cgroup/{0}",
                        name)};
  return {Health::missing, "no control groups are mounted",
          "sudo mount -t cgroup2 cgroup2 /sys/fs/cgroup"};
}

}  // namespace

Found probe_layout(const std::string&) {
  const std::vector<Tree> all = trees();
  if (all.empty())
    return {Health::missing, "no hierarchy is mounted",
            in_container() ? privileged : "sudo mount -t cgroup2 cgroup2 /sys/fs/cgroup"};
  std::string what = cgroup_layout() + ":";
  for (const Tree& tree : all) {
    try {
      const TrialGroup group(tree);
    } catch (const Error& error) {
      return {Health::missing, error.what(), mend_for(error, tree)};
    }
    for (const std::string& controller : tree.controllers)
      what += fmt::format(" {}{}", controller, tree.version == 1 ? "" : " (v2)");
  }
  return {Health::fine, what, ""};
}

Found probe_controller(const std::string& name) {
  const auto tree = tree_of(name);
  if (!tree && name == "perf_event" && known_to_kernel(name) == Known::on)
    for (const Tree& other : trees())
      if (other.version == 2) return {Health::fine, "v2, of every group", ""};
  if (!tree) return absent(name);
  try {
    const TrialGroup group(*tree, name);
    for (const Setting& setting : settings) {
      if (setting.controller != name || setting.version != tree->version) continue;
      const std::string file = group.file(setting.file);
      if (!slipway::exists(file))
        return {Health::missing, fmt::format("a new group has no {}", setting.file),
                in_container() ? privileged : "see `groups hand controllers down`"};
      if (setting.value != nullptr) slipway::write_file(file, setting.value);
    }
  } catch (const Error& error) {
    return {Health::missing, error.what(), mend_for(error, *tree)};
  }
  return {Health::fine, fmt::format("v{}, at {}", tree->version, tree->mount), ""};
}

// On v2, a group other than the real root hands controllers down only when no process is in it: in
// a container, the top group that one sees is such a group.
Found probe_delegation(const std::string&) {
  for (const Tree& tree : trees()) {
    if (tree.version != 2 || tree.controllers.empty()) continue;
    try {
      const TrialGroup group(tree, tree.controllers.front());
    } catch (const Error& error) {
      if (error.code() != EBUSY) return {Health::missing, error.what(), mend_for(error, tree)};
      return {Health::missing,
              fmt::format("{} has processes in it, and so hands nothing down", tree.mount),
              fmt::format("sudo sh -c 'mkdir -p {0}/init && for pid in $(cat {0}/cgroup.procs); do "
                          "echo $pid > {0}/init/cgroup.procs; done'   (below systemd: Delegate=yes "
                          "in the unit)",
                          tree.mount)};
    }
    return {Health::fine, fmt::format("{} does", tree.mount), ""};
  }
  return {Health::fine, "v1: any group does", ""};
}

// Lists on v1, and on v2 a program of BPF: either only for root of the initial user namespace.
Found probe_device_rules(const std::string&) {
  if (const auto tree = tree_of("devices")) {
    try {
      slipway::write_file(TrialGroup(*tree).file("devices.deny"), "a");
    } catch (const Error& error) {
      return {Health::missing, error.what(), mend_for(error, *tree)};
    }
    return {Health::fine, fmt::format("v1, at {}", tree->mount), ""};
  }
  const bpf_insn no[] = {{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
                         {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<std::uintptr_t>(no);
  load.insn_cnt = std::size(no);
  load.license = reinterpret_cast<std::uintptr_t>("MIT");
  const slipway::Descriptor program(
      static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load)));
  if (program) return {Health::fine, "v2, by a program of BPF", ""};
  return {Health::missing, "the kernel takes no BPF program of the type CGROUP_DEVICE",
          in_container() ? privileged
                         : "sudo apt-get install linux-image-amd64 && sudo reboot   (a kernel with "
                           "CONFIG_CGROUP_BPF)"};
}

Found probe_swap_accounting(const std::string&) {
  const auto tree = tree_of("memory");
  if (!tree) return {Health::unknown, "there is no memory controller", ""};
  const TrialGroup group(*tree, "memory");
  const char* file = tree->version == 2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
  if (slipway::exists(group.file(file))) return {Health::fine, file, ""};
  if (slipway::read_lines("/proc/swaps").size() <= 1)
    return {Health::fine, fmt::format("no {}, and no swap either", file), ""};
  return {Health::missing, fmt::format("groups have no {}, and swap is on", file),
          kernel_word("swapaccount=1") + "   (or, until the next boot: sudo swapoff -a)"};
}

Found probe_group_kill(const std::string&) {
  for (const Tree& tree : trees()) {
    if (tree.version != 2) continue;
    const TrialGroup group(tree);
    if (slipway::exists(group.file("cgroup.kill"))) return {Health::fine, "on v2", ""};
    return {Health::missing,
            "v2 without it: Linux 5.14 brought it; each process is killed by itself", ""};
  }
  return {Health::missing, "v1 has none; each process is killed by itself", ""};
}

}  // namespace labkit
