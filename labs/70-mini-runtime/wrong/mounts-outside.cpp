// Wrong: the mounts are not private before the first one is made.

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/capabilities.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/init.hpp"
#include "slipway/limits.hpp"
#include "slipway/link.hpp"
#include "slipway/masked_paths.hpp"
#include "slipway/namespace.hpp"
#include "slipway/overlay.hpp"
#include "slipway/process.hpp"
#include "slipway/root.hpp"
#include "slipway/seccomp.hpp"
#include "slipway/signals.hpp"
#include "slipway/system_mounts.hpp"
#include "slipway/terminal.hpp"

using namespace slipway;

constexpr char usage[] =
    "mini-run [--memory SIZE] [--cpus N] [--pids N] [--hostname NAME] ROOTFS -- COMMAND...";

struct Container {
  std::string name = unique_name("mini-run");  // of its group
  std::string rootfs;                          // only read
  std::string host_name;
  std::optional<std::int64_t> memory;  // bytes
  std::optional<double> cpus;
  std::optional<std::int64_t> pids;
  std::vector<std::string> command;
};

// What the container has for itself: flags of clone(2), joined by "|".
std::uint64_t namespaces() {
  return CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
}

// Gives the group the limits that were asked for.
void set_limits(const Cgroup& group, const Container& wanted) {
  if (wanted.memory) limit_memory(group, *wanted.memory);
  if (wanted.cpus) limit_cpus(group, *wanted.cpus);
  if (wanted.pids) limit_pids(group, *wanted.pids);
}

// Covers ROOTFS with an overlay of itself: what is changed in it goes to a tmpfs that
// nobody outside sees, and is gone with the container.
void cover(const std::string& rootfs) {
  check(::chdir(rootfs.c_str()), "enter {}",
        rootfs);  // "." stays ROOTFS, whatever comes to lie on it
  check(::mount("tmpfs", rootfs.c_str(), "tmpfs", MS_NODEV, "mode=755"), "cover {}", rootfs);
  const Layers layers{{"."}, rootfs + "/upper", rootfs + "/work"};
  for (const std::string& folder : {layers.upper, layers.work})
    check(::mkdir(folder.c_str(), 0755), "make the folder {}", folder);
  mount_overlay(layers, rootfs, MS_NODEV);
}

// Makes of the new namespaces a system of its own: its name, its network, its root.
void furnish(const Container& container) {
  const std::string& name = container.host_name;
  check(::sethostname(name.data(), name.size()), "set the host name {}", name);
  Netlink kernel;
  set_up(kernel, link_named(kernel, "lo"));
  cover(container.rootfs);
  mount_system(container.rootfs);  // while the old /proc and /dev are still there
  enter_root(container.rootfs);
  for (const char* path : masked_paths) mask(path);
  for (const char* path : readonly_paths) make_read_only(path);
}

// The command's last moment before it runs: takes from it what could undo all this.
void confine() {
  check(::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), "close all descriptors on exec");
  refuse_user_namespaces();
  keep_capabilities(usual_capabilities);
}

// The container's half. `console`: over which its terminal goes out, if it has one.
void become(const Container& container, ino_t outside, const Descriptor& console) {
  if (namespace_inode(0, namespace_kind("mnt")) == outside)
    throw Error("the container shares the machine's mounts, so it was not started: step 1");
  ::umask(022);
  furnish(container);
  if (console) move_to_terminal(console);
  serve_as_init([&] {
    if (console) take_terminal();
    clean_environment();
    confine();
    execute(container.command);
  });
}

// Starts the container's first process: in its namespaces and in its group from its first
// instruction on, and `inside` is what it does.
Child start_container(const Cgroup& group, const std::function<void()>& inside) {
  return start({.namespaces = namespaces(), .cgroup = group.birthplace()}, inside,
               [&](pid_t pid) { group.join(pid); });
}

// The machine's half. What is undone at the end is made in the opposite order.
int run(const Container& container) {
  Signals signals;
  const Cgroup group(container.name, {"memory", "cpu", "pids"});
  set_limits(group, container);
  SocketPair console;
  if (::isatty(0) == 1 && ::isatty(1) == 1) console = make_socket_pair();
  const ino_t outside = namespace_inode(0, namespace_kind("mnt"));
  Child init = start_container(group, [&] { become(container, outside, console.far); });
  if (!console.near) return signals.wait(init).status();
  const RawMode raw;  // what a key means is from here on the affair of the container's terminal
  Child carrier = start_relay(console.near);
  const int status = signals.wait(init).status();
  carrier.wait_for(1000);  // it may still have something to show
  return status;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    Container container;
    if (const auto size = arguments.optional("--memory")) container.memory = frame::bytes(*size);
    if (const auto cpus = arguments.optional("--cpus")) container.cpus = frame::processors(*cpus);
    if (const auto pids = arguments.optional("--pids")) container.pids = to_number(*pids);
    container.host_name = arguments.optional("--hostname").value_or(container.name);
    container.rootfs = std::filesystem::absolute(arguments.word("ROOTFS"));
    container.command = arguments.command();
    return run(container);
  });
}
