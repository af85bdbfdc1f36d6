#include "slipway/overlay.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include "slipway/error.hpp"
#include "slipway/id_map.hpp"

namespace slipway {
namespace {

std::string escaped(const std::string& folder, std::string_view special) {
  std::string text;
  for (const char letter : folder) {
    if (special.find(letter) != std::string_view::npos) text += '\\';
    text += letter;
  }
  return text;
}

// The machine's own user namespace maps every id to itself; no other one can.
bool in_machines_user_namespace() {
  constexpr IdMap all{0, 0, 4294967295};
  return id_maps(::getpid(), "uid_map") == std::vector{all};
}

}  // namespace

std::string overlay_options(const Layers& layers) {
  if (layers.lower.empty() || layers.upper.empty() || layers.work.empty())
    throw Error("an overlay needs a lower layer, an upper one and a work folder");
  std::string text = "lowerdir=";
  for (const std::string& folder : layers.lower) text += escaped(folder, "\\:,") + ":";
  text.back() = ',';
  text += fmt::format("upperdir={},workdir={}", escaped(layers.upper, "\\,"),
                      escaped(layers.work, "\\,"));
  if (!in_machines_user_namespace()) text += ",userxattr";
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  if (text.size() >= page)
    throw Error(fmt::format(
        "the names of the layers are {} bytes together, and mount(2) takes fewer than {}: give "
        "shorter ones",
        text.size(), page));
  return text;
}

void mount_overlay(const Layers& layers, const std::string& place, unsigned long flags) {
  const std::string data = overlay_options(layers);
  check(::mount("overlay", place.c_str(), "overlay", flags, data.c_str()),
        "mount an overlay on {} with {}", place, data);
}

}  // namespace slipway
