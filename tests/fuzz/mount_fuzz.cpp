// A line of mountinfo is read or refused; what is read keeps every field of the line.
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
    if (mount.options.empty() || mount.super_options.empty()) std::abort();
  } catch (const slipway::Error&) {  // refused
  }
  return 0;
}
