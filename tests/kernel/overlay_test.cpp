#include "slipway/overlay.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/mount.hpp"
#include "slipway/process.hpp"

using namespace slipway;

namespace {

constexpr std::uint64_t lesser = CLONE_NEWNS | CLONE_NEWUSER;
constexpr int lacks_attributes = 77;

/// Runs `act` in an empty file system in memory, which nobody else sees, and gives its status.
/// `map` is what a new user namespace has for its users.
int in_memory(std::uint64_t namespaces, const std::function<int()>& act,
              const std::string& map = "0 0 65536") {
  const auto inside = [&] {
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all private");
    check(::mount("tmpfs", "/tmp", "tmpfs", 0, nullptr), "mount a tmpfs");
    check(::chdir("/tmp"), "enter it");
    ::_exit(act());
  };
  const auto outside = [&](pid_t child) {
    if ((namespaces & CLONE_NEWUSER) == 0) return;
    for (const char* file : {"uid_map", "gid_map"})
      write_file(fmt::format("/proc/{}/{}", child, file), map);
  };
  return start({.namespaces = namespaces}, inside, outside).wait().status();
}

void put(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

bool is_whiteout(const std::string& path) {
  struct stat info;
  return ::lstat(path.c_str(), &info) == 0 && S_ISCHR(info.st_mode) && info.st_rdev == 0;
}

/// Layers in folders of such names; 0 when each of them does what it is for.
int try_names(const std::string& name) {
  const std::string work = "work" + name;
  const Layers layers{{"top" + name, "below" + name}, "upper" + name, work};
  for (const std::string& folder :
       {layers.lower[0], layers.lower[1], layers.upper, layers.work, std::string("all")})
    std::filesystem::create_directory(folder);
  put(layers.lower[0] + "/both", "top");
  put(layers.lower[1] + "/both", "below");
  put(layers.lower[1] + "/one", "below");
  put(layers.lower[1] + "/gone", "below");
  mount_overlay(layers, "all", MS_NODEV);
  if (read_file("all/both") != "top" || read_file("all/one") != "below") return 1;
  put("all/one", "changed");
  std::filesystem::remove("all/gone");
  if (read_file(layers.upper + "/one") != "changed") return 2;
  if (!is_whiteout(layers.upper + "/gone") || exists("all/gone")) return 3;
  if (read_file(layers.lower[1] + "/one") != "below") return 4;
  const Mount mount = mounts().back();
  return std::ranges::count(mount.options, "nodev") == 1 ? 0 : 5;
}

/// 0 when a folder of a lower layer can be removed and made again, which takes an attribute.
int remake_folder() {
  for (const char* folder : {"low", "low/dir", "up", "work", "all"})
    std::filesystem::create_directory(folder);
  put("low/dir/old", "x");
  if (::setxattr("up", "user.test", "x", 1, 0) == -1) return lacks_attributes;
  mount_overlay({{"low"}, "up", "work"}, "all");
  std::filesystem::remove_all("all/dir");
  std::filesystem::create_directory("all/dir");
  return std::filesystem::is_empty("all/dir") ? 0 : 1;
}

}  // namespace

TEST_CASE("folders of any name are layers, for root and in a user namespace") {
  NEEDS_ROOT();
  for (const std::uint64_t namespaces : {std::uint64_t{CLONE_NEWNS}, lesser})
    for (const std::string name :
         {"", ":", ",", "\\", " ", "a:b,c\\d e", "\\,", "\\:", "=", "\n"}) {
      INFO((namespaces == lesser ? "in a user namespace" : "as root") << ", \"" << name << "\"");
      CHECK(in_memory(namespaces, [&] { return try_names(name); }) == 0);
    }
}

TEST_CASE("in a user namespace, whoever it maps, an overlay marks what it may mark") {
  NEEDS_ROOT();
  for (const std::string map : {"0 0 65536", "0 0 4294967295"}) {
    INFO(map);
    const int status = in_memory(lesser, remake_folder, map);
    LACKS_UNLESS(status != lacks_attributes, "user.* attributes on tmpfs (Linux 6.6)");
    CHECK(status == 0);
  }
}

TEST_CASE("the machine's own root marks with what only it may write") {
  NEEDS_ROOT();
  CHECK(in_memory(CLONE_NEWNS, [] {
          const int status = remake_folder();
          if (status != 0) return status == lacks_attributes ? 0 : status;
          char mark;
          return ::getxattr("up/dir", "trusted.overlay.opaque", &mark, 1) == 1 ? 0 : 1;
        }) == 0);
}

TEST_CASE("the longest text that an overlay's options may be is one that the kernel takes whole") {
  NEEDS_ROOT();
  CHECK(in_memory(CLONE_NEWNS, [] {
          Layers layers{{"low"}, "up", "work"};
          const auto room = static_cast<size_t>(::sysconf(_SC_PAGESIZE)) - 1;
          for (size_t left; (left = room - overlay_options(layers).size()) > 0;) {
            // A colon more for each; the last two share what is left, for none may be empty.
            const size_t length = left > 400 ? 200 : left > 200 ? left / 2 : left - 1;
            std::string name = fmt::format("{}-", layers.lower.size());
            name.resize(length, 'x');
            layers.lower.push_back(name);
          }
          for (const std::string& folder : layers.lower) std::filesystem::create_directory(folder);
          for (const char* folder : {"up", "work", "all"})
            std::filesystem::create_directory(folder);
          put(layers.lower.back() + "/deep", "x");
          mount_overlay(layers, "all");
          put("all/new", "x");
          return exists("all/deep") && exists("up/new") ? 0 : 1;
        }) == 0);
}

TEST_CASE("an overlay that cannot be mounted is named with its layers") {
  NEEDS_ROOT();
  CHECK_THROWS_WITH(mount_overlay({{"/nowhere"}, "/no/u", "/no/w"}, "/nowhere"),
                    "mount an overlay on /nowhere with lowerdir=/nowhere,upperdir=/no/u,"
                    "workdir=/no/w: No such file or directory");
}
