// A lab.toml is read, or refused with a sentence that begins with the file's name.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "entry.hpp"
#include "labkit/workspace/catalog.hpp"
#include "slipway/error.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const labkit::LabInfo lab = labkit::parse_lab(text, "lab.toml", "10-fuzz");
    if (lab.id != "10-fuzz") std::abort();
  } catch (const slipway::Error& error) {
    if (!std::string(error.what()).starts_with("lab.toml")) std::abort();
  }
  return 0;
}
