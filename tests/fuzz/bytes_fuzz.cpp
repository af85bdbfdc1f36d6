// A size is a number of bytes that is not negative, or refused.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "entry.hpp"
#include "frame/frame.hpp"
#include "slipway/error.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    if (frame::bytes(text) < 0) std::abort();
  } catch (const slipway::Error&) {  // refused
  }
  return 0;
}
