// Probes of namespaces, and of what can be mounted in them: each tries in a child.

#include <grp.h>
#include <linux/sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "labkit/doctor/probe.hpp"
#include "labkit/observe/process.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::Error;

constexpr uid_t nobody = 65534;

// The value of a file that holds a number, or -1 when it is not there.
std::int64_t setting(const std::string& path) {
  return slipway::exists(path) ? slipway::read_number(path) : -1;
}

// Which switch is off. The last is Ubuntu's since 23.10: the namespace comes, and is worth nothing.
std::string mend_user_namespaces() {
  if (setting("/proc/sys/user/max_user_namespaces") == 0)
    return "sudo sysctl -w user.max_user_namespaces=15000";
  if (setting("/proc/sys/kernel/unprivileged_userns_clone") == 0)
    return "sudo sysctl -w kernel.unprivileged_userns_clone=1";
  if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1)
    return "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
  if (in_container()) return "docker run --privileged ...   (or --security-opt seccomp=unconfined)";
  return "";
}

void make_private() {
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
}

// On a tmpfs of our own, which is gone with the mount namespace.
void mount_overlay() {
  make_private();
  check(::mount("tmpfs", "/tmp", "tmpfs", 0, nullptr), "mount a tmpfs");
  for (const char* folder : {"/tmp/lower", "/tmp/upper", "/tmp/work", "/tmp/merged"})
    check(::mkdir(folder, 0755), "make {}", folder);
  const char* options = "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work";
  check(::mount("overlay", "/tmp/merged", "overlay", 0, options), "mount an overlay");
  check(::mkdir("/tmp/merged/new", 0755), "write to the overlay");
  check(::access("/tmp/upper/new", F_OK), "find in the upper folder what was written");
}

std::string mend_overlay(const Error& error) {
  if (error.code() == ENODEV) return "sudo modprobe overlay";
  if (in_container()) return "docker run --privileged ...";
  return "";
}

}  // namespace

Found probe_namespace(const std::string& name) {
  static const std::map<std::string, std::uint64_t> flags = {
      {"cgroup", CLONE_NEWCGROUP}, {"ipc", CLONE_NEWIPC}, {"mnt", CLONE_NEWNS},
      {"net", CLONE_NEWNET},       {"pid", CLONE_NEWPID}, {"time", CLONE_NEWTIME},
      {"uts", CLONE_NEWUTS}};
  const ino_t ours = namespace_of(::getpid(), name);
  try {
    in_child(flags.at(name), [&] {
      if (name != "pid" && namespace_of(::getpid(), name) == ours)
        throw Error("the child is in the same one");
    });
  } catch (const Error& error) {
    std::string mend = in_container() ? "docker run --privileged ..." : "sudo lab doctor";
    if (error.code() == ENOSPC)
      mend = fmt::format("sudo sysctl -w user.max_{}_namespaces=15000", name);
    if (error.code() == EINVAL)
      mend =
          "sudo apt-get install linux-image-amd64 && sudo reboot   (this kernel was built "
          "without)";
    return {Health::missing, error.what(), mend};
  }
  return {Health::fine, "", ""};
}

Found probe_user_namespace(const std::string&) {
  try {
    in_user_namespace(CLONE_NEWUTS, [] { check(::sethostname("probe", 5), "set the host name"); });
  } catch (const Error& error) {
    return {Health::missing, error.what(), mend_user_namespaces()};
  }
  return {Health::fine, "", ""};
}

Found probe_unprivileged_user_namespace(const std::string& about) {
  if (::geteuid() != 0) return probe_user_namespace(about);
  try {
    in_child(0, [] {
      check(::setgroups(0, nullptr), "leave all groups");
      check(::setresgid(nobody, nobody, nobody), "become nobody's group");
      check(::setresuid(nobody, nobody, nobody), "become nobody");
      check(::prctl(PR_SET_DUMPABLE, 1), "own our /proc files again");
      in_user_namespace(CLONE_NEWUTS,
                        [] { check(::sethostname("probe", 5), "set the host name"); });
    });
  } catch (const Error& error) {
    return {Health::missing, error.what(), mend_user_namespaces()};
  }
  return {Health::fine, "", ""};
}

// In a user namespace, a new proc is refused when parts of the one that is there are covered.
Found probe_proc_mount(const std::string&) {
  try {
    in_user_namespace(CLONE_NEWNS | CLONE_NEWPID, [] {
      make_private();
      check(::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr),
            "mount a new /proc in a user namespace");
    });
  } catch (const Error& error) {
    if (in_container())
      return {Health::missing, std::string(error.what()) + ": this container covers parts of /proc",
              "docker run --privileged ...   (or --security-opt systempaths=unconfined)"};
    return {Health::missing, error.what(), mend_user_namespaces()};
  }
  return {Health::fine, "", ""};
}

Found probe_overlay(const std::string&) {
  try {
    in_child(CLONE_NEWNS, mount_overlay);
  } catch (const Error& error) {
    return {Health::missing, error.what(), mend_overlay(error)};
  }
  return {Health::fine, "", ""};
}

Found probe_overlay_in_user_namespace(const std::string&) {
  try {
    in_user_namespace(CLONE_NEWNS, mount_overlay);
  } catch (const Error& error) {
    const std::string mend = mend_overlay(error);
    return {Health::missing, error.what(), mend.empty() ? mend_user_namespaces() : mend};
  }
  return {Health::fine, "", ""};
}

}  // namespace labkit
