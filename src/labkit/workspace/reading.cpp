#include "labkit/workspace/reading.hpp"

#include "labkit/toolkit.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

std::string title_of(const std::string& file) {
  const std::string line = slipway::split(slipway::read_file(file), '\n').front();
  const size_t colon = line.find(": ");
  return colon == std::string::npos ? line : line.substr(colon + 2);
}

}  // namespace

std::vector<Reading> readings() {
  const Toolkit& kit = toolkit();
  std::vector<Reading> found;
  if (!slipway::exists(kit.lessons)) return found;
  for (const std::string& name : slipway::list_folder(kit.lessons)) {
    if (!name.ends_with(".md")) continue;
    const std::string id = name.substr(0, name.size() - 3);
    if (!slipway::exists(kit.labs + "/" + id + "/lab.toml"))
      found.push_back({id, title_of(kit.lessons + "/" + name)});
  }
  return found;
}

std::optional<Reading> find_reading(const std::string& name) {
  for (const Reading& reading : readings())
    if (name == reading.id || name == reading.number() ||
        name == reading.id.substr(reading.id.find('-') + 1))
      return reading;
  return std::nullopt;
}

}  // namespace labkit
