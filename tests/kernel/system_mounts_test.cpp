#include "slipway/system_mounts.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "labkit/observe/place.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/device.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/masked_paths.hpp"
#include "slipway/process.hpp"
#include "slipway/root.hpp"

using namespace slipway;

namespace {

class EmptyRoot {
 public:
  EmptyRoot() {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no folder");
  }
  EmptyRoot(const EmptyRoot&) = delete;
  EmptyRoot& operator=(const EmptyRoot&) = delete;
  ~EmptyRoot() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/slipway-system-XXXXXX";
};

constexpr std::uint64_t own = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC;

/// The status of a child that has mounted a system in `root`, has entered it, and then runs `act`.
/// As root of a user namespace too, where devices have to be bound.
int in_system(const std::string& root, std::uint64_t namespaces, const std::function<int()>& act) {
  const auto inside = [&] {
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all private");
    mount_system(root);
    enter_root(root);
    ::_exit(act());
  };
  const auto outside = [&](pid_t child) {
    if ((namespaces & CLONE_NEWUSER) == 0) return;
    for (const char* map : {"uid_map", "gid_map"})
      write_file(fmt::format("/proc/{}/{}", child, map), "0 0 65536");
  };
  return start({.namespaces = namespaces}, inside, outside).wait().status();
}

bool is_device(const std::string& path, unsigned major, unsigned minor) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISCHR(info.st_mode) &&
         info.st_rdev == makedev(major, minor) && (info.st_mode & 0666) == 0666;
}

int count_missing() {
  int missing = 0;
  for (const DeviceNode& device : device_nodes)
    missing += is_device(fmt::format("/dev/{}", device.name), device.major, device.minor) ? 0 : 1;
  const std::vector<Mount> all = mounts();
  for (const NewMount& wanted : system_mounts)
    missing += std::ranges::any_of(all,
                                   [&](const Mount& mount) {
                                     return mount.target == wanted.target &&
                                            mount.type == wanted.type &&
                                            (std::ranges::count(mount.options, "nosuid") == 1);
                                   })
                   ? 0
                   : 1;
  return missing;
}

}  // namespace

TEST_CASE(
    "a system is mounted in an empty root, with its devices, for root and in a user namespace") {
  NEEDS_ROOT();
  for (const std::uint64_t namespaces : {own, own | CLONE_NEWUSER}) {
    const EmptyRoot root;
    CHECK(in_system(root.path(), namespaces, count_missing) == 0);
    CHECK(in_system(root.path(), namespaces, [] {
            const Descriptor null = slipway::open("/dev/null", O_RDWR);
            const Descriptor terminal = slipway::open("/dev/ptmx", O_RDWR | O_NOCTTY);
            return ::write(null.get(), "x", 1) == 1 && exists("/dev/pts/0") &&
                           exists("/dev/stdin") && exists("/sys/class/net/lo")
                       ? 0
                       : 1;
          }) == 0);
  }
}

TEST_CASE("the devices are for everybody, whatever the umask is") {
  NEEDS_ROOT();
  const EmptyRoot root;
  const mode_t before = ::umask(077);
  const int missing = in_system(root.path(), own, count_missing);
  ::umask(before);
  CHECK(missing == 0);
}

TEST_CASE("a link in the root, where a system is to be mounted, leads nowhere else") {
  NEEDS_ROOT();
  for (const std::string name : {"proc", "sys", "dev"}) {
    const EmptyRoot root;
    const EmptyRoot elsewhere;
    std::filesystem::create_directories(root.path() + elsewhere.path());
    std::filesystem::create_symlink(elsewhere.path(), root.path() + "/" + name);
    const std::string target = elsewhere.path();
    CHECK(in_system(root.path(), own, [&] {
            const std::vector<Mount> all = mounts();
            return std::ranges::count(all, target, &Mount::target) == 1 ? 0 : 1;
          }) == 0);
    CHECK(std::filesystem::is_empty(elsewhere.path()));
  }
}

TEST_CASE("folders are made inside a root, through its links, and never outside") {
  const EmptyRoot root;
  const EmptyRoot elsewhere;
  std::filesystem::create_directory(root.path() + "/real");
  std::filesystem::create_symlink("/real", root.path() + "/link");
  std::filesystem::create_symlink(elsewhere.path(), root.path() + "/out");
  make_folder_in_root(root.path(), "/link/a/b");
  make_folder_in_root(root.path(), "c/d/");
  make_folder_in_root(root.path(), "/");
  CHECK(std::filesystem::is_directory(root.path() + "/real/a/b"));
  CHECK(std::filesystem::is_directory(root.path() + "/c/d"));
  CHECK_THROWS_AS(make_folder_in_root(root.path(), "/out/a"), Error);  // it leads to nothing inside
  CHECK(std::filesystem::is_empty(elsewhere.path()));
  std::ofstream(root.path() + "/file") << "x";
  CHECK_THROWS_AS(make_folder_in_root(root.path(), "/file/a"), Error);
}

TEST_CASE(
    "what is masked is empty, what is made read-only keeps its flags, and what is missing may be") {
  NEEDS_ROOT();
  const EmptyRoot root;
  CHECK(in_system(root.path(), own, [] {
          const bool there = !read_file("/proc/timer_list").empty();
          for (const char* path : masked_paths) mask(path);
          for (const char* path : readonly_paths) make_read_only(path);
          if (!there || !read_file("/proc/timer_list").empty()) return 1;
          if (exists("/sys/firmware") && !list_folder("/sys/firmware").empty()) return 2;
          const std::vector<Mount> all = mounts();
          const auto sys = std::ranges::find(all, "/proc/sys", &Mount::target);
          if (sys == all.end()) return 3;
          for (const char* option : {"ro", "nosuid", "nodev", "noexec"})
            if (std::ranges::count(sys->options, option) != 1) return 4;
          mask("/proc/nothing");
          make_read_only("/proc/nothing");
          return 0;
        }) == 0);
}

TEST_CASE("a check sees what a process finds, with the mounts and links of that process") {
  NEEDS_ROOT();
  const EmptyRoot root;
  const Pipe ready = make_pipe();
  const pid_t child = machine::fork_to([&] {
    check(::unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC), "begin namespaces");
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all private");
    mount_system(root.path());
    enter_root(root.path());
    mask("/proc/timer_list");
    mask("/sys/firmware");
    check(::symlink("/proc/timer_list", "/link"), "make a link");
    write_all(ready.write, "!");
    return ::pause();
  });
  char byte;
  REQUIRE(::read(ready.read.get(), &byte, 1) == 1);
  const auto seen = [&](const std::string& path) { return labkit::place_seen_by(child, path); };
  CHECK(seen("/dev/null")->is_device(1, 3));
  CHECK(!seen("/dev/null")->is_device(1, 5));
  CHECK(!seen("/dev/zero")->empty);
  CHECK(seen("/proc/timer_list")->empty);
  CHECK(seen("/link")->empty);
  CHECK(!labkit::place_seen_by(::getpid(), "/proc/timer_list")->empty);
  CHECK(!seen("/proc")->empty);
  CHECK(seen("/sys")->has(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC));
  CHECK(!seen("/dev")->has(MS_NODEV));
  CHECK(!seen("/proc/self/root"));  // a door, and no link
  CHECK(!seen("/nothing"));
  CHECK(!labkit::place_seen_by(1 << 30, "/"));
  ::kill(child, SIGKILL);
  machine::status_of(child);
}
