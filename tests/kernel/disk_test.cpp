#include "labkit/subject/disk.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <optional>

#include "labkit/subject/run.hpp"
#include "labkit/subject/sandbox.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

constexpr std::int64_t bytes = 1 << 20;

std::optional<Disk> make_disk() {
  try {
    return Disk(bytes);
  } catch (const slipway::Error& error) {
    if (error.code() != ENOENT && error.code() != EPERM) throw;
    return std::nullopt;
  }
}

std::string backing_of(const std::string& path) {
  return "/sys/block/" + path.substr(path.rfind('/') + 1) + "/loop/backing_file";
}

}  // namespace

TEST_CASE("disk: it has the size that was asked for, and goes with its object") {
  NEEDS_ROOT();
  std::string path;
  {
    const std::optional<Disk> disk = make_disk();
    LACKS_UNLESS(disk.has_value(), "loop devices");
    path = disk->path();
    CHECK(slipway::read_number("/sys/block/" + path.substr(5) + "/size") == bytes / 512);
    CHECK(slipway::exists(backing_of(path)));
  }
  CHECK(machine::eventually([&] { return !slipway::exists(backing_of(path)); }));
}

TEST_CASE("disk: two are two, and a sandbox may use the one that it was lent") {
  NEEDS_ROOT();
  const std::optional<Disk> lent = make_disk();
  const std::optional<Disk> other = make_disk();
  LACKS_UNLESS(lent && other, "loop devices");
  CHECK(lent->path() != other->path());
  SandboxOptions options;
  options.furniture.devices = {lent->path()};
  Run run;
  const std::string name = run.next_name();
  Sandbox sandbox(name, run.make_folder(name), options);
  const auto status = [&](const std::string& line) {
    const auto exit = sandbox.run({"sh", "-c", line}).wait(60);
    return exit ? exit->status() : -1;
  };
  CHECK(status("echo mark | dd of=" + lent->path() + " conv=notrunc,fsync") == 0);
  CHECK(slipway::read_all(slipway::open(lent->path())).starts_with("mark\n"));
  CHECK(status("test -e " + other->path()) == 1);
  // Who is root in a sandbox only cannot make the node by itself.
  const std::string number =
      slipway::read_lines("/sys/block/" + other->path().substr(5) + "/dev").at(0);
  CHECK(status("mknod /tmp/disk b " + number.substr(0, number.find(':')) + " " +
               number.substr(number.find(':') + 1)) != 0);
}

TEST_CASE(
    "disk: it counts what was written to it, from nothing on, whatever its device was before") {
  NEEDS_ROOT();
  for (int times = 0; times < 2; ++times) {
    const std::optional<Disk> disk = make_disk();
    LACKS_UNLESS(disk.has_value(), "loop devices");
    CHECK(disk->number() + "\n" ==
          slipway::read_file("/sys/block/" + disk->path().substr(5) + "/dev"));
    CHECK(disk->written() == 0);
    const slipway::Descriptor file = slipway::open(disk->path(), O_WRONLY);
    slipway::write_all(file, std::string(8192, 'y'));
    CHECK(::fsync(file.get()) == 0);
    CHECK(disk->written() == 8192);
  }
}
