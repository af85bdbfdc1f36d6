#include "slipway/root.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "labkit/observe/process.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/mount.hpp"

using namespace slipway;

namespace {

/// An empty root file system with a file that tells it from all others.
class Rootfs {
 public:
  Rootfs() {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no folder");
    std::ofstream(path_ + "/mark") << "new root";
    std::filesystem::create_directories(path_ + "/proc");
    std::filesystem::create_directories(path_ + "/mnt");
  }
  Rootfs(const Rootfs&) = delete;
  Rootfs& operator=(const Rootfs&) = delete;
  ~Rootfs() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/slipway-root-XXXXXX";
};

/// The status of a child that has entered the root and then runs `act`; the set-up's errors come
/// out as they are.
int in_root(const std::string& rootfs, const std::function<int()>& act) {
  Child child = start({.namespaces = CLONE_NEWNS | CLONE_NEWPID}, [&] {
    enter_root(rootfs);
    ::_exit(act());
  });
  return child.wait().status();
}

}  // namespace

TEST_CASE("the new root is the root, and the working folder is in it") {
  NEEDS_ROOT();
  const Rootfs rootfs;
  CHECK(in_root(rootfs.path(), [] { return read_file("/mark") == "new root" ? 0 : 1; }) == 0);
  CHECK(in_root(rootfs.path(), [] { return read_file("mark") == "new root" ? 0 : 1; }) == 0);
}

TEST_CASE("the new root may be named from where one is") {
  NEEDS_ROOT();
  const Rootfs rootfs;
  const auto from = [&](const std::string& place, const std::string& name) {
    Child child = start({.namespaces = CLONE_NEWNS | CLONE_NEWPID}, [&] {
      check(::chdir((rootfs.path() + place).c_str()), "enter {}", place);
      enter_root(name);
      ::_exit(exists("/mark") && !exists("/etc") ? 0 : 1);
    });
    return child.wait().status();
  };
  CHECK(from("", ".") == 0);
  CHECK(from("/mnt", "..") == 0);
  CHECK(from("/..", std::filesystem::path(rootfs.path()).filename()) == 0);
}

TEST_CASE("the old root cannot be reached, neither by name nor by climbing") {
  NEEDS_ROOT();
  const Rootfs rootfs;
  CHECK(in_root(rootfs.path(), [] { return exists("/etc") || exists("/usr") ? 1 : 0; }) == 0);
  CHECK(in_root(rootfs.path(), [] {
          for (int i = 0; i < 100; ++i)
            if (::chdir("..") != 0) return 2;
          return exists("mark") && !exists("etc") ? 0 : 1;
        }) == 0);
  // The way out of a mere chroot(2): a second one, below the working folder.
  CHECK(in_root(rootfs.path(), [] {
          if (::chroot("/mnt") != 0) return 2;
          for (int i = 0; i < 100; ++i)
            if (::chdir("..") != 0) return 3;
          return exists("mark") && !exists("etc") ? 0 : 1;
        }) == 0);
}

TEST_CASE("no mount of the old root is left") {
  NEEDS_ROOT();
  const Rootfs rootfs;
  CHECK(in_root(rootfs.path(), [] {
          check(::mount("proc", "/proc", "proc", 0, nullptr), "mount proc");
          for (const Mount& mount : mounts())
            if (mount.target != "/" && mount.target != "/proc") return 1;
          return 0;
        }) == 0);
}

TEST_CASE("nothing that is mounted inside is seen outside, though the mounts were shared") {
  NEEDS_ROOT();
  const Rootfs rootfs;
  const size_t before = mounts().size();
  // A namespace between, whose mounts are shared, so that the machine's own stay as they are.
  const pid_t between = machine::fork_to([&] {
    check(::unshare(CLONE_NEWNS), "begin a mount namespace");
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all private");
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr), "make all shared");
    const size_t shared = mounts().size();
    const Pipe line = make_pipe();
    const pid_t inside = machine::fork_to([&] {
      check(::unshare(CLONE_NEWNS), "begin a mount namespace");
      enter_root(rootfs.path());
      check(::mount("tmpfs", "/mnt", "tmpfs", 0, nullptr), "mount");
      write_all(line.write, "!");
      return ::pause();
    });
    char byte;
    check(::read(line.read.get(), &byte, 1), "wait for the mount");
    const bool same = mounts().size() == shared;
    ::kill(inside, SIGKILL);
    machine::status_of(inside);
    return same ? 0 : 1;
  });
  CHECK(machine::status_of(between) == 0);
  CHECK(mounts().size() == before);
}

TEST_CASE("mounts below the new root come along") {
  NEEDS_ROOT();
  const Rootfs rootfs;
  Child child = start({.namespaces = CLONE_NEWNS}, [&] {
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all private");
    const std::string place = rootfs.path() + "/mnt";
    check(::mount("tmpfs", place.c_str(), "tmpfs", 0, nullptr), "mount");
    std::ofstream(place + "/deep") << "x";
    enter_root(rootfs.path());
    ::_exit(exists("/mnt/deep") ? 0 : 1);
  });
  CHECK(child.wait().status() == 0);
}

TEST_CASE("a root that is not there is named") {
  NEEDS_ROOT();
  CHECK_THROWS_WITH(in_root("/nowhere", [] { return 0; }),
                    "bind /nowhere onto itself: No such file or directory");
}

TEST_CASE("a path in a root leads nowhere else, whatever links there are") {
  const Rootfs rootfs;
  std::filesystem::create_directories(rootfs.path() + "/etc");
  std::ofstream(rootfs.path() + "/etc/hostname") << "inside";
  std::filesystem::create_symlink("/etc", rootfs.path() + "/absolute");
  std::filesystem::create_symlink("../../../../etc", rootfs.path() + "/climbs");
  for (const std::string path : {"/etc/hostname", "absolute/hostname", "/climbs/hostname",
                                 "../../etc/hostname", "/mnt/../../etc/hostname"})
    CHECK(read_all(open_in_root(rootfs.path(), path, O_RDONLY)) == "inside");
  std::filesystem::create_symlink("/proc/self/root/etc", rootfs.path() + "/door");
  CHECK_THROWS_WITH(open_in_root(rootfs.path(), "door/hostname", O_RDONLY),
                    "open door/hostname in " + rootfs.path() + ": No such file or directory");
  CHECK_THROWS_AS(open_in_root("/", "proc/self/root", O_RDONLY), Error);  // a link of no text
}

TEST_CASE("what is mounted in a root is mounted where its links lead inside, with all its flags") {
  NEEDS_ROOT();
  const Rootfs rootfs;
  std::filesystem::remove(rootfs.path() + "/proc");
  std::filesystem::create_symlink("/mnt", rootfs.path() + "/proc");
  Child child = start({.namespaces = CLONE_NEWNS}, [&] {
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all private");
    mount_in_root(rootfs.path(), {"tmpfs", "/proc", "tmpfs", MS_NOSUID, "size=4k"});
    const Mount first = mounts().back();
    mount_in_root(rootfs.path(), {"/usr", "/proc", nullptr, MS_BIND | MS_RDONLY | MS_NODEV});
    const Mount second = mounts().back();
    const auto has = [](const Mount& mount, const char* option) {
      return std::ranges::count(mount.options, option) == 1;
    };
    const std::string place = rootfs.path() + "/mnt";
    ::_exit(first.target == place && first.type == "tmpfs" && has(first, "nosuid") &&
                    second.target == place && has(second, "ro") && has(second, "nodev")
                ? 0
                : 1);
  });
  CHECK(child.wait().status() == 0);
}
