// A line of mountinfo is read or refused; what was read is written as a line that is read as the
// same mount.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "entry.hpp"
#include "slipway/error.hpp"
#include "slipway/mount.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string line(reinterpret_cast<const char*>(data), size);
  try {
    const slipway::Mount mount = slipway::parse_mount(line);
    if (mount.target.size() + mount.root.size() + mount.source.size() > line.size()) std::abort();
    if (slipway::parse_mount(slipway::mountinfo_line(mount)) != mount) std::abort();
    if (mount.options.empty() || mount.super_options.empty()) std::abort();
  } catch (const slipway::Error&) {  // refused
  }
  return 0;
}
