#include "labkit/subject/furnish.hpp"

#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "slipway/descriptor.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::exists;

constexpr unsigned long quiet = MS_NOSUID | MS_NODEV;

bool is_folder(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::string folder_above(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

void make_folders(const std::string& path, mode_t mode = 0755) {
  if (path.empty() || is_folder(path)) return;
  make_folders(folder_above(path));
  check(::mkdir(path.c_str(), mode), "make the folder {}", path);
  check(::chmod(path.c_str(), mode), "set the mode of {}", path);  // whatever the umask is
}

void mount_new(const char* type, const std::string& target, unsigned long flags,
               const std::string& data = "") {
  make_folders(target);
  check(::mount(type, target.c_str(), type, flags, data.c_str()), "mount {} on {}", type, target);
}

// A bind mount takes its flags only in a second step. mount(2), "Creating a bind mount".
void show(const std::string& path, const std::string& target) {
  if (is_folder(path)) {
    make_folders(target);
  } else {
    make_folders(folder_above(target));
    slipway::open(target, O_WRONLY | O_CREAT, 0644);
  }
  check(::mount(path.c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr),
        "show {} in the sandbox", path);
  check(
      ::mount(nullptr, target.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | quiet, nullptr),
      "make {} read-only in the sandbox", path);
}

// /bin, /lib and the like are links into /usr on a newer system and folders on an older one.
void show_system(const std::string& root) {
  show("/usr", root + "/usr");
  for (const std::string name : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    char target[256];
    const ssize_t length = ::readlink(name.c_str(), target, sizeof target - 1);
    if (length > 0) {
      target[length] = 0;
      check(::symlink(target, (root + name).c_str()), "make the link {}", name);
    } else if (is_folder(name)) {
      show(name, root + name);
    }
  }
  // Of /etc, what programs need to start and nothing that tells of this machine's people.
  for (const std::string name :
       {"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
        "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/hosts", "/etc/localtime"})
    if (exists(name)) show(name, root + name);
}

void make_devices(const std::string& root) {
  struct Device {
    const char* name;
    unsigned major, minor;
  };
  static constexpr Device devices[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
                                       {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
  const std::string dev = root + "/dev";
  mount_new("tmpfs", dev, MS_NOSUID | MS_NOEXEC, "size=64k,mode=755");
  for (const Device& device : devices) {
    const std::string path = dev + "/" + device.name;
    check(::mknod(path.c_str(), S_IFCHR | 0666, makedev(device.major, device.minor)), "make {}",
          path);
    check(::chmod(path.c_str(), 0666), "set the mode of {}", path);
  }
  mount_new("devpts", dev + "/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620");
  check(::symlink("pts/ptmx", (dev + "/ptmx").c_str()), "make the link /dev/ptmx");
  check(::symlink("/proc/self/fd", (dev + "/fd").c_str()), "make the link /dev/fd");
}

// A node of its own, since that of the machine belongs to the machine's root.
void lend_device(const std::string& path, const std::string& root) {
  struct stat info;
  check(::stat(path.c_str(), &info), "look at {}", path);
  const std::string target = root + path;
  check(::mknod(target.c_str(), (info.st_mode & S_IFMT) | 0666, info.st_rdev), "make {}", target);
  check(::chmod(target.c_str(), 0666), "set the mode of {}", target);
}

void mount_cgroups(const std::string& target, const std::vector<Tree>& trees) {
  const bool only_v2 = trees.size() == 1 && trees[0].version == 2;
  if (only_v2) return mount_new("cgroup2", target, quiet | MS_NOEXEC);
  mount_new("tmpfs", target, quiet | MS_NOEXEC, "size=64k,mode=755");
  for (const Tree& tree : trees) {
    const std::string place = target + tree.mount.substr(tree.mount.rfind('/'));
    if (tree.version == 2)
      mount_new("cgroup2", place, quiet | MS_NOEXEC);
    else
      mount_new("cgroup", place, quiet | MS_NOEXEC,
                tree.controllers.empty() ? "none," + tree.name : tree.name);
  }
}

// Takes what is mounted there, and below, off the tree of mounts, to be attached elsewhere.
slipway::Descriptor take_off(const std::string& target) {
  const long tree = ::syscall(SYS_open_tree, AT_FDCWD, target.c_str(),
                              OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  slipway::Descriptor mounts(static_cast<int>(check(tree, "clone the mounts of {}", target)));
  check(::umount2(target.c_str(), MNT_DETACH), "unmount {}", target);
  return mounts;
}

void copy(const Furniture::Copy& file, const std::string& root) {
  const std::string target = root + file.to;
  make_folders(folder_above(target));
  const slipway::Descriptor from =
      slipway::open(file.from, O_RDONLY | O_NOFOLLOW);  // no way around by a link
  const slipway::Descriptor to = slipway::open(target, O_WRONLY | O_CREAT | O_EXCL, file.mode);
  while (check(::sendfile(to.get(), from.get(), nullptr, 1 << 30), "copy {}", file.from) > 0)
    continue;
  check(::fchmod(to.get(), file.mode), "set the mode of {}", target);
}

// Where a file's mode alone says who may write, and root may: for one who is root outside, too, the
// machine's settings are only to be read.
void protect_settings(const std::string& proc) {
  for (const char* name : {"/sys", "/sysrq-trigger", "/irq", "/bus", "/fs", "/acpi", "/scsi"})
    if (exists(proc + name)) show(proc + name, proc + name);
}

// The root of a container to be: the sandbox's programs may make what they need in it.
void make_root(const std::string& path) {
  make_folders(path, 0777);
  for (const char* name : {"/proc", "/sys", "/dev", "/tmp", "/.proc", "/.sys"})
    make_folders(path + name);
}

}  // namespace

slipway::Descriptor enter_furnished_root(const std::string& root, const SandboxOptions& options,
                                         const std::vector<Tree>& trees) {
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
  mount_new("tmpfs", root, quiet, "size=256m,mode=755");
  show_system(root);
  const std::string limit = fmt::format("size={},mode=1777", options.disk);
  mount_new("tmpfs", root + "/tmp", quiet, limit);
  make_devices(root);
  for (const std::string& path : options.furniture.devices) lend_device(path, root);
  if (options.furniture.queues) make_folders(root + "/dev/mqueue");
  if (options.initial_user_namespace) {
    // CAP_SYS_ADMIN there reads the memory maps of any process that it sees: init is none of them.
    mount_new("proc", root + "/proc", quiet | MS_NOEXEC, "hidepid=2,gid=65534");
    protect_settings(root + "/proc");
  } else {
    mount_new("proc", root + "/proc", quiet | MS_NOEXEC);
  }
  mount_new("sysfs", root + "/sys", quiet | MS_NOEXEC | MS_RDONLY);
  const std::string cgroups = root + options.furniture.cgroup_mount;
  mount_cgroups(cgroups, trees);
  slipway::Descriptor loose;
  if (options.furniture.loose_cgroups) loose = take_off(cgroups);
  for (const std::string& path : options.furniture.roots) make_root(root + path);
  for (const Furniture::Copy& file : options.furniture.copies) copy(file, root);
  for (const std::string& path : options.furniture.shown) show(path, root + path);
  for (const std::string& path : options.furniture.hidden)
    if (is_folder(root + path))
      mount_new("tmpfs", root + path, quiet | MS_RDONLY, "size=4k,mode=755");
  check(::chdir(root.c_str()), "enter {}", root);
  check(::syscall(SYS_pivot_root, ".", "."), "make {} the sandbox's root", root);
  check(::umount2(".", MNT_DETACH), "detach the machine's root");
  check(::chdir("/tmp"), "enter the sandbox's /tmp");
  return loose;
}

void attach_loose_cgroups(const slipway::Descriptor& mounts, const SandboxOptions& options) {
  const std::string& target = options.furniture.cgroup_mount;
  check(::syscall(SYS_move_mount, mounts.get(), "", AT_FDCWD, target.c_str(),
                  MOVE_MOUNT_F_EMPTY_PATH),
        "attach the groups at {}", target);
}

}  // namespace labkit
