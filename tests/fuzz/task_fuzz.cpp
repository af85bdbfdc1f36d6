// A line of /proc/PID/stat is read or refused; the name that is read stands in the line, in
// parentheses.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "entry.hpp"
#include "slipway/error.hpp"
#include "slipway/task.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string line(reinterpret_cast<const char*>(data), size);
  try {
    const slipway::Task task = slipway::parse_task(line);
    if (line.find("(" + task.name + ")") == std::string::npos) std::abort();
  } catch (const slipway::Error&) {  // refused
  }
  return 0;
}
