#include "labkit/subject/disk.hpp"

#include <linux/loop.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <vector>

#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::Descriptor;

constexpr char control[] = "/dev/loop-control";
constexpr unsigned loop_major = 7;

void load_module() {
  try {
    slipway::start({}, [] { slipway::execute({"modprobe", "loop"}); }).wait();
  } catch (const slipway::Error&) {  // built in, or there is none: the control device tells
  }
}

// All of it is written here, so that it is memory of ours and not of whoever uses the disk.
Descriptor make_memory(std::int64_t bytes) {
  Descriptor memory(check(::memfd_create("disk", MFD_CLOEXEC), "make a file in memory"));
  slipway::write_all(memory, std::string(static_cast<size_t>(bytes), 'x'));
  return memory;
}

// /dev has no node for it where nobody watches for new devices.
void make_node(const std::string& path, unsigned number) {
  if (slipway::exists(path)) return;
  const int made = ::mknod(path.c_str(), S_IFBLK | 0600, makedev(loop_major, number));
  if (made == -1 && errno != EEXIST) check(-1, "make {}", path);
}

// One that nobody has used. A used one keeps the group that wrote to it first, and on v2 whatever
// the page cache writes back is charged to that group, although it is gone.
int add_device(const Descriptor& loops) {
  const int free = check(::ioctl(loops.get(), LOOP_CTL_GET_FREE), "find a free loop device");
  const bool removed = ::ioctl(loops.get(), LOOP_CTL_REMOVE, free) == 0;
  if (removed && ::ioctl(loops.get(), LOOP_CTL_ADD, free) == free) return free;
  return check(::ioctl(loops.get(), LOOP_CTL_ADD, -1), "make a loop device");
}

}  // namespace

Disk::Disk(std::int64_t bytes) {
  if (!slipway::exists(control)) load_module();
  const Descriptor memory = make_memory(bytes);
  const Descriptor loops = slipway::open(control, O_RDWR);
  check(::flock(loops.get(), LOCK_EX), "lock {}", control);  // until loops is closed, others wait
  loop_config config{};
  config.fd = static_cast<__u32>(memory.get());
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  for (int attempts = 0;; ++attempts) {
    number_ = add_device(loops);
    path_ = fmt::format("/dev/loop{}", number_);
    make_node(path_, static_cast<unsigned>(number_));
    disk_ = slipway::open(path_, O_RDWR);
    if (::ioctl(disk_.get(), LOOP_CONFIGURE, &config) == 0) return;
    const bool taken = errno == EBUSY && attempts < 100;  // somebody else was quicker
    if (!taken) check(-1, "make {} a disk", path_);
  }
}

std::string Disk::number() const {
  return fmt::format("{}:{}", loop_major, number_);
}

// The seventh number of its stat, in sectors of 512 bytes, whatever the disk calls a sector.
std::int64_t Disk::written() const {
  std::vector<std::string> words;
  for (const std::string& line :
       slipway::read_lines(fmt::format("/sys/block/loop{}/stat", number_)))
    for (const std::string& word : slipway::split(line, ' '))
      if (!word.empty()) words.push_back(word);
  return 512 * slipway::to_number(words.at(6));
}

}  // namespace labkit
