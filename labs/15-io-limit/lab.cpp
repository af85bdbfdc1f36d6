// io-limit: runs a command that may write so many bytes a second to a device, and no more.
// The lesson is lessons/15-io-limit.md.

#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdint>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "io-limit --device DEV --write-bps SIZE -- COMMAND...";

//! [given]
// The controller of disks. v1 calls it blkio; v2 calls it io, and turns memory on with it, which
// knows whose page a buffered write was.
std::string controller() {
  const std::vector<Hierarchy> all = hierarchies();
  const bool v2 = find_hierarchy(all, "io") != nullptr;
  return v2 ? "io" : "blkio";
}
//! [given]

// Step 1. The two numbers of a device, "8:0", by the name of its node. Throws Error where it is no
// block device.
std::string device_number([[maybe_unused]] const std::string& path) {
  //! [device]
  struct stat info;
  check(::stat(path.c_str(), &info), "look at {}", path);
  if (!S_ISBLK(info.st_mode)) throw Error(fmt::format("{} is no block device", path));
  return fmt::format("{}:{}", major(info.st_rdev), minor(info.st_rdev));
  //! [device]
}

// Step 2. The group may write so many bytes a second to that device.
void set_limit([[maybe_unused]] const Cgroup& group, [[maybe_unused]] const std::string& device,
               [[maybe_unused]] std::int64_t bytes) {
  //! [limit]
  if (group.has("io"))
    group.write("io.max", fmt::format("{} wbps={}", device, bytes));
  else
    group.write("blkio.throttle.write_bps_device", fmt::format("{} {}", device, bytes));
  //! [limit]
}

// Step 3. Says on standard error what this group's limit does not cover, if there is something.
void warn([[maybe_unused]] const Cgroup& group) {
  //! [warn]
  // v1 asks who hands a block to the disk. For a buffered write that is the kernel, later on.
  if (group.has("blkio"))
    fmt::print(stderr, "io-limit: cgroup v1 does not limit buffered writes, only direct ones\n");
  //! [warn]
}

//! [run]
int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string device = device_number(arguments.option("--device"));
    const std::int64_t bytes = frame::bytes(arguments.option("--write-bps"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    const Cgroup group(unique_name("io-limit"), {controller()});
    set_limit(group, device, bytes);
    warn(group);
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    return signals.wait(child).status();
  });
}
//! [run]
