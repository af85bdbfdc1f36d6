#include "slipway/device.hpp"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "slipway/error.hpp"

namespace slipway {
namespace {

constexpr mode_t for_all = 0666;

void make_device(const Descriptor& dev, const DeviceNode& device) {
  const dev_t number = makedev(device.major, device.minor);
  if (::mknodat(dev.get(), device.name, S_IFCHR | for_all, number) == 0) {
    check(::fchmodat(dev.get(), device.name, for_all, 0), "set the mode of {}",
          device.name);  // whatever the umask is
    return;
  }
  if (errno != EPERM) fail(errno, "make the device {}", device.name);
  const std::string outside = fmt::format("/dev/{}", device.name);
  const std::string place = fmt::format("/proc/self/fd/{}/{}", dev.get(), device.name);
  open(place, O_WRONLY | O_CREAT | O_EXCL, for_all);
  check(::mount(outside.c_str(), place.c_str(), nullptr, MS_BIND, nullptr), "bind {}", outside);
}

}  // namespace

void make_devices(const Descriptor& dev) {
  for (const DeviceNode& device : device_nodes) make_device(dev, device);
  for (const DeviceLink& link : device_links)
    check(::symlinkat(link.text, dev.get(), link.name), "make the link /dev/{}", link.name);
}

}  // namespace slipway
